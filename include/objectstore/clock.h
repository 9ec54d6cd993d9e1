// Injectable time, sleep and randomness: the only doors to them, so that tests own both.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "objectstore/export.h"

namespace objectstore {

using SystemTime = std::chrono::system_clock::time_point;  ///< UTC
using SteadyTime = std::chrono::steady_clock::time_point;

/// Ends calls from another thread. Copies share one flag; a default-constructed token is a flag of its own.
/// Thread-safety: every member may be called concurrently.
class CancelToken {
 public:
  CancelToken() : state_(std::make_shared<State>()) {}
  /// A further token that is cancelled with this one, or alone.
  [[nodiscard]] CancelToken child() const {
    CancelToken token;
    token.state_->parent = state_;
    return token;
  }
  /// Safe in a signal handler.
  void cancel() const noexcept { state_->cancelled.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool cancelled() const noexcept {
    for (const State* state = state_.get(); state != nullptr; state = state->parent.get()) {
      if (state->cancelled.load(std::memory_order_relaxed)) return true;
    }
    return false;
  }

 private:
  struct State {
    std::atomic<bool> cancelled = false;
    std::shared_ptr<const State> parent = nullptr;
  };
  std::shared_ptr<State> state_;
};

/// Time and sleeping, as the library sees them; implement it for a clock of your own.
/// Thread-safety: every member may be called concurrently.
class OBJECTSTORE_EXPORT Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual SystemTime now() const = 0;
  [[nodiscard]] virtual SteadyTime steady_now() const = 0;
  /// Sleeps for `duration`, or until `cancel` (may be null) is cancelled; false when it was cancelled.
  virtual bool sleep(std::chrono::milliseconds duration, const CancelToken* cancel) = 0;
};

/// Where ids and the jitter of delays come from; implement it for a sequence of your own.
/// Thread-safety: every member may be called concurrently.
class OBJECTSTORE_EXPORT Random {
 public:
  virtual ~Random() = default;
  /// 64 uniformly distributed bits.
  virtual std::uint64_t next() = 0;
};

/// The machine's clock.
OBJECTSTORE_EXPORT std::shared_ptr<Clock> system_clock();
/// The operating system's random numbers (good enough for ids; not for keys).
OBJECTSTORE_EXPORT std::shared_ptr<Random> system_random();
/// A repeatable sequence for tests.
OBJECTSTORE_EXPORT std::shared_ptr<Random> seeded_random(std::uint64_t seed);

}  // namespace objectstore
