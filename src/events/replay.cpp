// PointerStore::replay: lists keys in order and emits their pointers again.
//
// A page of the listing is worked off in batches: keys are filtered by name, their content types fetched by HEAD (several at once, unless
// the caller knows the type), then the pointers are emitted in order and flushed. Only flushed ones are reported, so that whoever resumes
// behind the last reported key misses none. At most one page and one batch are in memory.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "bucket/call_budget.h"
#include "bucket/verb.h"
#include "events/key_escape.h"
#include "events/outbox.h"
#include "events/parallel_map.h"
#include "events/pointer.h"
#include "objectstore/events.h"

namespace objectstore {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::size_t kBatch = 256;
/// A slow replay is flushed and reported at least this often.
constexpr std::chrono::seconds kFlushInterval{1};

Error replay_error(ErrorKind kind, std::string message) {
  return {.kind = kind, .message = std::move(message), .operation = "replay"};
}

/// Lets one message through per interval. Lateness of up to `kCatchUp` (sleeps have whole milliseconds) is made good, more is not.
class Pacer {
 public:
  Pacer(Clock& clock, double per_second) : clock_(clock), next_(clock.steady_now()) {
    if (per_second > 0) interval_ = nanoseconds(static_cast<std::int64_t>(std::min(1e9 / per_second, 1e15)));
  }
  /// False: cancelled.
  bool wait(const CallBudget& budget) {
    if (interval_.count() == 0) return true;
    const SteadyTime now = clock_.steady_now();
    next_ = std::max(next_, now - kCatchUp);
    const auto early = std::chrono::duration_cast<milliseconds>(next_ - now);
    next_ += interval_;
    return early.count() < 1 || clock_.sleep(std::min(early, budget.left()), budget.cancel());
  }

 private:
  static constexpr milliseconds kCatchUp{20};
  Clock& clock_;
  nanoseconds interval_{0};
  SteadyTime next_;
};

struct Candidate {
  ObjectInfo object;
  std::optional<Fields> fields;
};

class Replay {
 public:
  Replay(Bucket& bucket, const std::optional<KeyTemplate>& layout, Emitter* emitter, Clock& clock, const ReplayOptions& options)
      : bucket_(bucket),
        layout_(layout),
        emitter_(emitter),
        clock_(clock),
        options_(options),
        budget_(clock, options.call),
        pacer_(clock, options.per_second),
        last_flush_(clock.steady_now()) {}

  Result<ReplayReport> run();

 private:
  Status check() const;
  /// nothing: no key can match.
  Result<std::optional<std::string>> list_prefix() const;
  /// False: the end was reached.
  bool choose(ObjectInfo&& object, std::vector<Candidate>& batch);
  Status work_off(std::vector<Candidate>& batch);
  Result<std::optional<Pointer>> pointer_of(const Candidate& candidate) const;
  Status emit(Pointer pointer);
  Status confirm();
  [[nodiscard]] bool asks_for_types() const { return !options_.content_type && (!options_.dry_run || options_.on_emitted); }
  [[nodiscard]] std::uint64_t room() const {
    return options_.limit == 0 ? ~std::uint64_t{0} : options_.limit - report_.emitted - emitted_.size();
  }

