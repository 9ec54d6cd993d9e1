// objstore rm: deletes objects.
#include <array>
#include <map>

#include "addresses.h"
#include "arguments.h"
#include "command_list.h"
#include "deletion.h"
#include "tree.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr auto kFlags = join(
    std::array{
        Flag{.name = "recursive", .letter = 'r', .help = "the object and everything beneath it; a bucket's address empties the bucket"},
        Flag{.name = "dry-run", .help = "print the addresses that would be deleted, delete nothing"},
    },
    kFilterFlags);

/// `dir` stands for itself and what is beneath `dir/`, never for `dir-other`.
Status remove_tree(Deletion& deletion, Bucket& bucket, const std::string& key, const CallOptions& call, bool dry_run,
                   const PathFilter& filter) {
  std::string folder = key;
  if (!key.empty() && !key.ends_with('/')) {
    folder += '/';
    // Deleting what is not there succeeds; but a dry run lists only what is.
    const bool there = filter.matches(std::string_view(key).substr(key.rfind('/') + 1)) &&
                       (!dry_run || kind_of(bucket.head(key, {.call = call})) != ErrorKind::not_found);
    if (there) {
      Status added = deletion.add(key);
      if (!added) return added;
    }
  }
  return deletion.add_all(folder, filter);
}

Status run(Session& session, const Arguments& arguments) {
  const bool recursive = arguments.has("recursive");
  const bool dry_run = arguments.has("dry-run");
  const Result<PathFilter> filter = read_filter(arguments);
  if (!filter) return filter.error();
  for (const Flag& flag : kFilterFlags) {
    if (!recursive && arguments.has(flag.name)) return usage_error("--" + std::string(flag.name) + " needs -r");
  }
  std::map<std::string, std::vector<std::string>> keys_by_bucket;
  for (const std::string& operand : arguments.operands()) {
    Result<S3Uri> uri = parse_remote(operand);
    if (!uri) return uri.error();
    if (uri->key.empty() && !recursive) {
      return usage_error("'" + operand + "' is a bucket; -r deletes all its objects, objstore rb the bucket itself");
    }
    keys_by_bucket[uri->bucket].push_back(std::move(uri->key));
  }
  for (const auto& [name, keys] : keys_by_bucket) {
    Result<std::shared_ptr<Bucket>> bucket = session.bucket(name);
    if (!bucket) return bucket.error();
    Deletion deletion(session, *bucket, dry_run);
    Status done;
    for (const std::string& key : keys) {
      if (session.stopped() || !done) break;
      done = recursive ? remove_tree(deletion, **bucket, key, session.call(), dry_run, *filter) : deletion.add(key);
    }
    if (done) done = deletion.flush();
    if (!done) session.out().fail(done.error(), to_uri(name, ""));
    if (!dry_run && deletion.deleted() > 0) session.out().note("deleted " + std::to_string(deletion.deleted()) + " in " + to_uri(name, ""));
  }
  return {};
}

}  // namespace

const Command kRm = {
    .name = "rm",
    .operands = "s3://BUCKET/KEY...",
    .summary = "Delete objects",
    .details =
        "An object that is not there counts as deleted, as in S3. With -r, s3://b/dir means the object dir and all beneath dir/, but not "
        "dir-other; "
        "objects go in batches of 1,000. Addresses are taken as they are, '*' and '?' too: with -r, --include and --exclude choose among "
        "what lies "
        "beneath. There is no question and no way back: --dry-run shows what would go.",
    .example =
        "objstore rm -r --dry-run s3://logs/2025/\n"
        "objstore rm -r --include '*.gz' s3://logs/2025/",
    .flags = kFlags,
    .min_operands = 1,
    .run = run,
};

}  // namespace objectstore::cli
