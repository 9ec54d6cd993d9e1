// What happened when: sums over time, in bounded memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace objectstore::cli {

/// Operations, bytes and failures by the interval in which they ended. At most 300 intervals are kept: when time goes beyond them, each two
/// become one of twice the length.
/// Thread-safety: one instance, one thread.
class TimeSeries {
 public:
  using Duration = std::chrono::nanoseconds;
  static constexpr std::size_t kMostPoints = 300;

  struct Point {
    std::uint64_t operations = 0;
    std::uint64_t bytes = 0;
    std::uint64_t failures = 0;
  };

  /// `interval` is the shortest, above 0.
  explicit TimeSeries(Duration interval) : interval_(interval) {}

  /// Something ended `at` behind the beginning; earlier than 0 counts as 0.
  void add(Duration at, const Point& what);
  /// Of the points.
  [[nodiscard]] Duration interval() const { return interval_; }
  /// One for each interval up to the last in which something ended.
  [[nodiscard]] const std::vector<Point>& points() const { return points_; }

 private:
  Duration interval_;
  std::vector<Point> points_;
};

}  // namespace objectstore::cli
