// Turns and shares of a rate.
#include "http/rate_limit.h"

#include <algorithm>
#include <utility>

namespace objectstore::http {

namespace {

/// Bytes that one turn is charged at most: a hostile length must not hold up the next ones for years, and the share bounds it anyway.
constexpr std::uint64_t kMostCharged = 1ull << 40;

}  // namespace

RateLimit::RateLimit(std::uint64_t bytes_per_second, std::shared_ptr<Clock> clock)
    : rate_(std::max<std::uint64_t>(1, bytes_per_second)), clock_(std::move(clock)) {}

std::chrono::nanoseconds RateLimit::time_for(std::uint64_t bytes) const {
  const double seconds = static_cast<double>(std::min(bytes, kMostCharged)) / static_cast<double>(rate_);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

Status RateLimit::enter(std::uint64_t bytes, std::chrono::milliseconds timeout, const CancelToken* cancel) {
  std::chrono::milliseconds wait{0};
  {
    const std::scoped_lock lock(mutex_);
    const SteadyTime now = clock_->steady_now();
    free_at_ = std::max(free_at_, now);
    wait = std::chrono::ceil<std::chrono::milliseconds>(free_at_ - now);
    if (timeout.count() > 0 && wait >= timeout) {
      return Error{.kind = ErrorKind::timeout, .message = "the rate limit lets the request begin after its deadline only"};
    }
    free_at_ += time_for(bytes);
    ++inside_;
  }
  if (wait.count() <= 0 || clock_->sleep(wait, cancel)) return {};
  refund(bytes);
  leave();
  return Error{.kind = ErrorKind::cancelled, .message = "cancelled while it waited for the rate limit"};
}

void RateLimit::enter_at_once() {
  const std::scoped_lock lock(mutex_);
  ++inside_;
}

SteadyTime RateLimit::charge(std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  free_at_ = std::max(free_at_, clock_->steady_now()) + time_for(bytes);
  return free_at_;
}

void RateLimit::refund(std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  free_at_ -= time_for(bytes);  // a moment that has passed counts as now
}

void RateLimit::leave() {
  const std::scoped_lock lock(mutex_);
  --inside_;
}

std::uint64_t RateLimit::share(std::uint64_t floor) const {
  const std::scoped_lock lock(mutex_);
  return std::max(floor, rate_ / std::max<std::uint64_t>(1, inside_));
}

}  // namespace objectstore::http
