// The places for requests in flight, as many as an adaptive limit allows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "base/condition.h"
#include "objectstore/clock.h"
#include "transfer/adaptive_limit.h"

namespace objectstore::transfer {

/// The bounds for `concurrency` requests in flight, or, where that is 0, for a limit that moves up to `most`.
LimitBounds limit_bounds(std::size_t concurrency, std::size_t most);

/// A fiber that waits for a place lets others run. Thread-safety: every member may be called concurrently.
class RequestPlaces {
 public:
  /// `on_limit` hears of each new limit, in order, under the lock: it must not come back here.
  RequestPlaces(LimitBounds bounds, std::shared_ptr<Clock> clock, std::function<void(std::size_t)> on_limit)
      : clock_(std::move(clock)), on_limit_(std::move(on_limit)), most_(bounds.ceiling), limit_(bounds) {}

  AdaptiveLimit::Request acquire();
  /// `bytes`: see AdaptiveLimit::end.
  void release(const AdaptiveLimit::Request& request, std::uint64_t bytes);
  void throttled(AdaptiveLimit::Request& request);

  /// Places that there are now.
  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return limit_.limit();
  }
  /// Places that there will ever be.
  [[nodiscard]] std::size_t most() const { return most_; }

 private:
  /// Lets `event` move the limit, and wakes whom that concerns. With `mutex_` held.
  template <class Event>
  void happen(const Event& event);

  const std::shared_ptr<Clock> clock_;
  const std::function<void(std::size_t)> on_limit_;
  const std::size_t most_;
  mutable std::mutex mutex_;
  base::Condition freed_;
  AdaptiveLimit limit_;  ///< guarded by `mutex_`
};

}  // namespace objectstore::transfer
