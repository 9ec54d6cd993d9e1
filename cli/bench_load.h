// The objects of a benchmark: where they lie, what they hold, how they come and go.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "bench.h"
#include "objectstore/bucket.h"

namespace objectstore::cli {

/// What one operation brought.
struct BenchOutcome {
  BenchVerb verb = BenchVerb::put;
  Status status = {};
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  std::optional<SteadyTime> first_byte = std::nullopt;
};

/// Who does one operation after the other: its own random numbers, and where its listing stands.
struct BenchWorker {
  std::shared_ptr<Random> random;
  std::string continuation = {};
};

/// Thread-safety: every member may be called concurrently; a worker is used by one thread at a time.
class BenchLoad {
 public:
  BenchLoad(std::shared_ptr<Bucket> bucket, const BenchOptions& options);

  /// Stores the object of that number, to be read.
  Status prepare(std::uint64_t number, BenchWorker& worker);
  /// One operation, of a verb that the worker draws.
  BenchOutcome perform(BenchWorker& worker);
  /// Removes whatever lies beneath the prefix, though the benchmark was cancelled.
  Status clean();

 private:
  [[nodiscard]] BenchVerb draw(Random& random) const;
  [[nodiscard]] Body body(std::uint64_t size, Random& random) const;
  BenchOutcome put(BenchWorker& worker);
  BenchOutcome get(BenchWorker& worker);
  BenchOutcome list(BenchWorker& worker);
  [[nodiscard]] std::string read_key(std::uint64_t number) const;
  [[nodiscard]] std::string written_key(std::uint64_t number) const;

  const std::shared_ptr<Bucket> bucket_;
  const BenchOptions& options_;
  const CallOptions call_;
  const std::shared_ptr<const std::string> content_;

  std::mutex mutex_;
  std::uint64_t written_ = 0;            ///< guarded by mutex_: the number of the object that is written next
  std::deque<std::uint64_t> deletable_;  ///< guarded by mutex_
};

}  // namespace objectstore::cli
