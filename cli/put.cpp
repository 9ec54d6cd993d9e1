// objstore put: files or standard input into a bucket.
#include <array>
#include <filesystem>
#include <map>
#include <system_error>

#include "command_list.h"
#include "tree.h"
#include "upload.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr auto kOwnFlags = join(
    std::array{
        Flag{.name = "if-none-match", .value = "'*'", .help = "only when nothing is stored under the key (exit code 4 otherwise)"},
        Flag{.name = "if-match", .value = "ETAG", .help = "only over the object with this ETag"},
        Flag{
            .name = "resume",
            .help = "go on with an unfinished upload of the key, with the attributes it was begun with; a failure leaves what has arrived"},
        Flag{.name = "tag", .value = "NAME=VALUE", .help = "object tag; may be repeated, ten at most", .repeatable = true},
    },
    kAttributeFlags);
constexpr auto kFlags = join(join(kRecursiveFlag, kTreeFlags), kOwnFlags);

Result<WriteCondition> read_condition(const Arguments& arguments, std::size_t sources) {
  const auto none = arguments.value("if-none-match");
  const auto match = arguments.value("if-match");
  if (none && match) return usage_error("--if-none-match and --if-match exclude each other");
  if (none && *none != "*") return bad_value("--if-none-match", *none, "'*' (only a key that is free can be asked for)");
  if (match && match->empty()) return bad_value("--if-match", *match, "an ETag");
  if (match && sources > 1) return usage_error("--if-match takes one source, not " + std::to_string(sources));
  if (none) return WriteCondition(CreateOnly{});
  if (match) return WriteCondition(IfMatch{*match});
  return WriteCondition(Overwrite{});
}

bool is_folder(const Address& source) {
  std::error_code unknown;
  return source.kind == Address::Kind::local && std::filesystem::is_directory(source.path, unknown);
}

/// One folder leaves what it holds beneath the target; of several each keeps its name there.
Status put_folder(Session& session, const Arguments& arguments, const Address& source, S3Uri target, bool alone,
                  const Attributes& attributes, const UploadOptions& upload) {
  target = as_folder(std::move(target));
  if (!alone) {
    std::error_code unknown;
    const std::filesystem::path name = std::filesystem::weakly_canonical(source.path, unknown).filename();
    if (name.empty()) return usage_error("'" + source.path + "' has no name to put beneath the target");
    target.key += name.string() + "/";
  }
  Result<SyncOptions> options = tree_options(session, arguments, attributes);
  if (!options) return options.error();
  options->upload = upload;
  return copy_tree(session, arguments, {source, {Address::Kind::remote, {}, std::move(target)}, std::move(*options)});
}

Status run(Session& session, const Arguments& arguments) {
  const auto& operands = arguments.operands();
  const Result<S3Uri> target = parse_remote(operands.back());
  if (!target) return target.error();
  std::vector<Address> sources;
  int streams = 0;
  for (std::size_t i = 0; i + 1 < operands.size(); ++i) {
    Result<Address> source = parse_address(operands[i]);
    if (!source) return source.error();
    if (source->is_remote()) return usage_error("'" + operands[i] + "' is not a local file; objstore cp copies between buckets");
    if (source->kind == Address::Kind::stream && ++streams > 1) return usage_error("standard input ('-') is given twice");
    sources.push_back(std::move(*source));
  }
  if (sources.size() > 1 && !target->key.empty() && !target->key.ends_with('/')) {
    return usage_error("'" + operands.back() + "': several sources need a target that ends in '/'");
  }
  const Result<Attributes> attributes = read_attributes(arguments);
  if (!attributes) return attributes.error();
  UploadOptions options = upload_options(*attributes);
  Result<WriteCondition> condition = read_condition(arguments, sources.size());
  if (!condition) return condition.error();
  options.condition = std::move(*condition);
  for (const std::string& text : arguments.values("tag")) {
    auto pair = parse_pair("--tag", text);
    if (!pair) return pair.error();
    if (!options.tags.insert(*pair).second) return usage_error("--tag: '" + pair->first + "' is given twice");
  }
  const bool recursive = arguments.has("recursive");
  if (!recursive) {
    if (Status refused = refuse_tree_flags(arguments, "-r"); !refused) return refused;
  } else {
    for (const std::string_view flag : {"if-match", "resume"}) {
      if (arguments.has(flag)) return usage_error("--" + std::string(flag) + " is about one object, and -r about many");
    }
  }
  std::map<std::string, const Address*> jobs;  // by key
  std::vector<const Address*> folders;
  for (const Address& source : sources) {
    if (recursive && is_folder(source)) {
      folders.push_back(&source);
      continue;
    }
    if (recursive && arguments.has("dry-run")) return usage_error("--dry-run is for folders, and '" + source.path + "' is none");
    const Result<S3Uri> key = upload_target(source, *target);
    if (!key) return key.error();
    const auto [other, fresh] = jobs.emplace(key->key, &source);
    if (!fresh) return usage_error("'" + other->second->path + "' and '" + source.path + "' would both become " + to_uri(*key));
  }
  for (const auto& [key, source] : jobs) {
    if (session.stopped()) break;
    const Status done = upload_one(session, *source, {target->bucket, key}, {.object = options, .resume = arguments.has("resume")},
                                   !attributes->content_type);
    if (!done) session.out().fail(done.error(), to_uri(target->bucket, key));
  }
  for (const Address* folder : folders) {
    if (session.stopped()) break;
    const Status done = put_folder(session, arguments, *folder, *target, sources.size() == 1, *attributes, options);
    if (!done) return done;
  }
  return {};
}

}  // namespace

const Command kPut = {
    .name = "put",
    .operands = "SRC... s3://BUCKET/KEY",
    .summary = "Upload files, folders or standard input",
    .details =
        "SRC is a file, or '-' for standard input. A target that is a bucket or ends in '/' gets the file's name behind it, and takes "
        "several files. Large files go up in parts beside each other, and standard input as it comes. What another program reads is the "
        "old "
        "object or the whole new one.\n"
        "With -r a folder's files go beneath the target, under their paths in the folder; of several folders each keeps its own name "
        "there. "
        "Devices and the like are left out; what cannot be read fails, and the rest goes on.",
    .example =
        "objstore put --meta owner=ana --if-none-match '*' report.pdf s3://docs/2026/\n"
        "objstore put -r --exclude '*.tmp' site/ s3://site\n"
        "tar c src | objstore put - s3://backup/src.tar",
    .flags = kFlags,
    .min_operands = 2,
    .run = run,
};

}  // namespace objectstore::cli
