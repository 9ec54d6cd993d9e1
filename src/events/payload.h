// A payload that may have to be sent more than once: again after a lost reply, or under the tie key.
#pragma once

#include <cstddef>
#include <string>

#include "objectstore/body.h"

namespace objectstore::events {

/// Thread-safety: one instance, one thread.
class Payload {
 public:
  /// Payloads of up to this size that cannot be read twice are kept in memory.
  static constexpr std::size_t kBufferedBytes = 1u << 20;

  explicit Payload(Body body) : body_(std::move(body)) {}
  /// Call first. Errors: the source's own; invalid_argument (it gives more or fewer bytes than it says).
  Status prepare();
  /// The bytes from their start, for one upload. The payload must outlive what it returns.
  /// Errors: unsupported (it was sent before and cannot be read again).
  Result<Body> next();
  /// Whether `next` can give the bytes again.
  [[nodiscard]] Status can_repeat();

 private:
  Body body_;
  bool used_ = false;
};

}  // namespace objectstore::events
