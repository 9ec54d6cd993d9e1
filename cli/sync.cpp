// objstore sync: makes one tree like another.
#include "command_list.h"
#include "tree.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr auto kFlags =
    join(join(
             std::array{
                 Flag{.name = "delete", .help = "delete from DST what SRC does not hold, once all else is done"},
                 Flag{.name = "max-delete", .value = "N", .help = "with --delete: when it would be more than N, delete nothing"},
                 Flag{.name = "checksum", .help = "compare contents (size and MD5) rather than size and time"},
             },
             kToFlags),
         join(kTreeFlags, kAttributeFlags));

Result<Address> parse_place(const std::string& text) {
  Result<Address> place = parse_address(text);
  if (!place) return place;
  if (place->kind == Address::Kind::stream) return usage_error("'-' is one stream, and no place for a tree");
  if (place->is_remote()) place->remote = as_folder(std::move(place->remote));
  return place;
}

Status run(Session& session, const Arguments& arguments) {
  const Result<Address> from = parse_place(arguments.operands()[0]);
  if (!from) return from.error();
  const Result<Address> to = parse_place(arguments.operands()[1]);
  if (!to) return to.error();
  if (!from->is_remote() && !to->is_remote()) return usage_error("one of the two addresses has to begin with s3://");
  if (arguments.has("to-endpoint") && !(from->is_remote() && to->is_remote())) {
    return usage_error("--to-endpoint is for two s3:// addresses");
  }
  const Result<Attributes> attributes = read_attributes(arguments);
  if (!attributes) return attributes.error();
  if (from->is_remote() && attributes->replaces()) {
    return usage_error("copies of many objects keep what is stored with them: only --storage-class and --sse can be given");
  }
  Result<SyncOptions> options = tree_options(session, arguments, *attributes);
  if (!options) return options.error();
  options->mode = arguments.has("checksum") ? SyncMode::checksum : SyncMode::changed;
  options->delete_extra = arguments.has("delete");
  if (const auto text = arguments.value("max-delete")) {
    const Result<std::uint64_t> most = parse_count("--max-delete", *text);
    if (!most) return most.error();
    if (!options->delete_extra) return usage_error("--max-delete needs --delete");
    options->max_delete = *most;
  }
  return copy_tree(session, arguments, {*from, *to, std::move(*options), true});
}

}  // namespace

const Command kSync = {
    .name = "sync",
    .operands = "SRC DST",
    .summary = "Make a folder or prefix like another, copying only what changed",
    .details =
        "SRC and DST are folders or s3:// addresses, one of them remote; the address of a prefix stands for what lies beneath it. Copied "
        "is what "
        "DST lacks, has in another size, or has in an older state: an upload counts as of when it was stored, and a download leaves its "
        "file "
        "with the object's time. --checksum compares contents where the object's ETag is their MD5.\n"
        "With --delete the rest of DST goes, at the end, and only if both sides could be read whole; what --include and --exclude leave "
        "out is "
        "neither copied nor deleted. --dry-run shows what would be done.",
    .example =
        "objstore sync --delete --dry-run site/ s3://site\n"
        "objstore sync s3://docs/2026/ 2026\n"
        "objstore sync --to-endpoint https://s3.example.com --to-profile backup s3://docs s3://docs-copy",
    .flags = kFlags,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};

}  // namespace objectstore::cli
