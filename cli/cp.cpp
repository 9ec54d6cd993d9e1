// objstore cp: between buckets on the server's side, or between a bucket and local files.
#include "command_list.h"
#include "download.h"
#include "object_line.h"
#include "text.h"
#include "tree.h"
#include "upload.h"
#include "values.h"

namespace objectstore::cli {
namespace {

/// The attributes of a copy: those of the source, with what the flags say put over them.
ReplaceAttributes merged(const ObjectInfo& source, const Attributes& wanted) {
  ReplaceAttributes all;
  all.content_type = wanted.content_type.value_or(source.content_type);
  all.cache_control = wanted.cache_control.value_or(source.cache_control);
  all.content_disposition = wanted.content_disposition.value_or(source.content_disposition);
  all.content_encoding = wanted.content_encoding.value_or(source.content_encoding);
  all.content_language = wanted.content_language.value_or(source.content_language);
  all.expires = wanted.expires.value_or(source.expires);
  all.metadata = source.metadata;
  for (const auto& [name, value] : wanted.metadata) all.metadata[name] = value;
  return all;
}

constexpr auto kFlags = join(join(join(kRecursiveFlag, kTreeFlags), kToFlags), kAttributeFlags);

/// One object to another endpoint, through this machine.
Status copy_through(Session& session, const Arguments& arguments, const S3Uri& from, const S3Uri& to, const Attributes& attributes) {
  const auto started = std::chrono::steady_clock::now();
  if (attributes.replaces())
    return usage_error("a copy to another endpoint keeps what is stored: only --storage-class and --sse can be given");
  const Result<std::shared_ptr<Bucket>> source = session.bucket(from.bucket);
  if (!source) return source.error();
  const Result<Client> client = target_client(session, arguments);
  if (!client) return client.error();
  Result<SyncOptions> options = tree_options(session, arguments, attributes);
  if (!options) return options.error();
  const Result<ObjectInfo> copied = copy_object(**source, from.key, *client->bucket(to.bucket), to.key, *options);
  if (!copied) return copied.error();
  session.out().succeeded();
  session.out().note(shown(to_uri(from)) + " -> " + shown(to_uri(to)));
  if (session.out().json()) {
    (void)session.out().line(transfer_json(*copied, {to_uri(from), to_uri(to), std::chrono::steady_clock::now() - started}));
  }
  return {};
}

Status copy_one(Session& session, const S3Uri& from, const S3Uri& to, const Attributes& attributes) {
  const auto started = std::chrono::steady_clock::now();
  const Result<Client> client = session.client();
  if (!client) return client.error();
  const std::shared_ptr<Bucket> source = client->bucket(from.bucket);
  const std::shared_ptr<Bucket> target = client->bucket(to.bucket);
  CopySource copy_source{.key = from.key, .bucket = from.bucket};
  CopyOptions options{.storage_class = attributes.storage_class, .encryption = attributes.encryption, .call = session.call()};
  ObjectInfo object;
  if (attributes.replaces() || session.out().json()) {
    Result<ObjectInfo> head = source->head(from.key, {.call = session.call()});
    if (!head) return head.error();
    object = std::move(*head);
    copy_source.if_match = object.etag;  // what was looked at is what is copied
    if (attributes.replaces()) {
      options.replace = merged(object, attributes);
      object.content_type = options.replace->content_type;
    }
  }
  const Result<Copied> copied = target->copy(copy_source, to.key, options);
  if (!copied) return copied.error();
  session.out().succeeded();
  session.out().note(shown(to_uri(from)) + " -> " + shown(to_uri(to)));
  if (session.out().json()) {
    object.bucket = to.bucket;
    object.key = to.key;
    object.etag = copied->etag;
    object.last_modified = copied->last_modified;
    object.version_id = copied->version_id;
    object.storage_class = attributes.storage_class;
    (void)session.out().line(transfer_json(object, {to_uri(from), to_uri(to), std::chrono::steady_clock::now() - started}));
  }
  return {};
}

Status run(Session& session, const Arguments& arguments) {
  const Result<Address> from = parse_address(arguments.operands()[0]);
  if (!from) return from.error();
  const Result<Address> to = parse_address(arguments.operands()[1]);
  if (!to) return to.error();
  const Result<Attributes> attributes = read_attributes(arguments);
  if (!attributes) return attributes.error();
  if (!from->is_remote() && !to->is_remote()) return usage_error("one of the two addresses has to begin with s3://");
  if (arguments.has("to-endpoint") && !(from->is_remote() && to->is_remote())) {
    return usage_error("--to-endpoint is for two s3:// addresses");
  }
  const Result<bool> tree = copy_as_tree(session, arguments, *from, *to, false);
  if (!tree) return tree.error();
  if (*tree) return {};
  if (Status refused = refuse_tree_flags(arguments, "-r or a wildcard"); !refused) return refused;
  if (from->is_remote() && from->remote.key.empty()) return usage_error("'" + arguments.operands()[0] + "' names a bucket and no object");

  Status done;
  std::string subject = to_uri(from->remote);
  if (!from->is_remote()) {
    const Result<S3Uri> target = upload_target(*from, to->remote);
    if (!target) return target.error();
    subject = to_uri(*target);
    done = upload_one(session, *from, *target, {.object = upload_options(*attributes)}, !attributes->content_type);
  } else if (!to->is_remote()) {
    for (const Flag& flag : kAttributeFlags) {
      if (arguments.has(flag.name)) return usage_error("--" + std::string(flag.name) + " has no meaning for a local file");
    }
    done = download_one(session, from->remote, arguments.operands()[1], {});
  } else {
    const Result<S3Uri> target = copy_target(from->remote, to->remote);
    if (!target) return target.error();
    done = arguments.has("to-endpoint") ? copy_through(session, arguments, from->remote, *target, *attributes)
                                        : copy_one(session, from->remote, *target, *attributes);
  }
  if (!done) session.out().fail(done.error(), subject);
  return {};
}

}  // namespace

const Command kCp = {
    .name = "cp",
    .operands = "SRC DST",
    .summary = "Copy objects on the server, or as put and get do",
    .details =
        "Between two s3:// addresses the server copies, and nothing passes through this machine. The source's content type, headers, "
        "metadata and tags are kept, save what a flag replaces; storage class and encryption are the flags' or the bucket's own. With one "
        "local address it is a put or a get. With --to-endpoint the target is on another endpoint, and what is copied passes through this "
        "machine.\n"
        "With -r, or wildcards behind s3:// (as in get), all that lies beneath SRC or matches is copied to beneath DST.",
    .example =
        "objstore cp s3://docs/2026/report.pdf s3://archive/2026/\n"
        "objstore cp -r s3://docs/2026/ s3://archive/docs/2026/\n"
        "objstore cp --cache-control no-cache s3://site/index.html s3://site/index.html",
    .flags = kFlags,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};

}  // namespace objectstore::cli
