// Bounds and errors of one call.
#include "bucket/verb.h"

#include <algorithm>

namespace objectstore {

namespace {

Error not_found(std::string message, std::string service_code) {
  return Error{.kind = ErrorKind::not_found, .message = std::move(message), .service_code = std::move(service_code)};
}

}  // namespace

Error no_such_bucket() {
  return not_found("the bucket does not exist", "NoSuchBucket");
}

Error no_such_key() {
  return not_found("no object has this key", "NoSuchKey");
}

bool means_no_object(const Error& error) {
  return error.kind == ErrorKind::not_found && error.service_code != "NoSuchBucket";
}

Verb::Verb(std::string_view operation, std::string_view bucket, std::string_view key, const CallOptions& options, Clock& clock,
           std::chrono::milliseconds default_deadline)
    : operation_(operation), bucket_(bucket), key_(key), cancel_(options.cancel), clock_(&clock) {
  const auto deadline = options.deadline.count() > 0 ? options.deadline : default_deadline;
  if (deadline.count() > 0) deadline_ = clock.steady_now() + deadline;
}

Status Verb::proceed() const {
  if (cancel_ && cancel_->cancelled()) return failed(ErrorKind::cancelled, "the caller cancelled the call");
  if (deadline_ && clock_->steady_now() >= *deadline_) return failed(ErrorKind::timeout, "the deadline of the call is over");
  return {};
}

std::optional<std::chrono::milliseconds> Verb::left() const {
  if (!deadline_) return std::nullopt;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline_ - clock_->steady_now());
  return std::max(left, std::chrono::milliseconds{0});
}

Error Verb::failed(Error error) const {
  if (!error.operation.empty()) return error;  // it went through here already
  error.operation = operation_;
  if (error.bucket.empty()) error.bucket = bucket_;
  if (error.key.empty()) error.key = key_;
  std::string where = operation_;
  if (!bucket_.empty()) where += " s3://" + bucket_;
  if (!key_.empty()) where += "/" + key_;
  return annotate(std::move(error), where);
}

Error Verb::failed(ErrorKind kind, std::string message, std::string service_code) const {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  error.service_code = std::move(service_code);
  return failed(std::move(error));
}

}  // namespace objectstore
