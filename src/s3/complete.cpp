// CompleteMultipartUpload.
#include "s3/complete.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/etag.h"
#include "base/parts_etag.h"
#include "s3/attributes.h"
#include "s3/multipart_replies.h"
#include "s3/query.h"
#include "s3/settle.h"

namespace objectstore::s3 {

namespace {

/// Nothing where some part's ETag is no MD5.
std::string etag_of(std::span<const UploadedPart> parts) {
  base::PartsEtag etag;
  for (const auto& part : parts) {
    if (!etag.add(base::strip_etag(part.etag))) return {};
  }
  return etag.text();
}

class Completion {
 public:
  Completion(Sender& sender, std::string_view bucket, const MultipartUpload& upload, std::span<const UploadedPart> parts,
             const CompleteOptions& options)
      : sender_(sender),
        upload_(upload),
        parts_(parts),
        options_(options),
        call_(sender.begin("complete_multipart_upload", bucket, upload.key, options.call)),
        settlement_(sender, call_, options.condition, options.customer_key ? &*options.customer_key : nullptr) {
    settlement_.expect(upload.put_id, etag_of(parts));
  }

  Result<Uploaded> run();

 private:
  Result<HttpReply> send();
  void judge(HttpReply& reply, std::optional<Failure>& failure);
  Result<HttpReply> end(Error error);
  Result<HttpReply> end_without_upload(Error error);

  Sender& sender_;
  const MultipartUpload& upload_;
  const std::span<const UploadedPart> parts_;
  const CompleteOptions& options_;
  Call call_;
  Settlement settlement_;
  std::string etag_;
  bool raced_ = false;  ///< a 409 came
};

void Completion::judge(HttpReply& reply, std::optional<Failure>& failure) {
  const bool was_success = !failure;
  judge_document(etag_, parse_completed)(reply, failure);
  if (failure) {
    const Error& error = failure->error;
    if (error.service_code == "ConditionalRequestConflict") raced_ = true;
    // An error document in a 200 refuses as surely as one behind a 4xx, unless it tells of the server's own trouble.
    const bool refused = was_success && !error.service_code.empty() && error.kind != ErrorKind::unavailable;
    if (refused && call_.open_sends > 0) --call_.open_sends;
  }
  settlement_.judge(reply, failure);
}

Result<HttpReply> Completion::end_without_upload(Error error) {
  if (call_.open_sends > 0) return settlement_.settle(std::move(error));
  const Seen seen = settlement_.look();
  if (seen.what == Seen::What::ours) return Settlement::confirmed(seen);
  if (raced_) {
    error.kind = ErrorKind::conflict;
    error.message = "another write to the key came between, and the server dropped the upload: begin it anew";
  }
  return error;
}

Result<HttpReply> Completion::end(Error error) {
  if (error.service_code == "NoSuchUpload") return end_without_upload(std::move(error));
  if (settlement_.conditional() || call_.open_sends == 0) return settlement_.end(std::move(error));
  if (error.kind == ErrorKind::cancelled) return error;
  const Seen seen = settlement_.look();
  if (seen.what == Seen::What::ours) return Settlement::confirmed(seen);
  return error;
}

Result<HttpReply> Completion::send() {
  Request request = request_of("POST", call_);
  request.http.stall_timeout = kLongWork;
  add_parameter(request.http.query, "uploadId", upload_.upload_id);
  request.http.headers.set("content-type", "application/xml");
  add_write_condition(request.http.headers, options_.condition);
  if (options_.customer_key) add_customer_key(request.http.headers, *options_.customer_key);
  const std::string document = complete_document(parts_);
  request.payload = Payload::of_memory(std::as_bytes(std::span(document)));
  request.judge = [this](HttpReply& reply, std::optional<Failure>& failure) { judge(reply, failure); };
  return sender_.send(request, call_);
}

Result<Uploaded> Completion::run() {
  auto reply = send();
  if (!reply) reply = end(std::move(reply).error());
  if (!reply) return Sender::in_context(std::move(reply).error(), call_);
  Uploaded uploaded;
  uploaded.ref.bucket = call_.bucket;
  uploaded.ref.key = call_.key;
  for (const auto& part : parts_) uploaded.ref.size += part.size;
  uploaded.ref.content_type = upload_.content_type;
  uploaded.ref.etag = etag_.empty() ? std::string(base::strip_etag(reply->headers.get("etag"))) : etag_;
  uploaded.version_id = reply->headers.get("x-amz-version-id");
  uploaded.attempts = call_.attempts;
  return uploaded;
}

}  // namespace

Result<Uploaded> complete_upload(Sender& sender, std::string_view bucket, const MultipartUpload& upload,
                                 std::span<const UploadedPart> parts, const CompleteOptions& options) {
  return Completion(sender, bucket, upload, parts, options).run();
}

}  // namespace objectstore::s3
