// What all transfers of one manager, or of one run over two trees, share: workers, buffers, the bound on requests in flight, the clock.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "objectstore/clock.h"
#include "objectstore/transfer.h"
#include "transfer/buffer_pool.h"
#include "transfer/request_places.h"
#include "transfer/worker_pool.h"

namespace objectstore::transfer {

/// Thread-safety: every member may be used concurrently.
struct Resources {
  explicit Resources(const TransferOptions& chosen);

  const TransferOptions options;
  const std::shared_ptr<Clock> clock;
  BufferPool buffers;
  RequestPlaces requests;
  WorkerPool pool;  ///< as many workers as there are places; last: they use the others
};

/// A place for a request in flight, waited for and given back. A buffer is taken before a place, never behind it.
/// Thread-safety: one instance, one thread; the calls that it watches may tell of throttling from others.
class RequestPlace {
 public:
  explicit RequestPlace(Resources& resources) : requests_(resources.requests), request_(requests_.acquire()) {}
  ~RequestPlace() { requests_.release(request_, bytes_); }
  RequestPlace(const RequestPlace&) = delete;
  RequestPlace& operator=(const RequestPlace&) = delete;

  /// `call` for the request in this place: how often it is throttled counts. The place must outlive the call.
  [[nodiscard]] CallOptions watch(CallOptions call) {
    call.on_throttled = [this, callers = std::move(call.on_throttled)] {
      requests_.throttled(request_);
      if (callers) callers();
    };
    return call;
  }
  /// The request succeeded, and carried that much of an object.
  void carried(std::uint64_t bytes) { bytes_ = bytes; }

 private:
  RequestPlaces& requests_;
  AdaptiveLimit::Request request_;
  std::uint64_t bytes_ = 0;
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
