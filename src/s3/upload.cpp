// PutObject, and the verdict on conditional writes whose reply was lost.
#include "s3/upload.h"

#include <string>
#include <utility>
#include <variant>

#include "base/etag.h"
#include "base/uuid.h"
#include "s3/attributes.h"

namespace objectstore::s3 {

namespace {

/// Requests a HEAD may take to settle an upload, beside the attempts of the upload itself.
constexpr int kSettlingAttempts = 2;

/// What stands under the key, as a HEAD sees it.
struct Seen {
  enum class What : std::uint8_t { ours, another, nothing, not_told } what = What::not_told;
  std::string etag;
  std::string version_id;
  std::string trouble;  ///< not_told: why
};

class Upload {
 public:
  Upload(Sender& sender, std::string_view bucket, std::string_view key, BodySource& source, const UploadOptions& options)
      : sender_(sender),
        source_(source),
        options_(options),
        conditional_(!std::holds_alternative<Overwrite>(options.condition)),
        create_only_(std::holds_alternative<CreateOnly>(options.condition)),
        call_(sender.begin("upload", bucket, key, options.call)) {}

  Result<Uploaded> run();

 private:
  Result<HttpReply> put();
  void judge(HttpReply& reply, std::optional<Failure>& failure);
  void judge_refused_condition(HttpReply& reply, std::optional<Failure>& failure);
  /// The end of a conditional upload that failed while it may have been carried out.
  Result<HttpReply> settle(Error error);
  Seen look();
  [[nodiscard]] Error unknown(const Error& reason, std::string_view what) const;
  /// A reply as if the upload had been confirmed.
  static HttpReply confirmed(const Seen& seen);

