// How many requests may be in flight: windows, and what follows from them.
#include "transfer/adaptive_limit.h"

#include <algorithm>

namespace objectstore::transfer {

namespace {

/// What a request counts besides its bytes.
constexpr double kRequestWork = 64.0 * 1024;
constexpr std::chrono::milliseconds kShortWindow{100};
constexpr std::chrono::milliseconds kLongWindow{1000};
constexpr std::size_t kRounds = 4;
constexpr std::size_t kRequests = 32;
/// What more requests must bring, and what fewer may lose.
constexpr double kClearGain = 1.10;
constexpr double kNoLoss = 0.98;
/// Of the reference: the share of the newest window.
constexpr double kNewest = 0.3;
constexpr int kShortHold = 10;
constexpr int kLongHold = 80;

}  // namespace

AdaptiveLimit::Request AdaptiveLimit::begin(SteadyTime now) {
  pass_to(now);
  ++in_flight_;
  return {now};
}

void AdaptiveLimit::end(const Request& request, std::uint64_t bytes, SteadyTime now) {
  pass_to(now);
  --in_flight_;
  if (bounds_.floor == bounds_.ceiling) return;
  if (!window_) {
    if (request.set_out >= moved_ && in_flight_ < limit_) window_ = Window{.opened = now};
    return;
  }
  ++window_->requests;
  window_->work += static_cast<double>(bytes) + kRequestWork;
  const auto lasted = now - window_->opened;
  const std::size_t rounds = window_->requests / limit_;
  if ((lasted >= kShortWindow && rounds >= kRounds && window_->requests >= kRequests) || (lasted >= kLongWindow && rounds >= 1))
    close_window(now);
}

void AdaptiveLimit::throttled(Request& request, SteadyTime now) {
  pass_to(now);
  const bool set_out_before = request.set_out < dropped_;
  request.set_out = now;  // the next attempt does not set out earlier
  if (bounds_.floor == bounds_.ceiling || set_out_before) return;
  dropped_ = now;
  phase_ = Phase::recovering;
  recovered_at_ = std::max(bounds_.floor, std::min(limit_, in_flight_));
  move_to(std::max(bounds_.floor, recovered_at_ / 2), now);
}

void AdaptiveLimit::pass_to(SteadyTime now) {
  if (window_ && in_flight_ * 4 >= limit_ * 3) window_->pressed += now - last_event_;
  last_event_ = now;
}

void AdaptiveLimit::close_window(SteadyTime now) {
  const Window window = *window_;
  const auto lasted = now - window.opened;
  window_ = Window{.opened = now};
  if (window.pressed * 4 < lasted * 3) return;
  judge(window.work / std::chrono::duration<double>(lasted).count(), now);
}

void AdaptiveLimit::judge(double rate, SteadyTime now) {
  const bool pays = rate >= reference_ * kClearGain;
  switch (phase_) {
    case Phase::rising: return reference_ == 0 || pays ? rise(rate, now) : settle(home_, reference_, now);
    case Phase::trying_more: return pays ? rise(rate, now) : step_back(now);
    case Phase::trying_fewer: return rate >= reference_ * kNoLoss ? settle(limit_, rate, now) : step_back(now);
    case Phase::recovering: return limit_ + 1 < recovered_at_ ? move_to(limit_ + 1, now) : settle(recovered_at_, rate, now);
    case Phase::settled:
      reference_ += kNewest * (rate - reference_);
      if (++settled_windows_ >= hold_) try_another(now);
      return;
  }
}

void AdaptiveLimit::move_to(std::size_t limit, SteadyTime now) {
  if (limit == limit_) return;
  limit_ = limit;
  moved_ = now;
  window_.reset();
}

void AdaptiveLimit::rise(double rate, SteadyTime now) {
  if (limit_ == bounds_.ceiling) return settle(limit_, rate, now);
  phase_ = Phase::rising;
  reference_ = rate;
  home_ = limit_;
  move_to(std::min(bounds_.ceiling, limit_ * 2), now);
}

void AdaptiveLimit::settle(std::size_t limit, double rate, SteadyTime now) {
  phase_ = Phase::settled;
  reference_ = rate;
  hold_ = kShortHold;
  settled_windows_ = 0;
  fewer_next_ = true;  // it came from below, or just came down
  move_to(limit, now);
}

void AdaptiveLimit::step_back(SteadyTime now) {
  phase_ = Phase::settled;
  hold_ = std::min(kLongHold, hold_ * 2);
  settled_windows_ = 0;
  move_to(home_, now);
}

void AdaptiveLimit::try_another(SteadyTime now) {
  const bool fewer = (fewer_next_ && limit_ > bounds_.floor) || limit_ == bounds_.ceiling;
  fewer_next_ = !fewer;
  home_ = limit_;
  phase_ = fewer ? Phase::trying_fewer : Phase::trying_more;
  move_to(fewer ? limit_ - std::max<std::size_t>(1, limit_ / 4) : std::min(bounds_.ceiling, limit_ + std::max<std::size_t>(1, limit_ / 2)),
          now);
}

}  // namespace objectstore::transfer
