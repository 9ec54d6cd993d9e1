// What is kept beside an object's bytes, in the one form that every backend gives back.
#pragma once

#include <string>

#include "objectstore/bucket.h"
#include "objectstore/result.h"

namespace objectstore {

struct Attributes {
  std::string content_type;
  std::string cache_control;
  std::string content_disposition;
  std::string content_encoding;
  std::string content_language;
  std::string expires;
  Metadata metadata;
  Tags tags;
  std::string storage_class;  ///< empty = the default
  bool operator==(const Attributes&) const = default;
};

/// Checked, trimmed, metadata values folded as well; no content type means application/octet-stream. Errors: invalid_argument.
Result<Attributes> attributes_of(const UploadOptions& options);
/// What a copy keeps of `source` and what `options` replace. As in S3, tags stay and the storage class is not inherited.
/// Errors: invalid_argument.
Result<Attributes> attributes_of(const CopyOptions& options, const Attributes& source);

/// Fills the fields of `info` that stand for attributes.
void describe_to(const Attributes& attributes, ObjectInfo& info);
/// For listings. An unset class reads STANDARD, as S3 has it there.
std::string storage_class_of(const Attributes& attributes);

}  // namespace objectstore
