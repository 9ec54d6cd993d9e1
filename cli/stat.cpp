// objstore stat: what is stored with an object, without its bytes.
#include <array>

#include "addresses.h"
#include "arguments.h"
#include "command_list.h"
#include "object_line.h"
#include "session.h"
#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kFlags = {
    Flag{.name = "version-id", .value = "ID", .help = "this version of the object"},
};

void row(std::string& block, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  block += "\n  ";
  block += name;
  block.append(name.size() < 20 ? 20 - name.size() : 1, ' ');
  block += shown(value);
}

std::string readable(const ObjectInfo& object) {
  std::string block = shown(to_uri(object.bucket, object.key));
  row(block, "size", std::to_string(object.size));
  row(block, "etag", object.etag);
  if (object.last_modified != SystemTime{}) row(block, "last modified", plain_time(object.last_modified) + " UTC");
  row(block, "content type", object.content_type);
  row(block, "version id", object.version_id);
  row(block, "storage class", object.storage_class);
  row(block, "cache control", object.cache_control);
  row(block, "content disposition", object.content_disposition);
  row(block, "content encoding", object.content_encoding);
  row(block, "content language", object.content_language);
  row(block, "expires", object.expires);
  row(block, "encryption", object.encryption);
  row(block, "kms key id", object.kms_key_id);
  if (object.tag_count > 0) row(block, "tags", std::to_string(object.tag_count));
  for (const auto& [name, value] : object.metadata) row(block, "meta " + name, value);
  return block;
}

Status stat_bucket(Session& session, const std::string& name) {
  const Result<Client> client = session.client();
  if (!client) return client.error();
  const Result<bool> exists = client->bucket_exists(name, session.call());
  if (!exists) return exists.error();
  if (!*exists) {
    return Error{
        .kind = ErrorKind::not_found, .message = "no such bucket", .operation = "head", .bucket = name, .service_code = "NoSuchBucket"};
  }
  (void)session.out().line(session.out().json() ? bucket_json(name) : to_uri(name, ""));
  return {};
}

Status stat_object(Session& session, const S3Uri& uri, const std::string& version_id) {
  Result<std::shared_ptr<Bucket>> bucket = session.bucket(uri.bucket);
  if (!bucket) return bucket.error();
  const Result<ObjectInfo> object = (*bucket)->head(uri.key, {.version_id = version_id, .call = session.call()});
  if (!object) return object.error();
  (void)session.out().line(session.out().json() ? object_details_json(*object) : readable(*object));
  return {};
}

Status run(Session& session, const Arguments& arguments) {
  std::vector<S3Uri> uris;
  for (const std::string& operand : arguments.operands()) {
    Result<S3Uri> uri = parse_remote(operand);
    if (!uri) return uri.error();
    uris.push_back(std::move(*uri));
  }
  const std::string version_id = arguments.value_or_empty("version-id");
  if (!version_id.empty() && uris.size() > 1) return usage_error("--version-id takes one address");
  for (const S3Uri& uri : uris) {
    if (session.stopped()) break;
    const Status done = uri.key.empty() ? stat_bucket(session, uri.bucket) : stat_object(session, uri, version_id);
    if (done) {
      session.out().succeeded();
    } else {
      session.out().fail(done.error(), to_uri(uri));
    }
  }
  return {};
}

}  // namespace

const Command kStat = {
    .name = "stat",
    .operands = "s3://BUCKET[/KEY]...",
    .summary = "Show an object's size, ETag, type and metadata",
    .details =
        "Reads no bytes of the object. The address of a bucket asks whether the bucket is there. Exit code 3 says that something is not.",
    .example =
        "objstore stat s3://docs/2026/report.pdf\n"
        "objstore stat --json s3://docs/2026/report.pdf | jq .metadata.owner",
    .flags = kFlags,
    .min_operands = 1,
    .run = run,
};

}  // namespace objectstore::cli
