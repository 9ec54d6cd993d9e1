// A bucket on an S3 server: checks arguments, hands the verbs to src/s3.
#include "bucket/s3_bucket.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/encoding.h"
#include "base/errors.h"
#include "bucket/multipart_checks.h"
#include "bucket/rules.h"
#include "s3/complete.h"
#include "s3/copy.h"
#include "s3/delete_objects.h"
#include "s3/download.h"
#include "s3/head.h"
#include "s3/list.h"
#include "s3/multipart.h"
#include "s3/range.h"
#include "s3/upload.h"

namespace objectstore {

namespace {

using base::invalid;

Status check_presigned_headers(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    const bool token = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
    if (!token || name == "host") return invalid("presign: \"" + name + "\" cannot be a signed header");
    if (std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
      return invalid("presign: the header " + name + " holds a control character");
    }
  }
  return {};
}

}  // namespace

S3Bucket::S3Bucket(std::shared_ptr<s3::Sender> sender, std::string_view name)
    : sender_(std::move(sender)), name_(name), name_check_(check_bucket_name(name)) {}

std::string S3Bucket::describe() const {
  return "s3(" + name_ + " at " + sender_->options().endpoint.text() + ")";
}

Status S3Bucket::check(std::string_view key) const {
  if (!name_check_) return name_check_;
  return check_key(key);
}

Status S3Bucket::check_customer_key() const {
  const auto& endpoint = sender_->options().endpoint;
  if (endpoint.https() || endpoint.loopback) return {};
  return invalid("a customer's encryption key is sent over https only");
}

Error S3Bucket::fail(Error error, std::string_view operation, std::string_view key) const {
  return s3::Sender::in_context(std::move(error), s3::Call{.operation = operation, .bucket = name_, .key = key});
}

void S3Bucket::name_what_is_missing(Error& error, const s3::Call& call) {
  if (error.kind != ErrorKind::not_found || !error.service_code.empty()) return;
  if (!seen_) {
    s3::Request request;
    request.http.method = "HEAD";
    request.bucket = name_;
    s3::Call asking = call;
    auto reply = sender_->send(request, asking);
    if (!reply && reply.error().http_status == 404) {
      error.service_code = "NoSuchBucket";
      error.message = "the bucket does not exist";
      return;
    }
    if (!reply) return;  // cannot be told
    seen_ = true;
  }
  error.service_code = "NoSuchKey";
  error.message = "nothing is stored under the key";
}

Result<Uploaded> S3Bucket::upload(std::string_view key, Body body, const UploadOptions& options) {
  if (auto status = check(key); !status) return fail(std::move(status).error(), "upload", key);
  if (auto status = check_upload(options); !status) return fail(std::move(status).error(), "upload", key);
  if (std::holds_alternative<SseCustomerKey>(options.encryption)) {
    if (auto status = check_customer_key(); !status) return fail(std::move(status).error(), "upload", key);
  }
  auto uploaded = s3::upload(*sender_, name_, key, body.source(), options);
  if (uploaded) seen_ = true;
  return uploaded;
}

Result<Downloaded> S3Bucket::download(std::string_view key, Sink sink, const DownloadOptions& options) {
  if (auto status = check(key); !status) return fail(std::move(status).error(), "download", key);
  if (auto status = s3::check_range(options.range); !status) return fail(std::move(status).error(), "download", key);
  if (options.customer_key) {
    if (auto status = check_customer_key(); !status) return fail(std::move(status).error(), "download", key);
  }
  auto downloaded = s3::download(*sender_, name_, key, sink.target(), options);
  if (downloaded) seen_ = true;
  return downloaded;
}

Result<ObjectInfo> S3Bucket::head(std::string_view key, const HeadOptions& options) {
  if (auto status = check(key); !status) return fail(std::move(status).error(), "head", key);
  if (options.customer_key) {
    if (auto status = check_customer_key(); !status) return fail(std::move(status).error(), "head", key);
  }
  s3::Call call = sender_->begin("head", name_, key, options.call);
  auto info = s3::head(*sender_, call, name_, key, options);
  if (!info) {
    Error error = std::move(info).error();
    name_what_is_missing(error, call);
    return s3::Sender::in_context(std::move(error), call);
  }
  seen_ = true;
  return info;
}

Result<ListPage> S3Bucket::list(const ListOptions& options) {
  if (!name_check_) return fail(name_check_.error(), "list", {});
  if (auto status = check_list(options); !status) return fail(std::move(status).error(), "list", {});
  s3::Call call = sender_->begin("list", name_, {}, options.call);
  auto page = s3::list(*sender_, call, name_, options);
  if (!page) return s3::Sender::in_context(std::move(page).error(), call);
  seen_ = true;
  return page;
}

Result<std::string> S3Bucket::presign(std::string_view key, const PresignOptions& options) {
  if (auto status = check(key); !status) return fail(std::move(status).error(), "presign", key);
  if (auto status = check_presigned_headers(options.headers); !status) return fail(std::move(status).error(), "presign", key);
  HttpRequest request;
  switch (options.method) {
    case PresignMethod::get: request.method = "GET"; break;
    case PresignMethod::put: request.method = "PUT"; break;
    case PresignMethod::head: request.method = "HEAD"; break;
    case PresignMethod::delete_object: request.method = "DELETE"; break;
  }
  request.headers = options.headers;
  if (!options.version_id.empty()) request.query = "versionId=" + base::uri_encode(options.version_id);
  auto url = sender_->presign(std::move(request), name_, key, options.expires);
  if (!url) return fail(std::move(url).error(), "presign", key);
  return url;
}