  Bucket& bucket_;
  const std::optional<KeyTemplate>& layout_;
  Emitter* emitter_;
  Clock& clock_;
  const ReplayOptions& options_;
  CallBudget budget_;
  Pacer pacer_;
  SteadyTime last_flush_;
  std::vector<Pointer> emitted_;  ///< not yet flushed
  ReplayReport report_;
};

Status Replay::check() const {
  if (emitter_ == nullptr && !options_.dry_run) return replay_error(ErrorKind::invalid_argument, "a replay needs an emitter");
  if (!options_.where.empty() && !layout_) return replay_error(ErrorKind::invalid_argument, "a filter by field needs a key template");
  if (!(options_.per_second >= 0)) return replay_error(ErrorKind::invalid_argument, "the rate must not be negative");
  if (options_.prefix.starts_with(events::kOutboxRoot)) {
    return replay_error(ErrorKind::invalid_argument, "what lies below outbox/ is the store's own and never replayed");
  }
  return {};
}

Result<std::optional<std::string>> Replay::list_prefix() const {
  if (options_.where.empty()) return std::optional(options_.prefix);
  auto known = layout_->prefix(options_.where);
  if (!known) return std::move(known).error();
  if (known->starts_with(options_.prefix)) return std::optional(*std::move(known));
  if (options_.prefix.starts_with(*known)) return std::optional(options_.prefix);
  return std::optional<std::string>();
}

Result<ReplayReport> Replay::run() {
  if (Status status = check(); !status) return std::move(status).error();
  auto prefix = list_prefix();
  if (!prefix) return std::move(prefix).error();
  if (!*prefix) return report_;
  ListOptions list;
  list.prefix = **std::move(prefix);
  list.start_after = options_.start_after;
  bool more = true;
  while (more) {
    list.call = budget_.rest();
    auto page = bucket_.list(list);
    if (!page) return std::move(page).error();
    std::vector<Candidate> batch;
    for (ObjectInfo& object : page->objects) {
      more = choose(std::move(object), batch);
      if (more && batch.size() < std::min<std::uint64_t>(kBatch, room())) continue;
      if (Status status = work_off(batch); !status) return std::move(status).error();
      more = more && room() > 0;
      if (!more) break;
    }
    if (Status status = work_off(batch); !status) return std::move(status).error();
    list.continuation = std::move(page->continuation);
    more = more && !list.continuation.empty();
  }
  return report_;
}

bool Replay::choose(ObjectInfo&& object, std::vector<Candidate>& batch) {
  if (!options_.until.empty() && object.key >= options_.until) return false;
  if (object.key.starts_with(events::kOutboxRoot)) return true;
  auto fields = events::fields_of(layout_, object.key);
  if (layout_ && (!fields || !KeyTemplate::match(*fields, options_.where))) {
    ++report_.skipped;
    return true;
  }
  batch.push_back({.object = std::move(object), .fields = std::move(fields)});
  return true;
}

/// Emits a batch; what went out before a failure is flushed and reported all the same.
Status Replay::work_off(std::vector<Candidate>& batch) {
  const unsigned threads = asks_for_types() ? options_.concurrency : 1;
  const auto pointers = events::parallel_map(std::span<const Candidate>(batch), threads,
                                             [this](const Candidate& candidate) { return pointer_of(candidate); });
  Status status;
  for (std::size_t i = 0; i < batch.size() && status; ++i) {
    const auto& pointer = *pointers[i];
    if (!pointer) {
      status = pointer.error();
    } else if (!*pointer) {
      ++report_.skipped;  // deleted since it was listed
    } else {
      status = emit(**pointer);
    }
    if (!status && status.error().key.empty()) status.error().key = batch[i].object.key;
  }
  batch.clear();
  if (Status confirmed = confirm(); !confirmed && status) return confirmed;
  return status;
}

Result<std::optional<Pointer>> Replay::pointer_of(const Candidate& candidate) const {
  ObjectRef object = candidate.object.ref();
  if (options_.content_type) object.content_type = *options_.content_type;
  if (asks_for_types()) {
    if (budget_.cancelled()) return replay_error(ErrorKind::cancelled, "cancelled");
    HeadOptions head;
    head.call = budget_.rest();
    auto info = bucket_.head(object.key, head);
    if (!info && means_no_object(info.error())) return std::optional<Pointer>();
    if (!info) return std::move(info).error();
    return std::optional(events::make_pointer(*info, layout_));
  }
  return std::optional(events::make_pointer(std::move(object), candidate.fields ? &*candidate.fields : nullptr));
}

Status Replay::emit(Pointer pointer) {
  if (!options_.dry_run) {
    if (!pacer_.wait(budget_) || budget_.cancelled()) return replay_error(ErrorKind::cancelled, "cancelled");
    if (budget_.expired()) return replay_error(ErrorKind::timeout, "the deadline passed");
    if (Status status = emitter_->emit(events::to_message(pointer)); !status) {
      return annotate(std::move(status).error(), "emit the pointer of " + events::in_quotes(pointer.object.key));
    }
  }
  emitted_.push_back(std::move(pointer));
  return clock_.steady_now() - last_flush_ < kFlushInterval ? Status() : confirm();
}

Status Replay::confirm() {
  last_flush_ = clock_.steady_now();
  if (emitted_.empty()) return {};
  std::vector<Pointer> flushed = std::exchange(emitted_, {});
  if (!options_.dry_run) {
    if (Status status = emitter_->flush(); !status) return annotate(std::move(status).error(), "flush " + emitter_->describe());
  }
  for (Pointer& pointer : flushed) {
    ++report_.emitted;
    report_.last_key = pointer.object.key;
    if (options_.on_emitted) options_.on_emitted(pointer, report_.emitted);
  }
  return {};
}

}  // namespace

Result<ReplayReport> PointerStore::replay(const ReplayOptions& options) {
  return Replay(*bucket_, layout_, emitter_.get(), *clock_, options).run();
}

}  // namespace objectstore
