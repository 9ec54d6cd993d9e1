// A clock that stands still until a test moves it.
#pragma once

#include <chrono>
#include <mutex>
#include <numeric>
#include <vector>

#include "objectstore/clock.h"

namespace objectstore::testing {

/// Sleeping moves both times at once by the duration asked for and is recorded. Thread-safety: every member may be called concurrently.
class FakeClock final : public Clock {
 public:
  /// 2024-11-14T10:23:11Z unless told otherwise.
  explicit FakeClock(SystemTime now = SystemTime(std::chrono::seconds(1'731'579'791))) : now_(now), steady_(std::chrono::hours(1)) {}

  [[nodiscard]] SystemTime now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  [[nodiscard]] SteadyTime steady_now() const override {
    std::lock_guard lock(mutex_);
    return steady_;
  }
  bool sleep(std::chrono::milliseconds duration, const CancelToken* cancel) override {
    if (cancel != nullptr && cancel->cancelled()) return false;
    std::lock_guard lock(mutex_);
    sleeps_.push_back(duration);
    now_ += duration;
    steady_ += duration;
    return true;
  }

  /// Lets time pass.
  void advance(std::chrono::milliseconds duration) {
    std::lock_guard lock(mutex_);
    now_ += duration;
    steady_ += duration;
  }
  /// Sets the wall clock alone, as an operator or NTP does.
  void set(SystemTime now) {
    std::lock_guard lock(mutex_);
    now_ = now;
  }
  /// Every sleep so far, in order.
  [[nodiscard]] std::vector<std::chrono::milliseconds> sleeps() const {
    std::lock_guard lock(mutex_);
    return sleeps_;
  }
  [[nodiscard]] std::chrono::milliseconds slept() const {
    std::lock_guard lock(mutex_);
    return std::accumulate(sleeps_.begin(), sleeps_.end(), std::chrono::milliseconds{0});
  }

 private:
  mutable std::mutex mutex_;
  SystemTime now_;                                 ///< guarded by mutex_
  SteadyTime steady_;                              ///< guarded by mutex_
  std::vector<std::chrono::milliseconds> sleeps_;  ///< guarded by mutex_
};

}  // namespace objectstore::testing
