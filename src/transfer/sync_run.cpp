// One run over two trees.
//
// The calling thread walks both listings side by side and hands what is to be carried to the pool; it reads on only while fewer than twice
// as many objects are under way as there are places for requests, and tells what has ended in between. Deletions wait in a spool until all
// else has ended.
#include "transfer/sync_run.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/errors.h"

namespace objectstore::transfer {

namespace {

constexpr std::chrono::milliseconds kProgressInterval{200};
constexpr std::size_t kDeleteBatch = 1000;
/// Objects under way for each place for a request: what comes next shall be there when a place is free.
constexpr std::size_t kUnderWay = 2;

/// Stands for a folder, as consoles and some tools make them; no file corresponds to it.
bool is_folder_marker(const Entry& entry) {
  return entry.size == 0 && entry.path.ends_with('/');
}

/// What fails for one object would fail for every other.
bool is_hopeless(const Error& error) {
  return error.kind == ErrorKind::unauthenticated || error.service_code == "NoSuchBucket";
}

}  // namespace

TransferOptions transfer_options(const SyncOptions& options) {
  return {.concurrency = options.concurrency,
          .max_concurrency = options.max_concurrency,
          .part_size = options.part_size,
          .clock = options.clock};
}

Status check_options(const SyncOptions& options) {
  if (options.concurrency == 0 && options.max_concurrency == 0) return base::invalid("max_concurrency must be at least 1");
  if (options.move && options.mode != SyncMode::all) return base::invalid("a move takes every object: it needs mode all");
  if (std::holds_alternative<IfMatch>(options.upload.condition)) return base::invalid("no ETag fits many objects: use CreateOnly");
  if (options.max_delete && !options.delete_extra) return base::invalid("max_delete has no meaning without delete_extra");
  return {};
}

SyncRun::SyncRun(Carrier& carrier, const SyncOptions& options)
    : carrier_(carrier),
      options_(options),
      clock_(options.clock ? options.clock : system_clock()),
      places_(carrier.resources().requests),
      began_(clock_->steady_now()),
      progress_told_(began_),
      pool_(places_.count(), kUnderWay * places_.most(), places_.most()) {}

SkippedHandler SyncRun::source_skipped() {
  return [this](Skipped entry) { skipped(std::move(entry)); };
}

SkippedHandler SyncRun::target_skipped() {
  return [this](Skipped entry) {
    if (entry.error) skipped(std::move(entry));  // what the target cannot show is only news when it matters
  };
}

SyncEvent SyncRun::event_of(const std::string& path) const {
  SyncEvent event;
  event.path = path;
  event.source = carrier_.source_name(path);
  event.target = carrier_.target_name(path);
  event.object = carrier_.target_object(path);
  return event;
}

void SyncRun::skipped(Skipped skipped) {
  if (skipped.hides && skipped.error && !hidden_) hidden_ = skipped.error;
  SyncEvent event = event_of(skipped.path);
  event.outcome = skipped.error ? SyncOutcome::failed : SyncOutcome::skipped;
  event.reason = std::move(skipped.reason);
  event.error = std::move(skipped.error);
  tell(std::move(event));
}

void SyncRun::stop(Error error) {
  if (!summary_.stopped) summary_.stopped = std::move(error);
}

void SyncRun::tell(SyncEvent event) {
  switch (event.outcome) {
    case SyncOutcome::copied:
      ++summary_.copied;
      summary_.copied_bytes += event.object.size;
      break;
    case SyncOutcome::unchanged: ++summary_.unchanged; break;
    case SyncOutcome::deleted: ++summary_.deleted; break;
    case SyncOutcome::skipped: ++summary_.skipped; break;
    case SyncOutcome::failed: ++summary_.failed; break;
  }
  if (event.error && is_hopeless(*event.error)) stop(annotate(*event.error, "given up"));
  if (options_.on_event) options_.on_event(event);
  if (event.outcome == SyncOutcome::failed && summary_.failures.size() < options_.max_failures) {
    summary_.failures.push_back(std::move(event));
  }
}

void SyncRun::tell_progress(bool now) {
  if (!options_.on_progress) return;
  const SteadyTime time = clock_->steady_now();
  if (!now && time - progress_told_ < kProgressInterval) return;
  progress_told_ = time;
  progress_.bytes_done = bytes_;
  const double seconds = std::chrono::duration<double>(time - began_).count();
  progress_.bytes_per_second = seconds > 0 ? static_cast<double>(progress_.bytes_done) / seconds : 0;
  options_.on_progress(progress_);
}

std::size_t SyncRun::most_under_way() {
  const std::size_t places = places_.count();
  if (places != workers_) pool_.set_workers(places);
  workers_ = places;
  return kUnderWay * places;
}

template <class Work>
void SyncRun::start(Work work) {
  settle(most_under_way() - 1);
  {
    const std::scoped_lock lock(mutex_);
    ++in_flight_;
  }
  // Never refused: nobody but the destructor cancels the pool, and there is room for whatever is in flight.
  (void)pool_.submit([this, work = std::move(work)] {
    Ended ended = work();
    const std::scoped_lock lock(mutex_);  // also while waking: the run may be over as soon as it is let go
    ended_.push_back(std::move(ended));
    --in_flight_;
    changed_.notify_one();
  });
}

void SyncRun::settle(std::size_t in_flight) {
  while (true) {
    std::vector<Ended> ended;
    bool done = false;
    {
      std::unique_lock lock(mutex_);
      if (ended_.empty() && in_flight_ > in_flight) changed_.wait_for(lock, kProgressInterval, [this] { return !ended_.empty(); });
      ended.swap(ended_);
      done = in_flight_ <= in_flight;
    }
    for (Ended& one : ended) {
      summary_.compared_by_time += one.compared_by_time ? 1 : 0;
      for (SyncEvent& event : one.events) {
        // Whoever cancels knows it: what that ended is as little a failure as what was not yet begun.
        if (event.error && event.error->kind == ErrorKind::cancelled && cancelled()) continue;
        if (event.outcome != SyncOutcome::deleted) ++progress_.objects_done;
        tell(std::move(event));
      }
    }
    tell_progress(false);
    if (done) return;
  }
}

SyncRun::Ended SyncRun::carry_one(const Entry& source, const std::optional<Entry>& target, bool compare) {
  const SteadyTime began = clock_->steady_now();
  Ended ended;
  SyncEvent event = event_of(source.path);
  ByteMeter meter(bytes_);
  const auto fail = [&](Error error) {
    meter.reset();
    event.outcome = SyncOutcome::failed;
    event.error = std::move(error);
  };
  const auto run = [&] {
    event.object.size = source.size;
    if (compare) {
      auto same = carrier_.same_content(source, *target);
      if (!same) return fail(std::move(same).error());
      ended.compared_by_time = !*same;
      if (same->value_or(!looks_changed(source, *target))) {
        event.outcome = SyncOutcome::unchanged;
        meter.set(source.size);
        return;
      }
    }
    if (!options_.dry_run) {
      auto carried = carrier_.carry(source, options_.mode != SyncMode::all && !target, meter);
      if (!carried) return fail(std::move(carried).error());
      event.object = std::move(*carried);
      if (options_.move) {
        Status removed = carrier_.remove_source(source);
        if (!removed) return fail(annotate(std::move(removed).error(), "copied, but the source is still there"));
      }
    }
    meter.set(event.object.size);
  };
  run();
  event.took = clock_->steady_now() - began;
  ended.events.push_back(std::move(event));
  return ended;
}

void SyncRun::carry(Entry source, std::optional<Entry> target, bool compare) {
  ++progress_.objects_found;
  progress_.bytes_found += source.size;
  if (options_.dry_run && !compare) {
    Ended ended = carry_one(source, target, false);
    ++progress_.objects_done;
    tell(std::move(ended.events.front()));
    return;
  }
  start([this, source = std::move(source), target = std::move(target), compare] { return carry_one(source, target, compare); });
}

void SyncRun::handle(Pair pair) {
  if (!pair.source) {
    if (!options_.delete_extra || is_folder_marker(*pair.target)) return;
    if (Status kept = extra_.add(pair.target->path); !kept) stop(std::move(kept).error());
    return;
  }
  if (auto refused = carrier_.admit(*pair.source)) {
    refused->path = pair.source->path;
    skipped(std::move(*refused));
    return;
  }
  if (!pair.target || options_.mode == SyncMode::all) {
    carry(std::move(*pair.source), std::move(pair.target), false);
    return;
  }
  const bool same_size = pair.source->size == pair.target->size;
  if (options_.mode == SyncMode::checksum ? !same_size : looks_changed(*pair.source, *pair.target)) {
    carry(std::move(*pair.source), std::move(pair.target), false);
  } else if (options_.mode == SyncMode::checksum) {
    carry(std::move(*pair.source), std::move(pair.target), true);
  } else {
    SyncEvent event = event_of(pair.source->path);
    event.outcome = SyncOutcome::unchanged;
    event.object.size = pair.source->size;
    tell(std::move(event));
  }
}

SyncRun::Ended SyncRun::delete_batch(const std::vector<std::string>& paths) const {
  const SteadyTime began = clock_->steady_now();
  std::vector<Status> results(paths.size());
  if (!options_.dry_run) results = carrier_.remove_targets(paths);
  Ended ended;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    SyncEvent event = event_of(paths[i]);
    event.source.clear();
    event.took = clock_->steady_now() - began;
    event.outcome = results[i] ? SyncOutcome::deleted : SyncOutcome::failed;
    if (!results[i]) event.error = std::move(results[i]).error();
    ended.events.push_back(std::move(event));
  }
  return ended;
}

