// The verdict on writes whose reply does not say for certain what became of them.
#include "s3/settle.h"

#include <utility>
#include <variant>

#include "base/etag.h"
#include "s3/attributes.h"

namespace objectstore::s3 {

namespace {

/// Requests a HEAD may take to settle a write, beside the attempts of the write itself.
constexpr int kSettlingAttempts = 2;

Error unknown(const Error& reason, std::string_view what) {
  Error error = reason;
  error.kind = ErrorKind::outcome_unknown;
  error.message = "the upload may or may not have happened: ";
  error.message += what;
  error.message += "; the last answer: " + reason.message;
  return error;
}

}  // namespace

Settlement::Settlement(Sender& sender, Call& call, const WriteCondition& condition, const SseCustomerKey* customer_key)
    : sender_(sender),
      call_(call),
      customer_key_(customer_key),
      conditional_(!std::holds_alternative<Overwrite>(condition)),
      create_only_(std::holds_alternative<CreateOnly>(condition)) {}

void Settlement::expect(std::string put_id, std::string etag) {
  put_id_ = std::move(put_id);
  own_etag_ = std::move(etag);
}

HttpReply Settlement::confirmed(const Seen& seen) {
  HttpReply reply;
  reply.status = 200;
  reply.headers.set("etag", base::quote_etag(seen.etag));
  if (!seen.version_id.empty()) reply.headers.set("x-amz-version-id", seen.version_id);
  return reply;
}

Seen Settlement::look() {
  Seen seen;
  Request request = request_of("HEAD", call_);
  request.max_attempts = kSettlingAttempts;
  if (customer_key_ != nullptr) add_customer_key(request.http.headers, *customer_key_);
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
  const bool ours = !put_id_.empty() ? found_id == put_id_ : !own_etag_.empty() && info->etag == own_etag_;
  seen.what = ours ? Seen::What::ours : Seen::What::another;
  seen.etag = std::move(info->etag);
  seen.version_id = std::move(info->version_id);
  return seen;
}

void Settlement::judge_refused_condition(HttpReply& reply, std::optional<Failure>& failure) {
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

void Settlement::judge(HttpReply& reply, std::optional<Failure>& failure) {
  final_ = false;
  vanished_ = false;
  if (!failure || !conditional_ || reply.error) return;
  // A refusal may also come late, as a 200 with an error in it.
  const bool late = reply.status == 200 && failure->error.kind == ErrorKind::precondition_failed;
  if (reply.status == 412 || late) judge_refused_condition(reply, failure);
}

Result<HttpReply> Settlement::settle(Error error) {
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

Result<HttpReply> Settlement::end(Error error) {
  if (!conditional_ || (!vanished_ && (final_ || call_.open_sends == 0))) return error;
  if (error.kind == ErrorKind::cancelled) {
    error.message += "; the upload may or may not have happened";
    return error;
  }
  if (vanished_) return unknown(error, "the key was refused as taken, and then nothing was there");
  return settle(std::move(error));
}

}  // namespace objectstore::s3
