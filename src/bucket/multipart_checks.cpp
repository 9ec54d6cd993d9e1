// Checks of uploads in parts.
#include "bucket/multipart_checks.h"

#include <utility>
#include <variant>

#include "base/encoding.h"
#include "base/errors.h"
#include "bucket/rules.h"

namespace objectstore {

namespace {

using base::invalid;

constexpr std::string_view kTokenVersion = "1-";

Error refused(std::string message, std::string_view service_code) {
  Error error = invalid(std::move(message));
  error.service_code = service_code;
  return error;
}

std::string text_of(const UploadedPart& part) {
  return "part " + std::to_string(part.number);
}

}  // namespace

Status check_multipart_upload(const MultipartUpload& upload) {
  if (auto status = check_key(upload.key); !status) return status;
  if (upload.upload_id.empty()) return invalid("the upload has no id");
  return {};
}

Status check_part_number(std::uint32_t number) {
  if (number >= 1 && number <= kMaxPartNumber) return {};
  return invalid("part number " + std::to_string(number) + ": parts are numbered from 1 to " + std::to_string(kMaxPartNumber));
}

Status check_completion(std::span<const UploadedPart> parts, const CompleteOptions& options) {
  if (parts.empty()) return refused("an upload needs at least one part to be completed", "MalformedXML");
  std::uint32_t before = 0;
  for (const auto& part : parts) {
    if (auto status = check_part_number(part.number); !status) return status;
    if (part.number <= before) return refused("parts must be given once each, in ascending order of their numbers", "InvalidPartOrder");
    if (strip_etag(part.etag).empty()) return refused(text_of(part) + " has no ETag", "InvalidPart");
    before = part.number;
  }
  UploadOptions upload;
  upload.condition = options.condition;
  return check_upload(upload);
}

Status check_list_parts(const ListPartsOptions& options) {
  if (options.page_size >= 1 && options.page_size <= 1000) return {};
  return invalid("list_parts: the page size must be 1 to 1000");
}

std::string make_uploads_token(std::string_view key, std::string_view upload_id) {
  return std::string(kTokenVersion) + base::base64(key) + "-" + base::base64(upload_id);
}

Result<UploadsStart> check_list_uploads(const ListMultipartUploadsOptions& options) {
  ListOptions list;
  list.prefix = options.prefix;
  list.page_size = options.page_size;
  if (auto status = check_list(list); !status) return std::move(status).error();
  if (options.continuation.empty()) return UploadsStart{};
  const auto bad = [] { return invalid("the continuation token is not one that a listing of uploads gave"); };
  std::string_view token = options.continuation;
  if (!token.starts_with(kTokenVersion)) return bad();
  token.remove_prefix(kTokenVersion.size());
  const auto dash = token.find('-');
  if (dash == std::string_view::npos) return bad();
  auto key = base::unbase64(token.substr(0, dash));
  auto id = base::unbase64(token.substr(dash + 1));
  if (!key || !id || !check_key(*key)) return bad();
  return UploadsStart{std::move(*key), std::move(*id)};
}

Error no_such_upload() {
  return Error{.kind = ErrorKind::not_found,
               .message = "there is no such upload; it may have been completed or aborted",
               .service_code = "NoSuchUpload"};
}

Status check_stored_part(const UploadedPart& asked, const UploadedPart* stored, bool last) {
  if (stored == nullptr) return refused(text_of(asked) + " was not uploaded", "InvalidPart");
  if (strip_etag(asked.etag) != stored->etag) return refused(text_of(asked) + " has another ETag than was given", "InvalidPart");
  if (!last && stored->size < kMinPartBytes) {
    return refused(text_of(asked) + " has " + std::to_string(stored->size) + " bytes; every part but the last needs 5 MiB",
                   "EntityTooSmall");
  }
  return {};
}

}  // namespace objectstore
