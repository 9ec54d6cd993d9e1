// PointerStore::relay_once: emits what receivers left in the outbox.
//
// For each intent: its key is read, HEAD says whether the payload is there. There: pointer emitted, then the intent deleted, in this order,
// so that a crash emits twice and never not at all. Not there: the receiver is still at it, or died before its payload. An intent of over 1
// h is dropped then: a receiver that is still alive emits by itself, or writes a second intent behind its payload, so that no acknowledged
// payload needs the old one (receive.cpp). The age is taken between two times of the bucket's own clock, the intent's and that of
// an object written just now: a relay whose clock is wrong, or a writer's whose clock made the intent's name, can drop nothing too early.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "bucket/call_budget.h"
#include "bucket/verb.h"
#include "events/outbox.h"
#include "events/parallel_map.h"
#include "events/pointer.h"
#include "objectstore/events.h"

namespace objectstore {
namespace {

using events::Outbox;

constexpr std::chrono::hours kDropAfter{1};
constexpr unsigned kReaders = 16;
/// Intents that are read ahead of the emitter.
constexpr std::size_t kBatch = 128;
/// Failures of the emitter in a row after which it counts as down.
constexpr int kGiveUpAfter = 5;

struct Looked {
  enum class State : std::uint8_t { present, absent, gone, malformed, failed };
  State state = State::failed;
  Pointer pointer = {};
  Error error = {};
};

class Relay {
 public:
  Relay(Bucket& bucket, const std::optional<KeyTemplate>& layout, Emitter& emitter, Clock& clock, Random& random, const CallOptions& call)
      : bucket_(bucket), layout_(layout), emitter_(emitter), budget_(clock, call), outbox_(bucket, clock, random) {}

  Result<RelayReport> run();

 private:
  void drain(std::span<const ObjectInfo> intents);
  [[nodiscard]] Looked look(const ObjectInfo& intent);
  bool emit(const Pointer& pointer);
  bool is_stale(const ObjectInfo& intent);
  void remove(const std::vector<std::string>& names);
  void note(Error error) {
    if (!report_.first_error) report_.first_error = std::move(error);
  }

  Bucket& bucket_;
  const std::optional<KeyTemplate>& layout_;
  Emitter& emitter_;
  CallBudget budget_;
  Outbox outbox_;
  RelayReport report_;
  int failures_in_a_row_ = 0;
  std::optional<Result<SystemTime>> bucket_time_;  ///< asked once, when an absent payload makes it matter
};

Result<RelayReport> Relay::run() {
  ListOptions list;
  list.prefix = events::kPointerOutbox;
  do {
    list.call = budget_.rest();
    auto page = bucket_.list(list);
    if (!page) return std::move(page).error();
    for (std::span<const ObjectInfo> rest = page->objects; !rest.empty(); rest = rest.subspan(std::min(kBatch, rest.size()))) {
      if (budget_.cancelled()) return Error{.kind = ErrorKind::cancelled, .message = "cancelled", .operation = "relay"};
      if (budget_.expired()) return Error{.kind = ErrorKind::timeout, .message = "the deadline passed", .operation = "relay"};
      drain(rest.first(std::min(kBatch, rest.size())));
    }
    list.continuation = std::move(page->continuation);
  } while (!list.continuation.empty());
  return report_;
}

void Relay::drain(std::span<const ObjectInfo> intents) {
  if (failures_in_a_row_ >= kGiveUpAfter) {
    report_.failed += intents.size();
    return;
  }
  const auto looked = events::parallel_map(intents, kReaders, [this](const ObjectInfo& intent) { return look(intent); });
  std::vector<std::string> emitted;
  std::vector<std::string> stale;
  for (std::size_t i = 0; i < intents.size(); ++i) {
    switch (looked[i]->state) {
      case Looked::State::present:
        if (emit(looked[i]->pointer)) {
          emitted.push_back(intents[i].key);
        } else {
          ++report_.failed;
        }
        break;
      case Looked::State::absent:
        if (is_stale(intents[i])) {
          stale.push_back(intents[i].key);
        } else {
          ++report_.waiting;
        }
        break;
      case Looked::State::gone: break;  // its receiver or another relay was faster
      case Looked::State::malformed:
        ++report_.malformed;
        note(looked[i]->error);
        break;
      case Looked::State::failed:
        ++report_.failed;
        note(looked[i]->error);
        break;
    }
  }
  if (!emitted.empty()) {
    if (Status flushed = emitter_.flush(); flushed) {
      report_.emitted += emitted.size();
      remove(emitted);
    } else {
      report_.failed += emitted.size();
      note(std::move(flushed).error());
    }
  }
  report_.dropped += stale.size();
  remove(stale);
}

Looked Relay::look(const ObjectInfo& intent) {
  using State = Looked::State;
  auto key = outbox_.read(intent, budget_.rest());
  if (!key) {
    const ErrorKind kind = key.error().kind;
    const State state = kind == ErrorKind::not_found ? State::gone : kind == ErrorKind::corrupt ? State::malformed : State::failed;
    return {.state = state, .error = std::move(key).error()};
  }
  HeadOptions head;
  head.call = budget_.rest();
  const auto info = bucket_.head(*key, head);
  if (!info) {
    return {.state = means_no_object(info.error()) ? State::absent : State::failed, .error = info.error()};
  }
  return {.state = State::present, .pointer = events::make_pointer(*info, layout_)};
}

bool Relay::emit(const Pointer& pointer) {
  if (failures_in_a_row_ >= kGiveUpAfter) return false;
  Status status = emitter_.emit(events::to_message(pointer));
  if (status) {
    failures_in_a_row_ = 0;
    return true;
  }
  ++failures_in_a_row_;
  Error error = annotate(std::move(status).error(), "emit the pointer of " + pointer.object.key);
  error.key = pointer.object.key;
  note(std::move(error));
  return false;
}

bool Relay::is_stale(const ObjectInfo& intent) {
  if (!bucket_time_) {
    bucket_time_ = outbox_.bucket_time(budget_.rest());
    if (!*bucket_time_) note(annotate(bucket_time_->error(), "ask the bucket for its time"));
  }
  return *bucket_time_ && **bucket_time_ - intent.last_modified > kDropAfter;
}

void Relay::remove(const std::vector<std::string>& names) {
  if (names.empty()) return;
  auto outcomes = bucket_.delete_objects(names, budget_.rest());
  if (!outcomes) {
    note(annotate(std::move(outcomes).error(), "delete intents"));
    return;
  }
  for (DeleteOutcome& outcome : *outcomes) {
    if (outcome.error) note(annotate(*std::move(outcome.error), "delete intent " + outcome.key));
  }
}

}  // namespace

Result<RelayReport> PointerStore::relay_once(const CallOptions& call) {
  if (!emitter_) return Error{.kind = ErrorKind::invalid_argument, .message = "a relay needs an emitter", .operation = "relay"};
  return Relay(*bucket_, layout_, *emitter_, *clock_, *random_, call).run();
}

}  // namespace objectstore
