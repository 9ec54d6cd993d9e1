// How many requests may be in flight: raised and lowered by measured throughput and by throttling. Pure: told the time, it does no I/O.
//
// Throughput is measured as bytes plus a constant for each request: bytes alone would call a thousand empty objects nothing, requests alone
// would call a part of 8 MiB no more than they. With 64 KiB a request's round trip weighs about as much as the bytes that fit into it on a
// usual connection: small objects are counted, large ones weighed, and one measure serves a tree that holds both.
//
// A window is one measurement. It opens when the first request that set out under the present limit has ended (what set out before it tells
// of another limit). It closes after a tenth of a second with four rounds of requests and 32 of them, or, where they are slow, after a
// second with one round. It counts only if the limit was what bound: for three quarters of the time at least three quarters of the requests
// allowed were in flight. Otherwise a lack of work would pass for a limit that is too high.
//
//   rising      The limit doubles while each doubling brings at least a tenth more. The first that does not is taken back.
//   settled     It stays for ten windows, with their moving mean as the reference. Then one window is tried a quarter lower and, the next
//               time, one half as high again. A lower limit that loses nothing is kept; a clear gain makes it rise again. Each trial that
//               changes nothing doubles the wait for the next, up to eighty windows: where all is well, trials cost under one per cent.
//   recovering  After throttling: half of what was in flight, then one more each window, up to where it was. Attempts that had set out
//               before a drop cause no other (as in TCP, RFC 6582): one burst of refusals halves it once.
//
// Below the knee of the curve a trial changes throughput by a quarter or a half, above it by nothing: what a trial must gain (a tenth) and
// may lose (a fiftieth) lie far enough from both that noise moves the limit around the knee, not to the floor.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "objectstore/clock.h"

namespace objectstore::transfer {

struct LimitBounds {
  std::size_t start = 8;
  std::size_t floor = 1;
  std::size_t ceiling = 64;

  /// Never moves.
  static constexpr LimitBounds fixed(std::size_t limit) { return {limit, limit, limit}; }
};

/// Thread-safety: one thread at a time. Times must not go backwards.
class AdaptiveLimit {
 public:
  /// One request in flight, over all its attempts.
  struct Request {
    SteadyTime set_out;  ///< its last attempt, as far as is known
  };

  /// 1 <= floor <= start <= ceiling.
  explicit AdaptiveLimit(LimitBounds bounds) : bounds_(bounds), limit_(bounds.start) {}

  [[nodiscard]] std::size_t limit() const { return limit_; }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] bool has_room() const { return in_flight_ < limit_; }

  Request begin(SteadyTime now);
  /// `bytes`: the object's that it carried, either way; 0 for a failure.
  void end(const Request& request, std::uint64_t bytes, SteadyTime now);
  /// An attempt of `request` was refused as one too many.
  void throttled(Request& request, SteadyTime now);

 private:
  enum class Phase : std::uint8_t { rising, settled, trying_more, trying_fewer, recovering };

  struct Window {
    SteadyTime opened;
    std::size_t requests = 0;
    double work = 0;
    SteadyTime::duration pressed{0};  ///< how long the limit bound
  };

  /// Accounts for the time since the last event.
  void pass_to(SteadyTime now);
  void close_window(SteadyTime now);
  void judge(double rate, SteadyTime now);
  void move_to(std::size_t limit, SteadyTime now);
  /// Rises from the present level, whose throughput is `rate`.
  void rise(double rate, SteadyTime now);
  void settle(std::size_t limit, double rate, SteadyTime now);
  /// The end of a trial that changed nothing.
  void step_back(SteadyTime now);
  void try_another(SteadyTime now);

  const LimitBounds bounds_;
  std::size_t limit_;
  std::size_t in_flight_ = 0;
  SteadyTime last_event_ = SteadyTime::min();
  SteadyTime moved_ = SteadyTime::min();    ///< when the limit last changed
  SteadyTime dropped_ = SteadyTime::min();  ///< when throttling last lowered it
  std::optional<Window> window_;

  Phase phase_ = Phase::rising;
  double reference_ = 0;          ///< work a second at `home_`; 0 = not measured yet
  std::size_t home_ = 0;          ///< where to go back to
  std::size_t recovered_at_ = 0;  ///< the end of recovering
  int settled_windows_ = 0;
  int hold_ = 0;             ///< windows between two trials
  bool fewer_next_ = false;  ///< the next trial goes down
};

}  // namespace objectstore::transfer
