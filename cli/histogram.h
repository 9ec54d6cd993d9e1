// A histogram of bounded memory and known relative error, for times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace objectstore::cli {

/// Counts whole numbers from 0 to 2^64 - 1 in buckets whose width grows with the number, as HdrHistogram does (hdrhistogram.org): below 256
/// each number has one of its own, and from there on every power of two is parted into 128. What a bucket says of a number is at most 1/128
/// (0.8 %) above it. 58 KiB, whatever it holds.
/// Thread-safety: one instance, one thread.
class Histogram {
 public:
  static constexpr unsigned kBits = 7;  ///< of a number's leading ones, those behind the first that are kept

  void add(std::uint64_t value);
  void add(const Histogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// 0 when nothing was added; exact, as `max` and `mean` are.
  [[nodiscard]] std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }
  [[nodiscard]] double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }
  /// The number that `fraction` (0 to 1) of all are not above; 0 when nothing was added. Never below the true one, and at most 1/128 above it.
  [[nodiscard]] std::uint64_t quantile(double fraction) const;
  /// How many numbers lie in each of `parts` equal stretches of the logarithm between `first` (above 0) and `last`; what lies outside is counted
  /// at the end it lies beyond. A bucket is counted where its middle lies.
  [[nodiscard]] std::vector<std::uint64_t> log_spaced(double first, double last, std::size_t parts) const;

 private:
  static constexpr std::size_t kBuckets = (64 - kBits + 1) << kBits;
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t lowest_of(std::size_t bucket);
  static std::uint64_t highest_of(std::size_t bucket);

  std::vector<std::uint64_t> buckets_ = std::vector<std::uint64_t>(kBuckets);
  std::uint64_t count_ = 0;
  std::uint64_t min_ = UINT64_MAX;
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace objectstore::cli
