// What every backend refuses of uploads in parts before it does anything, and what those without a server find out by themselves.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "objectstore/bucket.h"
#include "objectstore/result.h"

namespace objectstore {

/// Its key, and that it has an id. Errors: invalid_argument.
Status check_multipart_upload(const MultipartUpload& upload);
/// 1 to kMaxPartNumber. Errors: invalid_argument.
Status check_part_number(std::uint32_t number);
/// At least one, ascending, each with an ETag; and the condition. Errors: invalid_argument with the codes of S3.
Status check_completion(std::span<const UploadedPart> parts, const CompleteOptions& options);
/// Errors: invalid_argument (the page size).
Status check_list_parts(const ListPartsOptions& options);

/// Where a page of uploads begins: behind this one. The token of a page: "1-", the key in base64, "-", and the upload id in base64.
struct UploadsStart {
  std::string key;
  std::string upload_id;
};
std::string make_uploads_token(std::string_view key, std::string_view upload_id);
/// Errors: invalid_argument (page size, a prefix that can begin no key, a token that no listing gave).
Result<UploadsStart> check_list_uploads(const ListMultipartUploadsOptions& options);

/// not_found with code NoSuchUpload.
Error no_such_upload();
/// For completion: `stored` is what stands under the number, null = nothing. Errors: invalid_argument (InvalidPart, EntityTooSmall).
Status check_stored_part(const UploadedPart& asked, const UploadedPart* stored, bool last);

}  // namespace objectstore
