// The histogram against sorted numbers.
#include "histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "objectstore/clock.h"
#include "support/catch.h"

namespace objectstore::cli {
namespace {

std::uint64_t true_quantile(const std::vector<std::uint64_t>& sorted, double fraction) {
  const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

TEST_CASE("an empty histogram says nothing but zero", "[cli]") {
  const Histogram empty;
  CHECK(empty.count() == 0);
  CHECK(empty.min() == 0);
  CHECK(empty.max() == 0);
  CHECK(empty.mean() == 0);
  CHECK(empty.quantile(0.99) == 0);
  CHECK(empty.log_spaced(1, 10, 3) == std::vector<std::uint64_t>{0, 0, 0});
}

TEST_CASE("every quantile of numbers of every size is at most one 128th above the true one", "[cli]") {
  const auto random = seeded_random(7);
  for (const unsigned bits : {1U, 7U, 8U, 9U, 20U, 40U, 64U}) {
    Histogram histogram;
    std::vector<std::uint64_t> numbers;
    for (int i = 0; i < 5000; ++i) {
      const std::uint64_t number = random->next() >> (64 - bits) >> (random->next() % bits);
      numbers.push_back(number);
      histogram.add(number);
    }
    std::sort(numbers.begin(), numbers.end());
    for (const double fraction : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      CAPTURE(bits, fraction);
      const std::uint64_t truth = true_quantile(numbers, fraction);
      CHECK(histogram.quantile(fraction) >= truth);
      CHECK(histogram.quantile(fraction) - truth <= truth / 128);
    }
    CHECK(histogram.count() == numbers.size());
    CHECK(histogram.min() == numbers.front());
    CHECK(histogram.max() == numbers.back());
  }
}

TEST_CASE("the smallest and the largest number have their place", "[cli]") {
  Histogram histogram;
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{255}, std::uint64_t{256}, UINT64_MAX}) {
    histogram.add(number);
  }
  CHECK(histogram.quantile(0.0) == 0);
  CHECK(histogram.quantile(2.0 / 6) == 127);
  CHECK(histogram.quantile(3.0 / 6) == 128);
  CHECK(histogram.quantile(4.0 / 6) == 255);
  CHECK(histogram.quantile(5.0 / 6) == 257);  // from here on two numbers share a bucket
  CHECK(histogram.quantile(1.0) == UINT64_MAX);
}

TEST_CASE("histograms add up", "[cli]") {
  Histogram low;
  Histogram high;
  for (std::uint64_t number = 1; number <= 100; ++number) (number <= 50 ? low : high).add(number);
  low.add(high);
  CHECK(low.count() == 100);
  CHECK(low.min() == 1);
  CHECK(low.max() == 100);
  CHECK(low.mean() == 50.5);
  CHECK(low.quantile(0.5) == 50);
  CHECK(low.quantile(0.9) == 90);
  low.add(Histogram());
  CHECK(low.min() == 1);
}

TEST_CASE("stretches of the logarithm count every number once", "[cli]") {
  Histogram histogram;
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{20}, std::uint64_t{30}, std::uint64_t{200}, std::uint64_t{99999}}) {
    histogram.add(number);
  }
  CHECK(histogram.log_spaced(1, 1000, 3) == std::vector<std::uint64_t>{2, 2, 2});
  CHECK(histogram.log_spaced(5, 5, 2) == std::vector<std::uint64_t>{6, 0});
}

}  // namespace
}  // namespace objectstore::cli
