// Checks and normalises attributes.
#include "bucket/attributes.h"

#include <utility>

#include "base/encoding.h"
#include "bucket/rules.h"

namespace objectstore {

namespace {

/// What the options of uploads and copies have in common.
template <class Options>
Attributes headers_of(const Options& options) {
  Attributes attributes;
  attributes.content_type = base::trim(options.content_type);
  attributes.cache_control = base::trim(options.cache_control);
  attributes.content_disposition = base::trim(options.content_disposition);
  attributes.content_encoding = base::trim(options.content_encoding);
  attributes.content_language = base::trim(options.content_language);
  attributes.expires = base::trim(options.expires);
  attributes.metadata = normalize_metadata(options.metadata);
  if (attributes.content_type.empty()) attributes.content_type = "application/octet-stream";
  return attributes;
}

}  // namespace

Result<Attributes> attributes_of(const UploadOptions& options) {
  if (auto fine = check_upload(options); !fine) return std::move(fine).error();
  auto attributes = headers_of(options);
  attributes.tags = options.tags;
  attributes.storage_class = options.storage_class;
  return attributes;
}

Result<Attributes> attributes_of(const CopyOptions& options, const Attributes& source) {
  if (auto fine = check_copy(options); !fine) return std::move(fine).error();
  auto attributes = options.replace ? headers_of(*options.replace) : source;
  attributes.tags = source.tags;
  attributes.storage_class = options.storage_class;
  return attributes;
}

void describe_to(const Attributes& attributes, ObjectInfo& info) {
  info.storage_class = storage_class_of(attributes);
  info.content_type = attributes.content_type;
  info.cache_control = attributes.cache_control;
  info.content_disposition = attributes.content_disposition;
  info.content_encoding = attributes.content_encoding;
  info.content_language = attributes.content_language;
  info.expires = attributes.expires;
  info.metadata = attributes.metadata;
  info.tag_count = static_cast<std::uint32_t>(attributes.tags.size());
}

std::string storage_class_of(const Attributes& attributes) {
  return attributes.storage_class.empty() ? "STANDARD" : attributes.storage_class;
}

}  // namespace objectstore
