// Uploads in parts: what Bucket's multipart verbs take and return.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "objectstore/call.h"
#include "objectstore/clock.h"

namespace objectstore {

// Source of these limits: S3 User Guide, "Amazon S3 multipart upload limits". A part has at most kMaxSinglePutBytes.

/// Parts are numbered from 1 to this.
inline constexpr std::uint32_t kMaxPartNumber = 10'000;
/// Least size of every part but the last, in bytes.
inline constexpr std::uint64_t kMinPartBytes = 5u << 20;

/// An upload under way. All that another process needs to go on with it are `key` and `upload_id`; `put_id` besides makes completing safe
/// against lost replies. Copy it, keep it, store it.
struct MultipartUpload {
  std::string key = {};
  std::string upload_id = {};
  /// What the object will carry in its metadata, so that a HEAD tells whether it came of this upload. Empty for an upload found by listing:
  /// then the ETag that the parts make has to tell.
  std::string put_id = {};
  SystemTime initiated{};
  std::string storage_class = {};
  std::string content_type = {};  ///< empty for an upload found by listing
  bool part_sha256 = true;        ///< the server keeps a SHA-256 of each part, and wants it sent along
};

/// One part as stored. `complete_multipart_upload` takes what upload_part, upload_part_copy and list_parts gave.
struct UploadedPart {
  std::uint32_t number = 0;  ///< 1 to kMaxPartNumber
  std::string etag = {};     ///< without quotes; the MD5 of the bytes on most servers
  std::uint64_t size = 0;
  std::string sha256 = {};  ///< base64, where the server keeps it
  bool operator==(const UploadedPart&) const = default;
};

struct PartOptions {
  std::optional<SseCustomerKey> customer_key = {};  ///< the one that the upload was created with
  CallOptions call = {};
};

struct CompleteOptions {
  WriteCondition condition = Overwrite{};
  std::optional<SseCustomerKey> customer_key = {};  ///< the one that the upload was created with
  CallOptions call = {};
};

struct ListPartsOptions {
  std::uint32_t part_after = 0;                     ///< only parts behind this number
  std::uint32_t page_size = 1000;                   ///< 1..1000
  std::optional<SseCustomerKey> customer_key = {};  ///< the one that the upload was created with
  CallOptions call = {};
};

struct PartPage {
  std::vector<UploadedPart> parts;
  std::uint32_t continuation = 0;  ///< for `part_after`; 0 = this was the last page
};

struct ListMultipartUploadsOptions {
  std::string prefix = {};
  std::uint32_t page_size = 1000;  ///< 1..1000
  std::string continuation = {};   ///< MultipartUploadPage::continuation of the page before; opaque
  CallOptions call = {};
};

struct MultipartUploadPage {
  std::vector<MultipartUpload> uploads;
  std::string continuation;  ///< empty = this was the last page
};

}  // namespace objectstore