void SyncRun::delete_extra() {
  if (extra_.count() == 0) return;
  const std::string count = std::to_string(extra_.count());
  if (hidden_) {
    return stop(annotate(*hidden_, "none of " + count + " objects that the source lacks was deleted, as part of a listing is missing"));
  }
  if (options_.max_delete && extra_.count() > *options_.max_delete) {
    return stop(
        {.kind = ErrorKind::precondition_failed,
         .message = count + " objects would be deleted, and no more than " + std::to_string(*options_.max_delete) + " may be: none was",
         .operation = "delete"});
  }
  while (!cancelled()) {
    auto paths = extra_.take(kDeleteBatch);
    if (!paths) return stop(std::move(paths).error());
    if (paths->empty()) return;
    start([this, paths = std::move(*paths)] { return delete_batch(paths); });
  }
}

Result<SyncSummary> SyncRun::run(EntrySource& source, EntrySource* target) {
  Merge merge(source, target);
  bool begun = false;
  while (!cancelled() && !summary_.stopped) {
    auto pair = merge.next();
    if (!pair) {
      if (!begun) return std::move(pair).error();
      stop(std::move(pair).error());
      break;
    }
    begun = true;
    if (!*pair) break;
    handle(std::move(**pair));
    settle(most_under_way());  // tells what has ended, waits for nothing
  }
  progress_.all_found = !cancelled() && !summary_.stopped;
  settle(0);
  if (!options_.dry_run) {
    if (Status lasting = carrier_.finish(); !lasting) stop(std::move(lasting).error());
  }
  if (!cancelled() && !summary_.stopped) delete_extra();
  settle(0);
  if (cancelled()) stop({.kind = ErrorKind::cancelled, .message = "cancelled", .operation = "sync"});
  tell_progress(true);
  return std::move(summary_);
}

}  // namespace objectstore::transfer
