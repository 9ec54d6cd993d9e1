// Places: waiting for them, and waking who waits.
#include "transfer/request_places.h"

#include <algorithm>

namespace objectstore::transfer {

LimitBounds limit_bounds(std::size_t concurrency, std::size_t most) {
  if (concurrency > 0) return LimitBounds::fixed(concurrency);
  LimitBounds bounds;
  bounds.ceiling = std::max<std::size_t>(1, most);
  bounds.start = std::min(bounds.start, bounds.ceiling);
  return bounds;
}

template <class Event>
void RequestPlaces::happen(const Event& event) {
  const std::size_t before = limit_.limit();
  event();
  const std::size_t now = limit_.limit();
  if (now != before) on_limit_(now);
  if (now > before) {
    freed_.notify_all();
  } else if (limit_.has_room()) {
    freed_.notify_one();
  }
}

AdaptiveLimit::Request RequestPlaces::acquire() {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [this] { return limit_.has_room(); });
  return limit_.begin(clock_->steady_now());
}

void RequestPlaces::release(const AdaptiveLimit::Request& request, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  happen([&] { limit_.end(request, bytes, clock_->steady_now()); });
}

void RequestPlaces::throttled(AdaptiveLimit::Request& request) {
  const std::lock_guard lock(mutex_);
  happen([&] { limit_.throttled(request, clock_->steady_now()); });
}

}  // namespace objectstore::transfer
