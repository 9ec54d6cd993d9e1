// Sums over time.
#include "time_series.h"

#include <algorithm>

namespace objectstore::cli {
namespace {

void add_to(TimeSeries::Point& sum, const TimeSeries::Point& what) {
  sum.operations += what.operations;
  sum.bytes += what.bytes;
  sum.failures += what.failures;
}

}  // namespace

void TimeSeries::add(Duration at, const Point& what) {
  at = std::max(at, Duration(0));
  while (at / interval_ >= static_cast<std::int64_t>(kMostPoints)) {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const Point point = points_[i];
      if (i % 2 == 0) points_[i / 2] = {};
      add_to(points_[i / 2], point);
    }
    points_.resize((points_.size() + 1) / 2);
    interval_ *= 2;
  }
  const auto index = static_cast<std::size_t>(at / interval_);
  if (index >= points_.size()) points_.resize(index + 1);
  add_to(points_[index], what);
}

}  // namespace objectstore::cli
