// The requests of an upload in parts, its completion excepted (complete.h).
#pragma once

#include <cstdint>
#include <string_view>

#include "objectstore/bucket.h"
#include "s3/multipart_replies.h"
#include "s3/send.h"

namespace objectstore::s3 {

/// Longest part that is read into memory where it cannot be read twice.
inline constexpr std::uint64_t kMaxHeldPart = 64u << 20;

// Arguments are checked already. Errors: as the verbs of Bucket.

/// Has the server keep a SHA-256 of each part unless told not to: it then verifies parts as they arrive and hands the sums out in listings. A
/// server that says it cannot do so is asked without.
Result<MultipartUpload> create_upload(Sender& sender, std::string_view bucket, std::string_view key, const UploadOptions& options);

/// Where the upload keeps sums, a part is sent with its SHA-256 in front; what can be read only once is therefore read into memory first.
Result<UploadedPart> upload_part(Sender& sender, std::string_view bucket, const MultipartUpload& upload, std::uint32_t number,
                                 BodySource& source, const PartOptions& options);

/// `source.bucket` is filled. Where the range leaves the size open, a HEAD asks for it, and the copy is pinned to what it saw.
Result<UploadedPart> upload_part_copy(Sender& sender, std::string_view bucket, const MultipartUpload& upload, std::uint32_t number,
                                      const CopySource& source, const ByteRange& range, const PartOptions& options);

Status abort_upload(Sender& sender, std::string_view bucket, const MultipartUpload& upload, const CallOptions& options);

Result<PartPage> list_parts(Sender& sender, std::string_view bucket, const MultipartUpload& upload, const ListPartsOptions& options);

Result<UploadsPage> list_uploads(Sender& sender, std::string_view bucket, const ListMultipartUploadsOptions& options,
                                 const UploadsMarker& after);

}  // namespace objectstore::s3
