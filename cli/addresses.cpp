// Addresses.
#include "addresses.h"

#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::string_view kScheme = "s3://";

}  // namespace

Result<Address> parse_address(std::string_view text) {
  Address address;
  if (text.starts_with(kScheme)) {
    Result<S3Uri> uri = parse_s3_uri(text);
    if (!uri) return usage_error("'" + std::string(text) + "': " + uri.error().message);
    address.kind = Address::Kind::remote;
    address.remote = std::move(*uri);
    return address;
  }
  if (text.empty()) return usage_error("an empty address");
  address.kind = text == "-" ? Address::Kind::stream : Address::Kind::local;
  address.path = text;
  return address;
}

Result<S3Uri> parse_remote(std::string_view text) {
  Result<Address> address = parse_address(text);
  if (!address) return address.error();
  if (!address->is_remote()) return usage_error("'" + std::string(text) + "' is not an address like s3://bucket/key");
  return std::move(address->remote);
}

Result<S3Uri> parse_object(std::string_view text) {
  Result<S3Uri> uri = parse_remote(text);
  if (uri && uri->key.empty()) return usage_error("'" + std::string(text) + "' names a bucket and no object; write s3://bucket/key");
  return uri;
}

Result<std::string> parse_bucket(std::string_view text) {
  Result<S3Uri> uri = parse_remote(text);
  if (!uri) return uri.error();
  if (!uri->key.empty()) return usage_error("'" + std::string(text) + "' names more than a bucket; write s3://bucket");
  return std::move(uri->bucket);
}

Result<std::vector<std::string>> parse_buckets(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  names.reserve(texts.size());
  for (const std::string& text : texts) {
    Result<std::string> name = parse_bucket(text);
    if (!name) return name.error();
    names.push_back(std::move(*name));
  }
  return names;
}

std::string to_uri(std::string_view bucket, std::string_view key) {
  std::string uri(kScheme);
  uri += bucket;
  if (!key.empty()) uri.append("/").append(key);
  return uri;
}

Result<std::string> file_name_of(const S3Uri& object) {
  const std::string name = object.key.substr(object.key.rfind('/') + 1);  // npos + 1 = 0
  if (name.empty() || name == "." || name == ".." || name.find('\0') != std::string::npos) {
    return usage_error(shown(to_uri(object)) + ": no file can be named after this key; give the whole name of the file");
  }
  return name;
}

Result<S3Uri> copy_target(const S3Uri& source, const S3Uri& target) {
  if (!target.key.empty() && !target.key.ends_with('/')) return target;
  const std::string name = source.key.substr(source.key.rfind('/') + 1);
  if (name.empty()) return usage_error("'" + to_uri(source) + "' has no name to put behind the target; give the whole key");
  return S3Uri{target.bucket, target.key + name};
}

}  // namespace objectstore::cli
