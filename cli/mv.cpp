// objstore mv: copies, then deletes what was copied.
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "command_list.h"
#include "download.h"
#include "object_line.h"
#include "spool.h"
#include "text.h"
#include "tree.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr auto kFlags = join(join(join(kRecursiveFlag, kTreeFlags), kToFlags), kAttributeFlags);

Status move_up(Session& session, const Address& from, const S3Uri& to, const Attributes& attributes) {
  struct stat before {};
  struct stat after {};
  if (stat(from.path.c_str(), &before) != 0) return system_error(from.path, errno);
  if (!S_ISREG(before.st_mode))
    return usage_error("'" + from.path + "' is no file" + (S_ISDIR(before.st_mode) ? "; -r moves a folder's" : ""));
  Status done = upload_one(session, from, to, {.object = upload_options(attributes)}, !attributes.content_type);
  if (!done) return done;
  if (stat(from.path.c_str(), &after) != 0) return system_error(from.path, errno);
  if (before.st_size != after.st_size || before.st_mtim.tv_sec != after.st_mtim.tv_sec || before.st_mtim.tv_nsec != after.st_mtim.tv_nsec) {
    return Error{.kind = ErrorKind::conflict, .message = from.path + " was changed while it was uploaded, and stays"};
  }
  std::error_code failed;
  std::filesystem::remove(from.path, failed);
  if (failed) return system_error(from.path, failed.value());
  return {};
}

Status move_down(Session& session, const S3Uri& from, const std::string& to) {
  const Result<std::shared_ptr<Bucket>> bucket = session.bucket(from.bucket);
  if (!bucket) return bucket.error();
  const Result<ObjectInfo> before = (*bucket)->head(from.key, {.call = session.call()});
  if (!before) return before.error();
  Status done = download_one(session, from, to, {.download = {.object = {.conditions = {.if_match = before->etag}}}});
  if (!done) return done;
  const Result<ObjectInfo> after = (*bucket)->head(from.key, {.call = session.call()});
  if (!after) return after.error();
  if (after->etag != before->etag) {
    return Error{.kind = ErrorKind::conflict,
                 .message = "the object was replaced while it was copied, and stays",
                 .operation = "delete",
                 .bucket = from.bucket,
                 .key = from.key};
  }
  return (*bucket)->delete_object(from.key, {.call = session.call()});
}

Status move_across(Session& session, const Arguments& arguments, const S3Uri& from, const S3Uri& to, const Attributes& attributes) {
  const auto started = std::chrono::steady_clock::now();
  const Result<std::shared_ptr<Bucket>> source = session.bucket(from.bucket);
  if (!source) return source.error();
  const Result<Client> client = target_client(session, arguments);
  if (!client) return client.error();
  Result<SyncOptions> options = tree_options(session, arguments, attributes);
  if (!options) return options.error();
  options->move = true;
  const Result<ObjectInfo> moved = copy_object(**source, from.key, *client->bucket(to.bucket), to.key, *options);
  if (!moved) return moved.error();
  Output& out = session.out();
  out.succeeded();
  out.note(shown(to_uri(from)) + " -> " + shown(to_uri(to)));
  if (out.json()) (void)out.line(transfer_json(*moved, {to_uri(from), to_uri(to), std::chrono::steady_clock::now() - started}));
  return {};
}

Status run(Session& session, const Arguments& arguments) {
  const Result<Address> from = parse_address(arguments.operands()[0]);
  if (!from) return from.error();
  const Result<Address> to = parse_address(arguments.operands()[1]);
  if (!to) return to.error();
  if (!from->is_remote() && !to->is_remote()) return usage_error("one of the two addresses has to begin with s3://");
  if (from->kind == Address::Kind::stream || to->kind == Address::Kind::stream) return usage_error("'-' cannot be moved");
  if (arguments.has("to-endpoint") && !(from->is_remote() && to->is_remote()))
    return usage_error("--to-endpoint is for two s3:// addresses");
  const Result<Attributes> attributes = read_attributes(arguments);
  if (!attributes) return attributes.error();
  if (from->is_remote() && attributes->replaces())
    return usage_error("a move keeps what is stored with an object: only --storage-class and --sse can be given");
  const Result<bool> tree = copy_as_tree(session, arguments, *from, *to, true);
  if (!tree) return tree.error();
  if (*tree) return {};
  if (Status refused = refuse_tree_flags(arguments, "-r or a wildcard"); !refused) return refused;
  if (from->is_remote() && from->remote.key.empty())
    return usage_error("'" + arguments.operands()[0] + "' names a bucket; -r moves what it holds");

  Status done;
  if (!from->is_remote()) {
    const Result<S3Uri> target = upload_target(*from, to->remote);
    if (!target) return target.error();
    done = move_up(session, *from, *target, *attributes);
  } else if (!to->is_remote()) {
    done = move_down(session, from->remote, to->path);
  } else {
    const Result<S3Uri> target = copy_target(from->remote, to->remote);
    if (!target) return target.error();
    done = move_across(session, arguments, from->remote, *target, *attributes);
  }
  if (!done) session.out().fail(done.error(), arguments.operands()[0]);
  return {};
}

}  // namespace

const Command kMv = {
    .name = "mv",
    .operands = "SRC DST",
    .summary = "Move objects or files: copy, then delete what was copied",
    .details =
        "SRC or DST or both are s3:// addresses, and otherwise files; with -r, or wildcards behind s3://, everything beneath or all that "
        "match, "
        "as in get. Each source goes once its copy is stored for good; one that fails, or was changed meanwhile, stays and is named.",
    .example =
        "objstore mv s3://docs/draft.txt s3://docs/final.txt\n"
        "objstore mv -r s3://inbox/2026/ s3://archive/2026/",
    .flags = kFlags,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};

}  // namespace objectstore::cli
