// objstore get: an object into a file, a folder or standard output.
#include <array>

#include "command_list.h"
#include "download.h"
#include "tree.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kOwnFlags = {
    Flag{.name = "range", .value = "RANGE", .help = "only these bytes: 0-99 (the first 100), 100- (all but them), -20 (the last 20)"},
    Flag{.name = "version-id", .value = "ID", .help = "this version of the object"},
    Flag{.name = "resume", .help = "go on with a partial file that an earlier run left; a failure leaves one for the next run"},
    Flag{.name = "if-none-match", .value = "ETAG", .help = "only when the object has another ETag (exit code 4 otherwise)"},
};
constexpr auto kFlags = join(join(kRecursiveFlag, kTreeFlags), kOwnFlags);

/// Many objects, into a folder. False: it is about one.
Result<bool> get_tree(Session& session, const Arguments& arguments, const S3Uri& source, const std::string& destination) {
  Result<Address> target = parse_address(destination.empty() ? "." : destination);
  if (!target) return target.error();
  for (const Flag& flag : kOwnFlags) {
    if (!arguments.has(flag.name)) continue;
    if (arguments.has("recursive")) return usage_error("--" + std::string(flag.name) + " is about one object, and -r about many");
    return false;
  }
  return copy_as_tree(session, arguments, {Address::Kind::remote, {}, source}, *target, false);
}

Status run(Session& session, const Arguments& arguments) {
  const bool recursive = arguments.has("recursive");
  const std::string& operand = arguments.operands().front();
  const Result<S3Uri> source = recursive ? parse_remote(operand) : parse_object(operand);
  if (!source) return source.error();
  std::string destination;
  if (arguments.operands().size() > 1) {
    destination = arguments.operands()[1];
    const Result<Address> parsed = parse_address(destination);
    if (!parsed) return parsed.error();
    if (parsed->is_remote()) return usage_error("'" + destination + "' is not a local file; objstore cp copies between buckets");
  }
  const Result<bool> tree = get_tree(session, arguments, *source, destination);
  if (!tree) return tree.error();
  if (*tree) return {};
  if (Status refused = refuse_tree_flags(arguments, "-r or a wildcard"); !refused) return refused;
  DownloadOptions options;
  if (const auto text = arguments.value("range")) {
    const Result<ByteRange> range = parse_range(*text);
    if (!range) return range.error();
    options.range = *range;
  }
  options.version_id = arguments.value_or_empty("version-id");
  options.conditions.if_none_match = arguments.value_or_empty("if-none-match");
  TransferFileOptions transfer{.download = {.object = std::move(options)}, .resume = arguments.has("resume")};
  if (transfer.resume && destination == "-") return usage_error("--resume needs a file to go on with, not '-'");
  if (transfer.resume && arguments.has("range")) return usage_error("--resume and --range exclude each other");
  const Status done = download_one(session, *source, destination, std::move(transfer));
  if (!done) session.out().fail(done.error(), to_uri(*source));
  return {};
}

}  // namespace

const Command kGet = {
    .name = "get",
    .operands = "s3://BUCKET/KEY [DST]",
    .summary = "Download an object, or many",
    .details =
        "DST is a file, a folder (one that exists, or whose name ends in '/') or '-' for standard output; without it the last part of the "
        "key "
        "names a file in the current folder. A file appears under its name only when all of it has arrived and is verified.\n"
        "With -r everything beneath the key comes into the folder DST, which is made when missing, under its path there and with the "
        "object's "
        "time. SRC may hold the wildcards * and ? (in quotes): they stand for characters within a part of a key, with -r for folders too, "
        "and "
        "paths begin behind the last '/' in front of the first of them; an object whose key is just that is taken as it is. A key that "
        "would "
        "leave the folder is refused.",
    .example =
        "objstore get s3://docs/2026/report.pdf\n"
        "objstore get -r s3://docs/2026/ 2026\n"
        "objstore get 's3://logs/2026-11-*.gz' logs/\n"
        "objstore get --range -1000 s3://logs/today.log - | tail",
    .flags = kFlags,
    .min_operands = 1,
    .max_operands = 2,
    .run = run,
};

}  // namespace objectstore::cli
