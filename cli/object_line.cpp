// Objects, prefixes, buckets and finished transfers as JSON lines.
#include "object_line.h"

#include "json_line.h"
#include "values.h"

namespace objectstore::cli {
namespace {

std::string known_time(SystemTime time) {
  return time == SystemTime{} ? std::string() : rfc3339(time);
}

void write_object(JsonLine& json, const ObjectInfo& object) {
  json.member("bucket", object.bucket)
      .member("key", object.key)
      .member_if("etag", object.etag)
      .member("size", object.size)
      .member_if("contentType", object.content_type)
      .member_if("lastModified", known_time(object.last_modified))
      .member_if("versionId", object.version_id)
      .member_if("storageClass", object.storage_class);
}

}  // namespace

std::string object_json(const ObjectInfo& object) {
  JsonLine json;
  write_object(json, object);
  return json.text();
}

std::string object_details_json(const ObjectInfo& object) {
  JsonLine json;
  write_object(json, object);
  json.member_if("cacheControl", object.cache_control)
      .member_if("contentDisposition", object.content_disposition)
      .member_if("contentEncoding", object.content_encoding)
      .member_if("contentLanguage", object.content_language)
      .member_if("expires", object.expires)
      .member_if("encryption", object.encryption)
      .member_if("kmsKeyId", object.kms_key_id)
      .member_if("tagCount", static_cast<int>(object.tag_count))
      .member("metadata", object.metadata);
  return json.text();
}

std::string prefix_json(std::string_view bucket, std::string_view prefix) {
  JsonLine json;
  json.member("bucket", bucket).member("prefix", prefix);
  return json.text();
}

std::string bucket_json(const BucketInfo& bucket) {
  JsonLine json;
  json.member("bucket", bucket.name).member_if("created", known_time(bucket.created));
  return json.text();
}

std::string bucket_json(std::string_view name) {
  JsonLine json;
  json.member("bucket", name);
  return json.text();
}

std::string transfer_json(const ObjectInfo& object, const Transfer& transfer) {
  JsonLine json;
  write_object(json, object);
  json.member("source", transfer.source)
      .member("target", transfer.target)
      .member("seconds", std::chrono::duration<double>(transfer.took).count())
      .member("resumed", transfer.resumed);
  return json.text();
}

}  // namespace objectstore::cli
