// The requests of an upload in parts, its completion excepted.
#include "s3/multipart.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "base/etag.h"
#include "base/uuid.h"
#include "io/exact_reader.h"
#include "s3/attributes.h"
#include "s3/query.h"

namespace objectstore::s3 {

namespace {

/// "partNumber=1&uploadId=..."; the number is left out where it is 0.
std::string part_query(const MultipartUpload& upload, std::uint32_t number) {
  std::string query;
  if (number != 0) add_parameter(query, "partNumber", std::to_string(number));
  add_parameter(query, "uploadId", upload.upload_id);
  return query;
}

/// A source that can be read only once, read.
Result<std::string> hold(BodySource& source, std::uint64_t size) {
  if (size > kMaxHeldPart) {
    return Error{.kind = ErrorKind::unsupported,
                 .message = "a part of " + std::to_string(size) + " bytes must come from a body that can be rewound; up to " +
                            std::to_string(kMaxHeldPart >> 20U) + " MiB it need not"};
  }
  std::string bytes(static_cast<std::size_t>(size), '\0');
  io::ExactReader reader(source, size);
  std::size_t filled = 0;
  while (true) {
    std::byte none{};
    const auto rest = std::as_writable_bytes(std::span(bytes)).subspan(filled);
    auto count = reader.read(rest.empty() ? std::span(&none, 1) : rest);
    if (!count) return std::move(count).error();
    if (*count == 0) return bytes;
    filled += *count;
  }
}

/// Hashed, whatever the client's policy: the server wants the sum. `held` keeps the bytes of a body that cannot be rewound.
Result<Payload> plan_part(BodySource& source, std::string& held) {
  if (source.memory() || source.rewindable()) return plan_payload(source, {});
  auto size = source.size();
  if (!size) return std::move(size).error();
  if (!*size || **size > kMaxSinglePutBytes) return plan_payload(source, {});  // which refuses it
  auto bytes = hold(source, **size);
  if (!bytes) return std::move(bytes).error();
  held = std::move(*bytes);
  return Payload::of_memory(std::as_bytes(std::span(held)));
}

/// Whether bodies are hashed for the server to keep, and not for their signature alone.
bool keeps_checksums(PayloadSigning signing) {
  return signing == PayloadSigning::automatic || signing == PayloadSigning::trailer;
}

/// `sha256`: of the bytes, in base64; empty where they were not hashed.
std::optional<Failure> judge_part(const HttpReply& reply, const std::string& sha256) {
  if (base::strip_etag(reply.headers.get("etag")).empty()) {
    return Failure{corrupt_reply("the part was confirmed without an ETag"), Retry::transient};
  }
  const std::string_view stored = reply.headers.get(kSha256Header);
  if (stored.empty() || sha256.empty() || stored == sha256) return std::nullopt;
  return Failure{{.kind = ErrorKind::corrupt, .message = "the server received other bytes than were sent"}, Retry::transient};
}

/// The size of the bytes that `range` selects; fills `range` and `source.if_match` with what a HEAD says where it leaves that open.
Result<std::uint64_t> resolve_source(Sender& sender, Call& call, CopySource& source, ByteRange& range) {
  if (range.form == ByteRange::Form::first_last) return range.last - range.first + 1;
  Request request;
  request.http.method = "HEAD";
  request.bucket = source.bucket;
  request.key = source.key;
  add_parameter(request.http.query, "versionId", source.version_id);
  if (!source.if_match.empty()) request.http.headers.set("if-match", base::quote_etag(source.if_match));
  auto reply = sender.send(request, call);
  if (!reply) return annotate(std::move(reply).error(), "source s3://" + source.bucket + "/" + source.key);
  const auto size = base::parse_decimal(reply->headers.get("content-length"));
  if (!size) return corrupt_reply("Content-Length is missing or no number");
  if (source.if_match.empty()) source.if_match = base::strip_etag(reply->headers.get("etag"));
  const std::uint64_t first = range.form == ByteRange::Form::suffix ? *size - std::min(range.count, *size) : range.first;
  if (range.form == ByteRange::Form::whole || (first == 0 && *size > 0)) {
    range = ByteRange::whole();
    return *size;
  }
  if (first >= *size) {
    return Error{.kind = ErrorKind::invalid_argument,
                 .message = "the range begins behind the end of the source, which has " + std::to_string(*size) + " bytes",
                 .service_code = "InvalidRange"};
  }
  range = ByteRange::first_last(first, *size - 1);
  return *size - first;
}

}  // namespace

Result<MultipartUpload> create_upload(Sender& sender, std::string_view bucket, std::string_view key, const UploadOptions& options) {
  Call call = sender.begin("create_multipart_upload", bucket, key, options.call);
  UploadOptions unconditional = options;
  unconditional.condition = Overwrite{};
  MultipartUpload upload;
  upload.key = key;
  upload.initiated = sender.options().clock->now();
  upload.put_id = base::uuid_v7(upload.initiated, *sender.options().random);
  upload.storage_class = options.storage_class.empty() ? "STANDARD" : options.storage_class;
  upload.content_type = options.content_type;
  Request request = request_of("POST", call);
  request.http.query = "uploads=";
  add_upload_headers(request.http.headers, unconditional, upload.put_id);
  upload.part_sha256 = options.part_sha256 && keeps_checksums(sender.payload_policy().signing);
  if (upload.part_sha256) request.http.headers.set("x-amz-checksum-algorithm", "SHA256");
  request.judge = judge_document(upload.upload_id, parse_created_upload);
  auto reply = sender.send(request, call);
  if (!reply && upload.part_sha256 && reply.error().kind == ErrorKind::unsupported) {
    upload.part_sha256 = false;
    request.http.headers.erase("x-amz-checksum-algorithm");
    reply = sender.send(request, call);
  }
  if (!reply) return Sender::in_context(std::move(reply).error(), call);
  return upload;
}

Result<UploadedPart> upload_part(Sender& sender, std::string_view bucket, const MultipartUpload& upload, std::uint32_t number,
                                 BodySource& source, const PartOptions& options) {
  Call call = sender.begin("upload_part", bucket, upload.key, options.call);
  std::string held;
  const PayloadPolicy policy = sender.payload_policy();
  const bool hashed_first = upload.part_sha256 && policy.signing != PayloadSigning::trailer;
  auto payload = hashed_first ? plan_part(source, held) : plan_payload(source, policy);
  if (!payload) return Sender::in_context(std::move(payload).error(), call);
  Request request = request_of("PUT", call);
  request.http.query = part_query(upload, number);
  if (upload.part_sha256 && !payload->checksum.empty()) request.http.headers.set(kSha256Header, payload->checksum);
  if (options.customer_key) add_customer_key(request.http.headers, *options.customer_key);
  request.payload = *payload;
  request.judge = [&payload](HttpReply& reply, std::optional<Failure>& failure) {
    if (!failure) failure = judge_part(reply, payload->checksum);
  };
  auto reply = sender.send(request, call);
  if (!reply) return Sender::in_context(std::move(reply).error(), call);
  // Only a sum that the server keeps may stand in the completion.
  return UploadedPart{number, std::string(base::strip_etag(reply->headers.get("etag"))), payload->size,
                      std::string(reply->headers.get(kSha256Header))};
}

Result<UploadedPart> upload_part_copy(Sender& sender, std::string_view bucket, const MultipartUpload& upload, std::uint32_t number,
                                      const CopySource& source, const ByteRange& range, const PartOptions& options) {
  Call call = sender.begin("upload_part_copy", bucket, upload.key, options.call);
  CopySource from = source;
  ByteRange bytes = range;
  const auto size = resolve_source(sender, call, from, bytes);
  if (!size) return Sender::in_context(size.error(), call);
  Request request = request_of("PUT", call);
  request.http.stall_timeout = kLongWork;
  request.http.query = part_query(upload, number);
  add_copy_source(request.http.headers, from);
  if (bytes.form == ByteRange::Form::first_last) {
    request.http.headers.set("x-amz-copy-source-range", "bytes=" + std::to_string(bytes.first) + "-" + std::to_string(bytes.last));
  }
  if (options.customer_key) add_customer_key(request.http.headers, *options.customer_key);
  UploadedPart part;
  request.judge = judge_document(part, parse_copied_part);
  auto reply = sender.send(request, call);
  if (!reply) return Sender::in_context(std::move(reply).error(), call);
  part.number = number;
  part.size = *size;
  return part;
}

Status abort_upload(Sender& sender, std::string_view bucket, const MultipartUpload& upload, const CallOptions& options) {
  Call call = sender.begin("abort_multipart_upload", bucket, upload.key, options);
  Request request = request_of("DELETE", call);
  request.http.query = part_query(upload, 0);
  auto reply = sender.send(request, call);
  if (reply || reply.error().service_code == "NoSuchUpload") return {};
  return Sender::in_context(std::move(reply).error(), call);
}

Result<PartPage> list_parts(Sender& sender, std::string_view bucket, const MultipartUpload& upload, const ListPartsOptions& options) {
  Call call = sender.begin("list_parts", bucket, upload.key, options.call);
  Request request = request_of("GET", call);
  add_parameter(request.http.query, "max-parts", std::to_string(options.page_size));
  if (options.part_after != 0) add_parameter(request.http.query, "part-number-marker", std::to_string(options.part_after));
  add_parameter(request.http.query, "uploadId", upload.upload_id);
  if (options.customer_key) add_customer_key(request.http.headers, *options.customer_key);
  PartPage page;
  request.judge = judge_document(page, [&](std::string body) { return parse_parts(std::move(body), options.part_after); });
  auto reply = sender.send(request, call);
  if (!reply) return Sender::in_context(std::move(reply).error(), call);
  return page;
}

Result<UploadsPage> list_uploads(Sender& sender, std::string_view bucket, const ListMultipartUploadsOptions& options,
                                 const UploadsMarker& after) {
  Call call = sender.begin("list_multipart_uploads", bucket, {}, options.call);
  Request request = request_of("GET", call);
  std::string& query = request.http.query;
  add_parameter(query, "encoding-type", "url");
  add_parameter(query, "key-marker", after.key);
  add_parameter(query, "max-uploads", std::to_string(options.page_size));
  add_parameter(query, "prefix", options.prefix);
  add_parameter(query, "upload-id-marker", after.upload_id);
  query += "&uploads=";
  UploadsPage page;
  request.judge = judge_document(page, [&](std::string body) { return parse_uploads(std::move(body), options.prefix, after); });
  auto reply = sender.send(request, call);
  if (!reply) return Sender::in_context(std::move(reply).error(), call);
  return page;
}

}  // namespace objectstore::s3
