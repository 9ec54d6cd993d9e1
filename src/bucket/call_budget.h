// One call's bounds, handed down to the calls it is made of.
#pragma once

#include <algorithm>
#include <chrono>

#include "objectstore/bucket.h"
#include "objectstore/clock.h"

namespace objectstore {

/// Thread-safety: may be used concurrently.
class CallBudget {
 public:
  /// `clock` must outlive the budget.
  CallBudget(Clock& clock, const CallOptions& call) : clock_(&clock), call_(call), start_(clock.steady_now()) {}

  [[nodiscard]] bool bounded() const { return call_.deadline.count() > 0; }
  [[nodiscard]] bool cancelled() const { return call_.cancel && call_.cancel->cancelled(); }
  /// Zero when the deadline has passed; the longest time there is without one.
  [[nodiscard]] std::chrono::milliseconds left() const {
    if (!bounded()) return std::chrono::milliseconds::max();
    const auto used = std::chrono::duration_cast<std::chrono::milliseconds>(clock_->steady_now() - start_);
    return std::max(std::chrono::milliseconds{0}, call_.deadline - used);
  }
  [[nodiscard]] bool expired() const { return left().count() == 0; }
  /// For the next call: what is left of the deadline (at least 1 ms, as 0 would mean none).
  [[nodiscard]] CallOptions rest() const {
    CallOptions rest = call_;
    if (bounded()) rest.deadline = std::max(std::chrono::milliseconds{1}, left());
    return rest;
  }
  [[nodiscard]] const CancelToken* cancel() const { return call_.cancel ? &*call_.cancel : nullptr; }

 private:
  Clock* clock_;
  CallOptions call_;
  SteadyTime start_;
};

}  // namespace objectstore
