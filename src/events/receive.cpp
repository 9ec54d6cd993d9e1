// PointerStore::receive: a payload goes to the bucket first, then a pointer to it goes out.
//
// Protocol, version 1. Objects: payloads under the layout's keys, with user metadata `id` and `layout` (the template's text, so that relays
// and replays that were given no layout write the same pointers); intents as in outbox.h.
//  1 Intent.   From here on a relay knows that a pointer may have to go out, whatever becomes of this process. If it cannot be written,
//              nothing is: the call fails with nothing stored.
//  2 Payload,  CreateOnly: nothing is ever overwritten. Refused or without an answer, HEAD decides:
//                same id   -> it is stored, by this call or an earlier one with the same id.
//                other id  -> the key is another payload's: 1 again with the tie key, which holds the id. The tie key follows from fields,
//                             timestamp and id alone, so that a retry takes the same way and finds what the first call stored.
//                404       -> send again. A request without an answer may still land, but only as the same bytes under the same id.
//                no answer -> `outcome_unknown`; so too at the deadline. The intent stays: should the payload land, it is emitted.
//  3 Pointer.  Only now: no pointer ever names an object that is not there.
//  4 The intent is deleted. A crash before that, or a failed delete, emits once more: receivers drop duplicates by event_id.
// When the emitter fails in 3: a second, newly named intent, then success. Why not rely on the first: a relay drops an intent of over 1 h
// whose payload is absent, and a payload that took so long would find its intent gone. The second is written when the payload is
// there, so every relay that sees it sees the payload too. If it cannot be written the call fails, though the payload is stored: the caller
// then retries with the same id, and nobody was promised a pointer.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "base/jitter.h"
#include "base/time_format.h"
#include "base/uuid.h"
#include "bucket/call_budget.h"
#include "bucket/verb.h"
#include "events/key_escape.h"
#include "events/outbox.h"
#include "events/payload.h"
#include "events/pointer.h"
#include "objectstore/events.h"

