// A bound on bytes a second over all requests of a transport, in both directions together.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore::http {

/// Requests are let in one after the other, each when the bytes of those before it have had their time, and share the rate while they are under
/// way: so large and small ones keep to it together, and none is starved. Thread-safety: every member may be called concurrently.
class RateLimit {
 public:
  RateLimit(std::uint64_t bytes_per_second, std::shared_ptr<Clock> clock);

  /// Waits for its turn with `bytes` to send; `timeout` 0 = as long as it takes. Each success is followed by one `leave`.
  /// Errors: cancelled, timeout.
  Status enter(std::uint64_t bytes, std::chrono::milliseconds timeout, const CancelToken* cancel);
  /// For a request that moves next to nothing, such as one that deletes or aborts: it waits for nobody.
  void enter_at_once();
  /// A reply of so many bytes begins: those that come next wait for them. Returns when it may end: libcurl alone lets what it finds in the
  /// socket's buffers pass at once.
  SteadyTime charge(std::uint64_t bytes);
  /// So many of the bytes that were charged did not travel.
  void refund(std::uint64_t bytes);
  void leave();
  /// Bytes a second that one request may have now, at least `floor`.
  [[nodiscard]] std::uint64_t share(std::uint64_t floor) const;

 private:
  [[nodiscard]] std::chrono::nanoseconds time_for(std::uint64_t bytes) const;

  const std::uint64_t rate_;
  const std::shared_ptr<Clock> clock_;
  mutable std::mutex mutex_;
  // Guarded by `mutex_`:
  SteadyTime free_at_{};  ///< when all bytes that were charged have had their time
  std::uint64_t inside_ = 0;
};

}  // namespace objectstore::http
