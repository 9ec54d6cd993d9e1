// One call of a verb: its bounds (deadline, cancel) and the place its errors name.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "objectstore/bucket.h"
#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore {

/// not_found with the codes of S3; a verb adds its place.
Error no_such_bucket();
Error no_such_key();
/// A not_found that is about the object, whatever the backend: its bucket is there.
bool means_no_object(const Error& error);

/// Made at the start of a verb by the backends without a server. Thread-safety: one call, one thread.
class Verb {
 public:
  /// `default_deadline` is that of a call whose options set none; 0 = none.
  Verb(std::string_view operation, std::string_view bucket, std::string_view key, const CallOptions& options, Clock& clock,
       std::chrono::milliseconds default_deadline = {});

  /// Errors: cancelled, timeout (the deadline is over). Asked between pieces of work, so that both end the call soon.
  Status proceed() const;
  /// The time left until the deadline, never negative; nothing = no deadline.
  [[nodiscard]] std::optional<std::chrono::milliseconds> left() const;
  [[nodiscard]] const CancelToken* cancel() const { return cancel_ ? &*cancel_ : nullptr; }
  [[nodiscard]] Clock& clock() const { return *clock_; }

  /// Fills operation, bucket and key, and puts "upload s3://bucket/key" in front of the message.
  [[nodiscard]] Error failed(Error error) const;
  [[nodiscard]] Error failed(ErrorKind kind, std::string message, std::string_view service_code = {}) const;

 private:
  std::string operation_;
  std::string bucket_;
  std::string key_;
  std::optional<SteadyTime> deadline_;
  std::optional<CancelToken> cancel_;
  Clock* clock_;
};

}  // namespace objectstore
