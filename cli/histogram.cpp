// A histogram of bounded memory.
#include "histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace objectstore::cli {

// Bucket 0 to 2^kBits - 1 are the numbers themselves. Behind them, each power of two has 2^kBits buckets: the number's highest bit says which
// power, the kBits bits behind it say which of them.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= kBits) return static_cast<std::size_t>(value);
  const unsigned shift = width - kBits - 1;
  return (static_cast<std::size_t>(shift) << kBits) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t Histogram::lowest_of(std::size_t bucket) {
  const std::size_t power = bucket >> kBits;
  if (power < 2) return bucket;
  const std::uint64_t leading = (bucket & ((1U << kBits) - 1)) | (1U << kBits);
  return leading << (power - 1);
}

std::uint64_t Histogram::highest_of(std::size_t bucket) {
  return bucket + 1 == kBuckets ? UINT64_MAX : lowest_of(bucket + 1) - 1;
}

void Histogram::add(std::uint64_t value) {
  ++buckets_[bucket_of(value)];
  ++count_;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

std::uint64_t Histogram::quantile(double fraction) const {
  if (count_ == 0) return 0;
  const double rank = std::ceil(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(count_));
  const std::uint64_t wanted = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::min(highest_of(i), max_);
  }
  return max_;
}

std::vector<std::uint64_t> Histogram::log_spaced(double first, double last, std::size_t parts) const {
  std::vector<std::uint64_t> counts(parts);
  const double stretch = std::log(last / first);
  for (std::size_t i = 0; i < kBuckets && parts > 0; ++i) {
    if (buckets_[i] == 0) continue;
    const double middle = (static_cast<double>(lowest_of(i)) + static_cast<double>(highest_of(i))) / 2;
    const double place = stretch > 0 && middle > 0 ? std::log(middle / first) / stretch * static_cast<double>(parts) : 0;
    counts[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(parts - 1)))] += buckets_[i];
  }
  return counts;
}

}  // namespace objectstore::cli