Status S3Bucket::delete_object(std::string_view key, const DeleteOptions& options) {
  if (auto status = check(key); !status) return fail(std::move(status).error(), "delete_object", key);
  s3::Call call = sender_->begin("delete_object", name_, key, options.call);
  if (auto status = s3::delete_one(*sender_, call, key, options.version_id); !status) {
    return s3::Sender::in_context(std::move(status).error(), call);
  }
  return {};
}

Result<std::vector<DeleteOutcome>> S3Bucket::delete_objects(std::span<const std::string> keys, const CallOptions& options) {
  if (!name_check_) return fail(name_check_.error(), "delete_objects", {});
  return s3::delete_objects(*sender_, name_, keys, options);
}

Result<Copied> S3Bucket::copy(const CopySource& source, std::string_view key, const CopyOptions& options) {
  if (auto status = check(key); !status) return fail(std::move(status).error(), "copy", key);
  if (auto status = check_key(source.key); !status) return fail(annotate(std::move(status).error(), "source"), "copy", key);
  if (auto status = check_copy(options); !status) return fail(std::move(status).error(), "copy", key);
  CopySource from = source;
  if (from.bucket.empty()) from.bucket = name_;
  if (auto status = check_bucket_name(from.bucket); !status) return fail(annotate(std::move(status).error(), "source"), "copy", key);
  if (std::holds_alternative<SseCustomerKey>(options.encryption)) {
    if (auto status = check_customer_key(); !status) return fail(std::move(status).error(), "copy", key);
  }
  return s3::copy(*sender_, name_, from, key, options);
}

Result<MultipartUpload> S3Bucket::create_multipart_upload(std::string_view key, const UploadOptions& options) {
  constexpr std::string_view kOperation = "create_multipart_upload";
  if (auto status = check(key); !status) return fail(std::move(status).error(), kOperation, key);
  if (auto status = check_upload(options); !status) return fail(std::move(status).error(), kOperation, key);
  if (std::holds_alternative<SseCustomerKey>(options.encryption)) {
    if (auto status = check_customer_key(); !status) return fail(std::move(status).error(), kOperation, key);
  }
  return s3::create_upload(*sender_, name_, key, options);
}

Status S3Bucket::check(const MultipartUpload& upload, bool customer_key) const {
  if (!name_check_) return name_check_;
  if (auto status = check_multipart_upload(upload); !status) return status;
  return customer_key ? check_customer_key() : Status();
}

Result<UploadedPart> S3Bucket::upload_part(const MultipartUpload& upload, std::uint32_t number, Body body, const PartOptions& options) {
  auto fine = check(upload, options.customer_key.has_value());
  if (fine) fine = check_part_number(number);
  if (!fine) return fail(std::move(fine).error(), "upload_part", upload.key);
  return s3::upload_part(*sender_, name_, upload, number, body.source(), options);
}

Result<UploadedPart> S3Bucket::upload_part_copy(const MultipartUpload& upload, std::uint32_t number, const CopySource& source,
                                                const ByteRange& range, const PartOptions& options) {
  CopySource from = source;
  if (from.bucket.empty()) from.bucket = name_;
  auto fine = check(upload, options.customer_key.has_value());
  if (fine) fine = check_part_number(number);
  if (fine) fine = s3::check_range(range);
  if (!fine) return fail(std::move(fine).error(), "upload_part_copy", upload.key);
  fine = check_key(from.key);
  if (fine) fine = check_bucket_name(from.bucket);
  if (!fine) return fail(annotate(std::move(fine).error(), "source"), "upload_part_copy", upload.key);
  return s3::upload_part_copy(*sender_, name_, upload, number, from, range, options);
}

Result<Uploaded> S3Bucket::complete_multipart_upload(const MultipartUpload& upload, std::span<const UploadedPart> parts,
                                                     const CompleteOptions& options) {
  auto fine = check(upload, options.customer_key.has_value());
  if (fine) fine = check_completion(parts, options);
  if (!fine) return fail(std::move(fine).error(), "complete_multipart_upload", upload.key);
  return s3::complete_upload(*sender_, name_, upload, parts, options);
}

Status S3Bucket::abort_multipart_upload(const MultipartUpload& upload, const CallOptions& options) {
  if (auto fine = check(upload, false); !fine) return fail(std::move(fine).error(), "abort_multipart_upload", upload.key);
  return s3::abort_upload(*sender_, name_, upload, options);
}

Result<PartPage> S3Bucket::list_parts(const MultipartUpload& upload, const ListPartsOptions& options) {
  auto fine = check(upload, options.customer_key.has_value());
  if (fine) fine = check_list_parts(options);
  if (!fine) return fail(std::move(fine).error(), "list_parts", upload.key);
  return s3::list_parts(*sender_, name_, upload, options);
}

Result<MultipartUploadPage> S3Bucket::list_multipart_uploads(const ListMultipartUploadsOptions& options) {
  if (!name_check_) return fail(name_check_.error(), "list_multipart_uploads", {});
  auto start = check_list_uploads(options);
  if (!start) return fail(std::move(start).error(), "list_multipart_uploads", {});
  auto page = s3::list_uploads(*sender_, name_, options, {std::move(start->key), std::move(start->upload_id)});
  if (!page) return std::move(page).error();
  MultipartUploadPage uploads{std::move(page->uploads), {}};
  if (!page->next.key.empty()) uploads.continuation = make_uploads_token(page->next.key, page->next.upload_id);
  return uploads;
}

}  // namespace objectstore
