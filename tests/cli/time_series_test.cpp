// Sums over time.
#include "time_series.h"

#include "support/catch.h"

namespace objectstore::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("what ends in an interval is summed there", "[cli]") {
  TimeSeries series(milliseconds(100));
  CHECK(series.points().empty());
  series.add(milliseconds(0), {.operations = 1, .bytes = 10});
  series.add(milliseconds(99), {.operations = 1, .bytes = 5});
  series.add(milliseconds(300), {.failures = 1});
  series.add(milliseconds(-5), {.operations = 1});
  REQUIRE(series.points().size() == 4);
  CHECK(series.points()[0].operations == 3);
  CHECK(series.points()[0].bytes == 15);
  CHECK(series.points()[1].operations == 0);
  CHECK(series.points()[3].failures == 1);
  CHECK(series.interval() == milliseconds(100));
}

TEST_CASE("however long it takes, no more intervals are kept, and nothing gets lost", "[cli]") {
  TimeSeries series(milliseconds(100));
  for (int second = 0; second < 3600; ++second) series.add(seconds(second), {.operations = 2, .bytes = 3, .failures = 1});
  series.add(std::chrono::hours(24 * 365), {.operations = 1});
  std::uint64_t operations = 0;
  std::uint64_t failures = 0;
  for (const TimeSeries::Point& point : series.points()) {
    operations += point.operations;
    failures += point.failures;
  }
  CHECK(operations == 7201);
  CHECK(failures == 3600);
  CHECK(series.points().size() <= TimeSeries::kMostPoints);
  CHECK(series.points().back().operations == 1);
}

TEST_CASE("two intervals become one where time goes beyond the last", "[cli]") {
  TimeSeries series(milliseconds(100));
  for (int i = 0; i < 300; ++i) series.add(milliseconds(100 * i), {.operations = static_cast<std::uint64_t>(i)});
  series.add(seconds(30), {.operations = 1});
  CHECK(series.interval() == milliseconds(200));
  REQUIRE(series.points().size() == 151);
  CHECK(series.points()[0].operations == 1);
  CHECK(series.points()[1].operations == 5);
  CHECK(series.points()[149].operations == 597);
  CHECK(series.points()[150].operations == 1);
}

}  // namespace
}  // namespace objectstore::cli
