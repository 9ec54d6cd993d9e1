// The XML documents of uploads in parts as values. Nothing in them is trusted: see the errors.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/multipart.h"
#include "objectstore/result.h"

namespace objectstore::s3 {

/// The upload id of an InitiateMultipartUploadResult. Errors: corrupt (none, or none that could go into a request again).
Result<std::string> parse_created_upload(std::string body);

/// A CopyPartResult; number and size stay 0. Errors: corrupt.
Result<UploadedPart> parse_copied_part(std::string body);

/// The ETag of a CompleteMultipartUploadResult. Errors: corrupt.
Result<std::string> parse_completed(std::string body);
/// The request to it.
std::string complete_document(std::span<const UploadedPart> parts);

/// A ListPartsResult, sorted; parts up to `part_after` are dropped. Errors: corrupt (no such document; a part without number, size or ETag,
/// or twice; a marker that is missing or leads back).
Result<PartPage> parse_parts(std::string body, std::uint32_t part_after);

struct UploadsMarker {
  std::string key;
  std::string upload_id;
  bool operator==(const UploadsMarker&) const = default;
};
struct UploadsPage {
  std::vector<MultipartUpload> uploads;
  UploadsMarker next;  ///< empty key = this was the last page
};
/// A ListMultipartUploadsResult, sorted by key and, within one, by age. Errors: corrupt (no such document; an upload without key or id; a
/// key outside the prefix; a marker that is missing or leads back).
Result<UploadsPage> parse_uploads(std::string body, std::string_view prefix, const UploadsMarker& after);

}  // namespace objectstore::s3
