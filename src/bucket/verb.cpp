// Bounds and errors of one call.
#include "bucket/verb.h"

#include <algorithm>

#include "base/errors.h"

namespace objectstore {

Error no_such_bucket() {
  return base::make_error(ErrorKind::not_found, "the bucket does not exist", "NoSuchBucket");
}

Error no_such_key() {
  return base::make_error(ErrorKind::not_found, "no object has this key", "NoSuchKey");
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
  return annotate(std::move(error), base::place_of(operation_, bucket_, key_));
}

Error Verb::failed(ErrorKind kind, std::string message, std::string_view service_code) const {
  return failed(base::make_error(kind, std::move(message), service_code));
}

}  // namespace objectstore