  Sender& sender_;
  BodySource& source_;
  const UploadOptions& options_;
  const bool conditional_;
  const bool create_only_;
  Call call_;
  std::string put_id_;
  Payload payload_;
  bool final_ = false;     ///< the verdict stands: nothing is left to settle
  bool vanished_ = false;  ///< refused as taken, and then nothing was there
};

HttpReply Upload::confirmed(const Seen& seen) {
  HttpReply reply;
  reply.status = 200;
  reply.headers.set("etag", base::quote_etag(seen.etag));
  if (!seen.version_id.empty()) reply.headers.set("x-amz-version-id", seen.version_id);
  return reply;
}

Error Upload::unknown(const Error& reason, std::string_view what) const {
  Error error = reason;
  error.kind = ErrorKind::outcome_unknown;
  error.message = "the upload may or may not have happened: ";
  error.message += what;
  error.message += "; the last answer: " + reason.message;
  return error;
}

Seen Upload::look() {
  Seen seen;
  Request request;
  request.http.method = "HEAD";
  request.bucket = call_.bucket;
  request.key = call_.key;
  request.max_attempts = kSettlingAttempts;
  if (const auto* customer = std::get_if<SseCustomerKey>(&options_.encryption)) add_customer_key(request.http.headers, *customer);
  Call head = call_;  // same deadline and cancel
  auto reply = sender_.send(request, head);
  call_.attempts = head.attempts;
  if (!reply) {
    // Only the key's absence counts: a 404 may also mean the bucket, or a gateway that lost its way.
    const Error& error = reply.error();
    if (error.kind == ErrorKind::not_found && error.http_status == 404 && error.service_code != "NoSuchBucket") {
      seen.what = Seen::What::nothing;
    } else {
      seen.trouble = error.message;
    }
    return seen;
  }
  std::string found_id;
  auto info = read_object_headers(reply->headers, call_.bucket, call_.key, &found_id);
  if (!info) {
    seen.trouble = info.error().message;
    return seen;
  }
  seen.what = !put_id_.empty() && found_id == put_id_ ? Seen::What::ours : Seen::What::another;
  seen.etag = std::move(info->etag);
  seen.version_id = std::move(info->version_id);
  return seen;
}

void Upload::judge_refused_condition(HttpReply& reply, std::optional<Failure>& failure) {
  Error& error = failure->error;
  failure->retry = Retry::no;
  final_ = true;
  const Seen seen = look();
  switch (seen.what) {
    case Seen::What::ours:
      reply = confirmed(seen);
      failure.reset();
      return;
    case Seen::What::another:
      if (create_only_) {
        error.kind = ErrorKind::already_exists;
        error.message = "the key is taken";
      } else if (call_.open_sends == 0) {
        error.kind = ErrorKind::precondition_failed;
        error.message = "the object has another ETag";
      } else {
        error = unknown(error, "an earlier sending may have been stored and then replaced");
      }
      return;
    case Seen::What::nothing:
      if (create_only_) {
        vanished_ = true;
        failure->retry = Retry::transient;
      } else if (call_.open_sends == 0) {
        error.kind = ErrorKind::not_found;
        error.message = "nothing is stored under the key";
      } else {
        error = unknown(error, "an earlier sending may have been stored and then deleted");
      }
      return;
    case Seen::What::not_told: error = unknown(error, "asking did not settle it (" + seen.trouble + ")"); return;
  }
}

void Upload::judge(HttpReply& reply, std::optional<Failure>& failure) {
  final_ = false;
  vanished_ = false;
  if (failure && conditional_ && reply.status == 412 && !reply.error) judge_refused_condition(reply, failure);
}

Result<HttpReply> Upload::settle(Error error) {
  const Seen seen = look();
  switch (seen.what) {
    case Seen::What::ours: return confirmed(seen);
    case Seen::What::another:
      if (create_only_) {
        error.kind = ErrorKind::already_exists;
        error.message = "the key is taken; the upload's own reply was lost: " + error.message;
        return error;
      }
      return unknown(error, "another object stands there, and it may have replaced this one");
    case Seen::What::nothing: return unknown(error, "nothing is stored there yet, but a delayed request can still land");
    case Seen::What::not_told: break;
  }
  return unknown(error, "asking did not settle it (" + seen.trouble + ")");
}

Result<HttpReply> Upload::put() {
  Request request;
  request.http.method = "PUT";
  request.bucket = call_.bucket;
  request.key = call_.key;
  add_upload_headers(request.http.headers, options_, put_id_);
  if (!payload_.checksum.empty()) request.http.headers.set("x-amz-checksum-sha256", payload_.checksum);
  request.payload = payload_;
  request.judge = [this](HttpReply& reply, std::optional<Failure>& failure) { judge(reply, failure); };
  auto reply = sender_.send(request, call_);
  if (reply) return reply;
  Error error = std::move(reply).error();
  if (!conditional_ || (!vanished_ && (final_ || call_.open_sends == 0))) return error;
  if (error.kind == ErrorKind::cancelled) {
    error.message += "; the upload may or may not have happened";
    return error;
  }
  if (vanished_) return unknown(error, "the key was refused as taken, and then nothing was there");
  return settle(std::move(error));
}

Result<Uploaded> Upload::run() {
  const bool https = sender_.options().endpoint.https();
  auto planned = plan_payload(source_, https);
  if (!planned) return Sender::in_context(std::move(planned).error(), call_);
  payload_ = std::move(*planned);
  if (conditional_) put_id_ = base::uuid_v7(sender_.options().clock->now(), *sender_.options().random);
  auto reply = put();
  if (!reply) return Sender::in_context(std::move(reply).error(), call_);
  Uploaded uploaded;
  uploaded.ref.bucket = call_.bucket;
  uploaded.ref.key = call_.key;
  uploaded.ref.size = payload_.size;
  uploaded.ref.content_type = options_.content_type;
  uploaded.ref.etag = base::strip_etag(reply->headers.get("etag"));
  uploaded.version_id = reply->headers.get("x-amz-version-id");
  if (uploaded.ref.etag.empty()) {  // stored, but a reference needs the ETag
    Seen seen = look();
    if (seen.etag.empty() || (conditional_ && seen.what != Seen::What::ours)) {
      return Sender::in_context(corrupt_reply("the upload was confirmed without an ETag"), call_);
    }
    uploaded.ref.etag = std::move(seen.etag);
  }
  uploaded.attempts = call_.attempts;
  return uploaded;
}

}  // namespace

Result<Uploaded> upload(Sender& sender, std::string_view bucket, std::string_view key, BodySource& source, const UploadOptions& options) {
  return Upload(sender, bucket, key, source, options).run();
}

}  // namespace objectstore::s3
