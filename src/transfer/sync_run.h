// One run over two trees: plans, keeps requests in flight, counts and tells what became of each path.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "objectstore/sync.h"
#include "objectstore/transfer.h"
#include "transfer/carrier.h"
#include "transfer/entries.h"
#include "transfer/key_spool.h"
#include "transfer/plan.h"
#include "transfer/request_places.h"
#include "transfer/worker_pool.h"

namespace objectstore::transfer {

/// Errors: invalid_argument (options that make no sense together).
Status check_options(const SyncOptions& options);
/// How single objects travel within a run.
TransferOptions transfer_options(const SyncOptions& options);

/// The thread that calls `run` reads the listings and calls the callbacks; the pool's threads carry. Thread-safety: one instance, one thread.
class SyncRun {
 public:
  /// Both must outlive the run.
  SyncRun(Carrier& carrier, const SyncOptions& options);

  /// For what the source and the target leave out.
  SkippedHandler source_skipped();
  SkippedHandler target_skipped();

  /// `target` may be null: then everything is copied. Call once. Errors: those of the listings, when they could not even begin.
  Result<SyncSummary> run(EntrySource& source, EntrySource* target);

 private:
  struct Ended {
    std::vector<SyncEvent> events;
    bool compared_by_time = false;
  };

  void handle(Pair pair);
  void carry(Entry source, std::optional<Entry> target, bool compare);
  [[nodiscard]] Ended carry_one(const Entry& source, const std::optional<Entry>& target, bool compare);
  void delete_extra();
  [[nodiscard]] Ended delete_batch(const std::vector<std::string>& paths) const;
  /// Runs `work` on the pool.
  template <class Work>
  void start(Work work);
  /// Gives the pool a worker for each place that there is now, and tells how many objects may be under way with them.
  [[nodiscard]] std::size_t most_under_way();
  /// Tells what has ended, until at most `in_flight` tasks are left.
  void settle(std::size_t in_flight);
  void tell(SyncEvent event);
  void tell_progress(bool now);
  void stop(Error error);
  void skipped(Skipped skipped);
  [[nodiscard]] SyncEvent event_of(const std::string& path) const;
  [[nodiscard]] bool cancelled() const { return options_.call.cancel && options_.call.cancel->cancelled(); }

  Carrier& carrier_;
  const SyncOptions& options_;
  const std::shared_ptr<Clock> clock_;
  RequestPlaces& places_;    ///< the carrier's: one limit for objects and for parts of large ones
  std::size_t workers_ = 0;  ///< that the pool may have
  const SteadyTime began_;
  SteadyTime progress_told_;
  SyncSummary summary_;
  SyncProgress progress_;
  KeySpool extra_;
  std::optional<Error> hidden_;  ///< why a listing is not whole
  std::atomic<std::uint64_t> bytes_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by `mutex_`:
  std::vector<Ended> ended_;
  std::size_t in_flight_ = 0;

  WorkerPool pool_;  // last: its threads end before what they use goes
};

}  // namespace objectstore::transfer
