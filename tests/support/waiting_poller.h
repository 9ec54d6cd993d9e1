// A poller for schedulers without sockets: it waits for time and interrupts only.
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/scheduler.h"

namespace objectstore::testing {

class WaitingPoller final : public base::Poller {
 public:
  void wait(std::optional<std::chrono::milliseconds> limit) override {
    std::unique_lock lock(mutex_);
    ++waits_;
    const auto interrupted = [this] { return interrupted_; };
    if (limit) {
      changed_.wait_for(lock, *limit, interrupted);
    } else {
      changed_.wait(lock, interrupted);
    }
    interrupted_ = false;
  }
  void interrupt() noexcept override {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
    changed_.notify_one();
  }
  /// How often there was nothing to run.
  [[nodiscard]] int waits() const {
    const std::lock_guard lock(mutex_);
    return waits_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool interrupted_ = false;  ///< guarded by mutex_
  int waits_ = 0;             ///< guarded by mutex_
};

/// A task that is a function.
class FunctionTask final : public base::Task {
 public:
  explicit FunctionTask(std::function<void()> work, std::function<void()> on_cancel = {})
      : work_(std::move(work)), on_cancel_(std::move(on_cancel)) {}
  void run() override { work_(); }
  void cancel() noexcept override {
    if (on_cancel_) on_cancel_();
  }

 private:
  std::function<void()> work_;
  std::function<void()> on_cancel_;
};

inline std::unique_ptr<base::Task> task(std::function<void()> work, std::function<void()> on_cancel = {}) {
  return std::make_unique<FunctionTask>(std::move(work), std::move(on_cancel));
}

}  // namespace objectstore::testing
