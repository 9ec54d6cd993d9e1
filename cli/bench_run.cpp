// Lets the operations of a benchmark go, and measures them.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <system_error>
#include <thread>
#include <vector>

#include "bench_load.h"
#include "objectstore/async.h"
#include "spool.h"

namespace objectstore::cli {
namespace {

using std::chrono::steady_clock;

double cpu_seconds() {
  rusage usage{};
  (void)getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// VmHWM of proc(5), in bytes; 0 where there is none.
std::uint64_t peak_memory() {
  std::array<char, 8192> buffer{};
  const Descriptor status(open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  const ssize_t count = status.get() < 0 ? 0 : read(status.get(), buffer.data(), buffer.size());
  const std::string_view text(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  const std::size_t line = text.find("\nVmHWM:");
  const std::size_t digits = line == std::string_view::npos ? line : text.find_first_of("0123456789", line);
  if (digits == std::string_view::npos) return 0;
  std::uint64_t kibibytes = 0;
  (void)std::from_chars(text.data() + digits, text.data() + text.size(), kibibytes);
  return kibibytes * 1024;
}

/// Whoever goes on would meet it again.
bool ends_the_bench(ErrorKind kind) {
  return kind == ErrorKind::not_found || kind == ErrorKind::permission_denied || kind == ErrorKind::unauthenticated ||
         kind == ErrorKind::invalid_argument || kind == ErrorKind::unsupported;
}

/// One measurement. Thread-safety: `step` may be called concurrently, each time with another worker.
class Measurement {
 public:
  Measurement(BenchLoad& load, const BenchOptions& options)
      : load_(load), options_(options), begin_(steady_clock::now() + options.warmup), end_(begin_ + options.duration), last_end_(begin_) {}

  /// One operation. False: none is wanted any more.
  bool step(BenchWorker& worker) {
    if (stopped_ || options_.cancel.cancelled()) return false;
    const SteadyTime started = steady_clock::now();
    const bool counts = started >= begin_;
    if (counts && started >= end_) return false;
    if (counts && options_.count > 0 && begun_.fetch_add(1) >= options_.count) return false;
    if (counts && !cpu_asked_.exchange(true)) cpu_at_begin_ = cpu_seconds();
    const BenchOutcome outcome = load_.perform(worker);
    if (!outcome.status && options_.cancel.cancelled()) return false;
    if (!outcome.status && ends_the_bench(outcome.status.error().kind)) stopped_ = true;
    if (counts || stopped_) record(outcome, started, steady_clock::now());
    return true;
  }

  /// When all workers have ended.
  BenchResult finish() {
    result_.seconds = std::chrono::duration<double>(last_end_ - begin_).count();
    if (cpu_asked_) result_.cpu_seconds = cpu_seconds() - cpu_at_begin_;
    result_.peak_memory = peak_memory();
    return std::move(result_);
  }

 private:
  void record(const BenchOutcome& outcome, SteadyTime started, SteadyTime ended) {
    const auto nanoseconds = [&](SteadyTime until) {
      return static_cast<std::uint64_t>(std::max<std::int64_t>(std::chrono::nanoseconds(until - started).count(), 0));
    };
    const std::lock_guard lock(mutex_);
    last_end_ = std::max(last_end_, ended);
    std::optional<BenchFigures>& of_verb = result_.verbs[static_cast<std::size_t>(outcome.verb)];
    if (!of_verb) of_verb.emplace();
    for (BenchFigures* figures : {&result_.all, &*of_verb}) {
      if (!outcome.status) {
        ++figures->failures;
        continue;
      }
      figures->latency.add(nanoseconds(ended));
      if (outcome.first_byte) figures->first_byte.add(nanoseconds(*outcome.first_byte));
      figures->bytes += outcome.bytes;
      figures->entries += outcome.entries;
    }
    const bool failed = !outcome.status;
    result_.series.add(ended - begin_, {.operations = failed ? 0U : 1U, .bytes = outcome.bytes, .failures = failed ? 1U : 0U});
    if (!failed) return;
    BenchFailures& failures = result_.failures[outcome.status.error().kind];
    if (failures.count++ == 0) failures.first = outcome.status.error();
  }

  BenchLoad& load_;
  const BenchOptions& options_;
  const SteadyTime begin_;
  const SteadyTime end_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::uint64_t> begun_ = 0;
  std::atomic<bool> cpu_asked_ = false;
  std::atomic<double> cpu_at_begin_ = 0;

  std::mutex mutex_;
  SteadyTime last_end_;  ///< guarded by mutex_
  BenchResult result_;   ///< guarded by mutex_
};

/// A sequence of its own for each worker.
std::vector<BenchWorker> make_workers(std::size_t count, std::uint64_t seed) {
  const auto seeds = seeded_random(seed);
  std::vector<BenchWorker> workers;
  for (std::size_t i = 0; i < count; ++i) workers.push_back({seeded_random(seeds->next())});
  return workers;
}

/// Calls `work(worker)` on a thread for each worker. Errors: internal (not one thread is to be had).
template <class Work>
Status on_threads(std::vector<BenchWorker>& workers, Work work) {
  std::vector<std::thread> threads;
  Status begun;
  for (BenchWorker& worker : workers) {
    try {
      threads.emplace_back([&work, &worker] { work(worker); });
    } catch (const std::system_error& refused) {
      begun = Error{.kind = ErrorKind::internal,
                    .message = "only " + std::to_string(threads.size()) + " threads of " + std::to_string(workers.size()) +
                               " are to be had: " + refused.what()};
      break;
    }
  }
  for (std::thread& thread : threads) thread.join();
  return begun;
}

/// Each worker's operations, one after the other, on an engine.
class Fibers {
 public:
  Fibers(const AsyncEngine& engine, Measurement& measurement) : engine_(engine), measurement_(measurement) {}

  void run(std::vector<BenchWorker>& workers) {
    left_ = workers.size();
    for (BenchWorker& worker : workers) next(worker);
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  void next(BenchWorker& worker) {
    engine_.operation([this, &worker](const CancelToken&) -> Result<bool> { return measurement_.step(worker); })
        .start([this, &worker](const Result<bool>& more) {
          if (more && *more) return next(worker);
          const std::lock_guard lock(mutex_);
          if (--left_ == 0) ended_.notify_all();
        });
  }

  const AsyncEngine& engine_;
  Measurement& measurement_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t left_ = 0;  ///< guarded by mutex_
};

/// Stores what is to be read.
Status prepare(BenchLoad& load, const BenchOptions& options) {
  constexpr std::size_t kMostThreads = 32;
  std::vector<BenchWorker> workers = make_workers(std::min<std::size_t>(options.concurrency, kMostThreads), options.seed + 1);
  std::atomic<std::uint64_t> next = 0;
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  Status outcome;
  const Status begun = on_threads(workers, [&](BenchWorker& worker) {
    while (!stopped && !options.cancel.cancelled()) {
      const std::uint64_t number = next.fetch_add(1);
      if (number >= options.objects) return;
      Status done = load.prepare(number, worker);
      if (done) continue;
      stopped = true;
      const std::lock_guard lock(mutex);
      if (outcome) outcome = std::move(done);
    }
  });
  return outcome ? begun : outcome;
}

Result<BenchResult> measure(BenchLoad& load, const BenchOptions& options) {
  if (Status prepared = prepare(load, options); !prepared) return annotate(prepared.error(), "storing what is to be read");
  std::vector<BenchWorker> workers = make_workers(options.concurrency, options.seed);
  if (options.asynchronous) {
    const Result<AsyncEngine> engine = AsyncEngine::start({.max_running = options.concurrency});
    if (!engine) return engine.error();
    Measurement measurement(load, options);
    Fibers(*engine, measurement).run(workers);
    return measurement.finish();
  }
  Measurement measurement(load, options);
  Status done = on_threads(workers, [&](BenchWorker& worker) {
    while (measurement.step(worker)) {
    }
  });
  if (!done) return done.error();
  return measurement.finish();
}

}  // namespace

Result<BenchResult> run_bench(const std::shared_ptr<Bucket>& bucket, const BenchOptions& options) {
  const Result<ListPage> there = bucket->list({.prefix = options.prefix, .page_size = 1, .call = {.cancel = options.cancel}});
  if (!there) return there.error();
  BenchLoad load(bucket, options);
  Result<BenchResult> result = measure(load, options);
  if (options.keep) return result;
  const Status cleaned = load.clean();
  if (result && !cleaned) result->left_behind = annotate(cleaned.error(), "its objects are left beneath " + options.prefix);
  return result;
}

}  // namespace objectstore::cli
