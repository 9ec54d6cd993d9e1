// A benchmark: what is asked for, and what was measured.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "histogram.h"
#include "objectstore/client.h"
#include "size_mix.h"
#include "time_series.h"

namespace objectstore::cli {

enum class BenchVerb : std::uint8_t { put, get, stat, list, remove };
inline constexpr std::array<std::string_view, 5> kBenchVerbs = {"put", "get", "stat", "list", "delete"};

struct BenchOptions {
  std::string name;                                        ///< "get", "mixed"
  std::string bucket;                                      ///< with `prefix` the place of all its objects
  std::string prefix;                                      ///< its own, ends in '/'
  std::array<std::uint64_t, kBenchVerbs.size()> shares{};  ///< how often each verb is drawn, relative to the others; by BenchVerb
  SizeMix sizes;
  std::uint64_t objects = 0;  ///< that are there before, to be read
  unsigned concurrency = 1;   ///< operations under way at a time
  std::chrono::milliseconds duration{0};
  std::uint64_t count = 0;  ///< operations that are measured; 0 = until `duration` is over
  std::chrono::milliseconds warmup{0};
  std::uint64_t seed = 1;
  bool asynchronous = false;  ///< on the asynchronous engine rather than on a thread for each operation under way
  bool keep = false;
  CancelToken cancel = {};  ///< ends it early; what was measured counts
};

/// What was measured of one verb, or of all. Times are in nanoseconds.
struct BenchFigures {
  Histogram latency;     ///< of what succeeded
  Histogram first_byte;  ///< of downloads: until the first byte was there
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;  ///< of listings
  std::uint64_t failures = 0;
};

struct BenchFailures {
  Error first;
  std::uint64_t count = 0;
};

struct BenchResult {
  BenchFigures all;
  std::array<std::optional<BenchFigures>, kBenchVerbs.size()> verbs;  ///< of those that were drawn
  std::map<ErrorKind, BenchFailures> failures;
  TimeSeries series{std::chrono::milliseconds(100)};
  double seconds = 0;                ///< from when operations begin to count to the end of the last one
  double cpu_seconds = 0;            ///< user and system, of the whole process meanwhile
  std::uint64_t peak_memory = 0;     ///< bytes, of the whole process so far; 0 = the machine does not tell
  std::optional<Error> left_behind;  ///< why its objects could not be removed

  [[nodiscard]] double per_second(double amount) const { return seconds > 0 ? amount / seconds : 0; }
  [[nodiscard]] double cpu_per_operation() const {  ///< seconds
    const std::uint64_t operations = all.latency.count() + all.failures;
    return operations > 0 ? cpu_seconds / static_cast<double>(operations) : 0;
  }
};

/// Stores what is to be read, lets operations go, and removes what it stored, also when it fails or is cancelled (unless `keep`). Each of the
/// `concurrency` places begins its next operation when its last one has ended. Errors of operations are counted, and those that every further
/// one would meet too end it. Errors: what keeps it from beginning (not_found: the bucket).
Result<BenchResult> run_bench(const std::shared_ptr<Bucket>& bucket, const BenchOptions& options);

/// For people, several lines without the last line end.
std::string bench_text(const BenchOptions& options, const BenchResult& result);
/// One JSON object.
std::string bench_json(const BenchOptions& options, const BenchResult& result, std::string_view endpoint);
/// A page that needs nothing else: no script, no network.
std::string bench_page(const BenchOptions& options, const BenchResult& result, std::string_view endpoint);

/// "async" or "threads".
std::string engine_of(const BenchOptions& options);
/// The rows of a table: each verb that was drawn, and all together unless they are of one verb. Good as long as `result`.
std::vector<std::pair<std::string_view, const BenchFigures*>> bench_rows(const BenchResult& result);
/// "0.610", "12.3", "1234": three digits, and all that stand in front of the point.
std::string three_digits(double number);
/// Nanoseconds as milliseconds, of three digits.
std::string milliseconds(std::uint64_t nanoseconds);
/// Nanoseconds as milliseconds.
inline double to_ms(double nanoseconds) {
  return nanoseconds / 1e6;
}

}  // namespace objectstore::cli
