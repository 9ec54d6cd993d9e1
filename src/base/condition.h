// Waiting for other work: a condition and a mutex that pause a fiber and block a thread.
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/scheduler.h"

namespace objectstore::base {

/// As std::condition_variable, but a fiber that waits lets the other fibers of its thread run. May wake for no reason.
/// Thread-safety: every member may be called concurrently. Nobody may wait when it is destroyed.
class Condition {
 public:
  /// `lock` is let go while waiting; on a fiber it must be the only lock that is held.
  void wait(std::unique_lock<std::mutex>& lock);
  template <class Predicate>
  void wait(std::unique_lock<std::mutex>& lock, Predicate predicate) {
    while (!predicate()) wait(lock);
  }
  void notify_one() noexcept;
  void notify_all() noexcept;

 private:
  /// A fiber that waits; lies on its stack.
  struct Waiter {
    Scheduler* scheduler = nullptr;
    Scheduler::Ticket ticket = {};
    Waiter* next = nullptr;
  };

  std::mutex mutex_;
  Waiter* first_ = nullptr;  ///< guarded by mutex_, as all below
  Waiter* last_ = nullptr;
  int threads_ = 0;  ///< that wait
  std::condition_variable woken_;
};

/// A lock that may be held across a pause: a fiber that must wait for it lets the others run. Use it by std::lock_guard.
class Mutex {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    freed_.wait(guard, [this] { return !held_; });
    held_ = true;
  }
  void unlock() {
    const std::lock_guard guard(mutex_);
    held_ = false;
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  Condition freed_;
  bool held_ = false;  ///< guarded by mutex_
};

}  // namespace objectstore::base