namespace objectstore {
namespace {

using events::in_quotes;
using events::Outbox;
using events::Payload;
using std::chrono::milliseconds;

constexpr std::size_t kMaxIdSize = 200;
/// How often a payload is sent when there is no deadline to say when to stop.
constexpr int kMaxSends = 6;
constexpr int kMaxHeads = 3;
/// For what must still be done once the payload is stored, whatever the caller's deadline says.
constexpr milliseconds kAfterwards{10'000};

Error invalid(std::string message) {
  return {.kind = ErrorKind::invalid_argument, .message = std::move(message), .operation = "receive"};
}

Error in_receive(Error error, std::string_view context, const std::string& key) {
  error = annotate(std::move(error), context);
  error.operation = "receive";
  if (error.key.empty()) error.key = key;
  return error;
}

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdSize && std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// A UTC time with 0 to 9 fraction digits.
std::optional<SystemTime> parse_timestamp(std::string_view text) {
  const auto time = base::parse_rfc3339(text);
  if (!time || !text.ends_with('Z') || !text.starts_with(base::rfc3339(*time).substr(0, 19))) return std::nullopt;
  return time;
}

/// One call of `receive`: the steps of the protocol above, in order.
class Receive {
 public:
  Receive(Bucket& bucket, const KeyTemplate& layout, Emitter* emitter, Clock& clock, Random& random, Payload& payload,
          const ReceiveOptions& options)
      : bucket_(bucket),
        layout_(layout),
        emitter_(emitter),
        clock_(clock),
        random_(random),
        payload_(payload),
        options_(options),
        budget_(clock, options.call),
        outbox_(bucket, clock, random) {}

  Result<Received> run(const Fields& fields);

 private:
  struct Stored {
    bool taken = false;  ///< not stored: the key is another payload's
    ObjectRef object = {};
    bool duplicate = false;
  };

  Status plan(const Fields& fields);
  Status announce(const std::string& key);
  Result<Stored> store(const std::string& key);
  Result<Stored> store_under_tie_key(const std::string& taken_key);
  Result<Stored> create(const std::string& key);
  Result<std::optional<ObjectInfo>> look(const std::string& key);
  bool pause(int round);
  [[nodiscard]] Error unknown(const std::string& key, const Error& cause) const;
  Result<Received> emit(Stored stored);
  Status emit_pointer(const Pointer& pointer);

  Bucket& bucket_;
  const KeyTemplate& layout_;
  Emitter* emitter_;
  Clock& clock_;
  Random& random_;
  Payload& payload_;
  const ReceiveOptions& options_;
  CallBudget budget_;
  Outbox outbox_;

  Fields fields_;  ///< with the timestamp in whole seconds
  SystemTime precise_;
  std::string id_;
  std::string intent_;  ///< the name of the one that counts
};

Result<Received> Receive::run(const Fields& fields) {
  if (Status status = plan(fields); !status) return std::move(status).error();
  auto key = layout_.format(fields_);
  if (!key) return in_receive(std::move(key).error(), "key", "");
  if (key->starts_with(events::kOutboxRoot)) return invalid("the key " + in_quotes(*key) + " lies below outbox/, which is the store's own");
  if (Status status = payload_.prepare(); !status) return in_receive(std::move(status).error(), "payload", *key);
  auto stored = store(*key);
  if (stored && stored->taken) stored = store_under_tie_key(*key);
  if (!stored) return std::move(stored).error();
  return emit(*std::move(stored));
}

/// Fixes what the keys are made of: the same fields, timestamp and id always give the same two keys.
Status Receive::plan(const Fields& fields) {
  fields_ = fields;
  if (layout_.has_field("timestamp") && fields.contains("tie_id")) return invalid("the field 'tie_id' is the store's own; give an id");
  const SystemTime now = clock_.now();
  id_ = options_.id.empty() ? base::uuid_v7(now, random_) : options_.id;
  if (!is_id(id_)) return invalid("the id " + in_quotes(id_) + " must be 1 to " + std::to_string(kMaxIdSize) + " visible ASCII characters");
  if (!layout_.has_field("timestamp")) return {};
  const auto given = fields.find("timestamp");
  if (given == fields.end()) {
    precise_ = options_.id.empty() ? now : base::time_of_uuid(id_).value_or(now);
  } else {
    const auto time = parse_timestamp(given->second);
    if (!time) return invalid("field 'timestamp': " + in_quotes(given->second) + " is no UTC time, such as 2024-11-14T10:23:11.123456Z");
    precise_ = *time;
  }
  fields_["timestamp"] = base::rfc3339(precise_);
  return {};
}

// Step 1 ---------------------------------------------------------------------------------------------------------------------------

Status Receive::announce(const std::string& key) {
  auto intent = outbox_.put(key, budget_.rest());
  if (!intent) return in_receive(std::move(intent).error(), "nothing is stored", key);
  intent_ = *std::move(intent);
  return {};
}

// Step 2 ---------------------------------------------------------------------------------------------------------------------------

Result<Receive::Stored> Receive::store(const std::string& key) {
  if (Status status = announce(key); !status) return std::move(status).error();
  auto stored = create(key);
  if (!stored) {
    const ErrorKind kind = stored.error().kind;
    const bool surely_absent = kind == ErrorKind::invalid_argument || kind == ErrorKind::permission_denied ||
                               kind == ErrorKind::unauthenticated || kind == ErrorKind::unsupported;
    if (surely_absent) outbox_.remove(intent_, budget_.rest());
  }
  return stored;
}

Result<Receive::Stored> Receive::store_under_tie_key(const std::string& taken_key) {
  const std::string void_intent = intent_;  // it names the other payload
  const auto fail = [&](Error error) {
    outbox_.remove(void_intent, budget_.rest());
    return in_receive(std::move(error), "the key " + in_quotes(taken_key) + " is another payload's", taken_key);
  };
  if (!layout_.has_field("timestamp")) {
    return fail(
        {.kind = ErrorKind::already_exists, .message = "the layout has no {timestamp} to tell them apart", .bucket = bucket_.name()});
  }
  const auto key = layout_.format_tie(fields_, precise_, id_);
  if (!key) return fail(key.error());
  if (Status status = payload_.can_repeat(); !status) {
    return fail(annotate(std::move(status).error(), "nothing was sent to the tie key"));
  }
  auto stored = store(*key);
  outbox_.remove(void_intent, budget_.rest());
  if (stored && stored->taken) {
    return in_receive({.kind = ErrorKind::already_exists, .message = "the tie key, too, is another payload's", .bucket = bucket_.name()},
                      "id " + in_quotes(id_), *key);
  }
  return stored;
}

Result<Receive::Stored> Receive::create(const std::string& key) {
  UploadOptions upload;
  upload.condition = CreateOnly{};
  upload.content_type = options_.content_type;
  upload.metadata = {{events::kIdMetadata, id_}};
  if (auto text = events::layout_metadata(layout_)) upload.metadata.emplace(events::kLayoutMetadata, *std::move(text));
  bool may_be_ours = false;  // a request of ours got no answer
  for (int sends = 1;; ++sends) {
    auto body = payload_.next();
    if (!body) return may_be_ours ? unknown(key, body.error()) : in_receive(std::move(body).error(), "payload", key);
    upload.call = budget_.rest();
    auto uploaded = bucket_.upload(key, *std::move(body), upload);
    if (uploaded) return Stored{.object = std::move(uploaded->ref)};
    Error failure = std::move(uploaded).error();
    const ErrorKind kind = failure.kind;
    if (kind == ErrorKind::outcome_unknown || kind == ErrorKind::timeout) {
      may_be_ours = true;
    } else if (kind != ErrorKind::already_exists && kind != ErrorKind::conflict) {
      return may_be_ours ? unknown(key, failure) : in_receive(std::move(failure), "payload", key);
    }
    auto found = look(key);
    if (!found) return may_be_ours ? unknown(key, found.error()) : in_receive(std::move(found).error(), "payload", key);
    if (*found) {
      const auto id = (*found)->metadata.find(events::kIdMetadata);
      if (id == (*found)->metadata.end() || id->second != id_) return Stored{.taken = true};
      return Stored{.object = (*found)->ref(), .duplicate = !may_be_ours};
    }
    const bool enough = budget_.bounded() ? budget_.expired() : sends >= kMaxSends;
    if (enough || !pause(sends)) {
      if (kind == ErrorKind::already_exists) failure.kind = ErrorKind::conflict;  // taken, then not: somebody deletes here
      return may_be_ours ? unknown(key, failure) : in_receive(std::move(failure), "payload", key);
    }
  }
}

/// What stands under the key, or nothing. Errors: the bucket could not say.
Result<std::optional<ObjectInfo>> Receive::look(const std::string& key) {
  for (int heads = 1;; ++heads) {
    HeadOptions head;
    head.call = budget_.rest();
    auto info = bucket_.head(key, head);
    if (info) return std::optional(*std::move(info));
    const Error& error = info.error();
    if (means_no_object(error)) return std::optional<ObjectInfo>();
    const bool passing = error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout;
    if (!passing || heads >= kMaxHeads || budget_.expired() || !pause(heads)) return std::move(info).error();
  }
}

/// False: the call is to end.
bool Receive::pause(int round) {
  const milliseconds delay = base::jittered(milliseconds(50), milliseconds(2'000), round, random_) + milliseconds(1);
  return clock_.sleep(std::min(delay, budget_.left()), budget_.cancel()) && !budget_.cancelled() && !budget_.expired();
}

Error Receive::unknown(const std::string& key, const Error& cause) const {
  Error error = cause;
  error.kind = ErrorKind::outcome_unknown;
  std::string hint = "the payload may or may not be stored; to find out, receive it again with the id " + id_;
  if (layout_.has_field("timestamp")) hint += " and the timestamp " + base::rfc3339(precise_, 6);
  return in_receive(std::move(error), hint, key);
}

// Steps 3 and 4 --------------------------------------------------------------------------------------------------------------------

Result<Received> Receive::emit(Stored stored) {
  CallOptions afterwards;
  afterwards.deadline = kAfterwards;
  Received received;
  received.duplicate = stored.duplicate;
  received.pointer = events::make_pointer(std::move(stored.object), &fields_);
  Status emitted = emit_pointer(received.pointer);
  if (emitted) {
    received.emitted = true;
    outbox_.remove(intent_, afterwards);
    return received;
  }
  received.emit_error = std::move(emitted).error();
  const auto pending = outbox_.put(received.pointer.object.key, afterwards);
  if (!pending) {
    return in_receive(pending.error(),
                      "the payload is stored, but its pointer is neither out nor pending; receive it again with the id " + id_,
                      received.pointer.object.key);
  }
  outbox_.remove(intent_, afterwards);
  return received;
}

Status Receive::emit_pointer(const Pointer& pointer) {
  if (emitter_ == nullptr) return Error{.kind = ErrorKind::unavailable, .message = "this store has no emitter", .operation = "emit"};
  if (budget_.cancelled())
    return Error{.kind = ErrorKind::cancelled, .message = "cancelled before the pointer went out", .operation = "emit"};
  if (budget_.expired()) return Error{.kind = ErrorKind::timeout, .message = "no time was left for the pointer", .operation = "emit"};
  if (Status status = emitter_->emit(events::to_message(pointer)); !status) return status;
  return emitter_->flush();
}

}  // namespace

PointerStore::PointerStore(std::shared_ptr<Bucket> bucket, std::optional<KeyTemplate> layout, std::shared_ptr<Emitter> emitter,
                           std::shared_ptr<Clock> clock, std::shared_ptr<Random> random)
    : bucket_(std::move(bucket)),
      layout_(std::move(layout)),
      emitter_(std::move(emitter)),
      clock_(clock ? std::move(clock) : system_clock()),
      random_(random ? std::move(random) : system_random()) {}

Result<Received> PointerStore::receive(const Fields& fields, Body payload, const ReceiveOptions& options) {
  if (!layout_) return invalid("receiving needs a key template");
  Payload repeatable(std::move(payload));
  Receive call(*bucket_, *layout_, emitter_.get(), *clock_, *random_, repeatable, options);
  return call.run(fields);
}

}  // namespace objectstore
