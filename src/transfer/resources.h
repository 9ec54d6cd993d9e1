// What all transfers of one manager share: threads, buffers, the bound on requests in flight, the clock.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <semaphore>
#include <utility>

#include "objectstore/clock.h"
#include "objectstore/transfer.h"
#include "transfer/buffer_pool.h"
#include "transfer/worker_pool.h"

namespace objectstore::transfer {

/// Thread-safety: every member may be used concurrently.
struct Resources {
  explicit Resources(const TransferOptions& chosen);

  const TransferOptions options;
  const std::shared_ptr<Clock> clock;
  BufferPool buffers;
  std::counting_semaphore<> requests;  ///< free places for requests in flight
  WorkerPool pool;                     ///< last: its threads use the others
};

/// A place for a request in flight, waited for and given back. A buffer is taken before a place, never behind it.
class RequestPlace {
 public:
  explicit RequestPlace(Resources& resources) : requests_(resources.requests) { requests_.acquire(); }
  ~RequestPlace() { requests_.release(); }
  RequestPlace(const RequestPlace&) = delete;
  RequestPlace& operator=(const RequestPlace&) = delete;

 private:
  std::counting_semaphore<>& requests_;
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
