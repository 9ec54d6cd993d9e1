// What all transfers of one manager share: threads, buffers, the bound on requests in flight, the clock.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/condition.h"
#include "objectstore/clock.h"
#include "objectstore/transfer.h"
#include "transfer/buffer_pool.h"
#include "transfer/worker_pool.h"

namespace objectstore::transfer {

/// The places for requests in flight. A fiber that waits for one lets others run. Thread-safety: every member may be called concurrently.
class RequestPlaces {
 public:
  explicit RequestPlaces(std::size_t count) : free_(count) {}
  void acquire() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return free_ > 0; });
    --free_;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    ++free_;
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  base::Condition freed_;
  std::size_t free_;  ///< guarded by `mutex_`
};

/// Thread-safety: every member may be used concurrently.
struct Resources {
  explicit Resources(const TransferOptions& chosen);

  const TransferOptions options;
  const std::shared_ptr<Clock> clock;
  BufferPool buffers;
  RequestPlaces requests;
  WorkerPool pool;  ///< last: its threads use the others
};

/// A place for a request in flight, waited for and given back. A buffer is taken before a place, never behind it.
class RequestPlace {
 public:
  explicit RequestPlace(Resources& resources) : requests_(resources.requests) { requests_.acquire(); }
  ~RequestPlace() { requests_.release(); }
  RequestPlace(const RequestPlace&) = delete;
  RequestPlace& operator=(const RequestPlace&) = delete;

 private:
  RequestPlaces& requests_;
};

/// The first failure of several lanes; it ends the others. Thread-safety: every member may be called concurrently.
class FirstFailure {
 public:
  explicit FirstFailure(CancelToken others) : others_(std::move(others)) {}
  void report(Error error) {
    {
      const std::scoped_lock lock(mutex_);
      if (!error_) error_ = std::move(error);
    }
    others_.cancel();
  }
  [[nodiscard]] bool happened() const {
    const std::scoped_lock lock(mutex_);
    return error_.has_value();
  }
  /// Once all lanes have ended.
  [[nodiscard]] Status take() {
    const std::scoped_lock lock(mutex_);
    if (error_) return *std::move(error_);
    return {};
  }

 private:
  const CancelToken others_;  ///< what the calls of all lanes listen to
  mutable std::mutex mutex_;
  std::optional<Error> error_;  ///< guarded by `mutex_`
};

}  // namespace objectstore::transfer
