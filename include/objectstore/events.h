// The pointer event store: a payload goes to the bucket under a key that holds its metadata, then a small pointer goes out; replay lists
// keys and emits their pointers again.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "objectstore/bucket.h"
#include "objectstore/clock.h"
#include "objectstore/emitter.h"
#include "objectstore/export.h"
#include "objectstore/keys.h"
#include "objectstore/object_ref.h"
#include "objectstore/result.h"

namespace objectstore {

/// Names a stored payload.
struct Pointer {
  ObjectRef object;
  std::string company;   ///< the layout's field of that name; empty where it has none
  std::string event;     ///< likewise
  std::string event_id;  ///< UUIDv5 over "bucket/key": the same in every replay
};
/// {"key","company","event","bucket","etag","size","contentType","event_id"}, compact, in this order, one line; "company" and "event" are
/// absent where empty. Relays and replays write the very same bytes.
OBJECTSTORE_EXPORT std::string to_json(const Pointer& pointer);
/// UUIDv5 of "bucket/key" in the URL namespace of RFC 9562.
OBJECTSTORE_EXPORT std::string pointer_event_id(std::string_view bucket, std::string_view key);

struct ReceiveOptions {
  /// The payload's own id, which makes a retry find what was stored before: 1..200 visible ASCII characters. Empty = a fresh UUIDv7.
  std::string id = {};
  std::string content_type = "application/json";
  /// The deadline bounds storing; the emitter has its own timeout. Once the payload is stored, an intent for the relay may take 10 s more.
  CallOptions call = {};
};

struct Received {
  Pointer pointer;
  bool emitted = false;             ///< false = stored, the pointer is pending in the outbox: the relay will emit it
  bool duplicate = false;           ///< this very payload (same id) was stored before
  std::optional<Error> emit_error;  ///< why not emitted
};

struct ReplayOptions {
  std::string prefix = {};
  /// Only keys whose template fields have these values (needs a template); a timestamp also by its left part, as in KeyTemplate::prefix.
  /// Values of leading fields narrow the listing.
  Fields where = {};
  std::string start_after = {};  ///< resume behind this key
  std::string until = {};        ///< stop before this key; empty = never
  std::uint64_t limit = 0;       ///< 0 = all
  double per_second = 0;         ///< 0 = as fast as it goes
  bool dry_run = false;          ///< count and report, emit nothing
  /// A listing does not tell content types, so each key costs a HEAD, up to `concurrency` at once. Where all payloads have one type, naming
  /// it here spares them; the pointers are the same then, provided that the store was given the layout.
  std::optional<std::string> content_type = std::nullopt;
  unsigned concurrency = 16;
  /// After each pointer that is emitted and flushed, in order (also in a dry run); its key is a good `start_after`.
  std::function<void(const Pointer&, std::uint64_t emitted)> on_emitted = nullptr;
  CallOptions call = {};
};

struct ReplayReport {
  std::uint64_t emitted = 0;  ///< in a dry run: would have been
  std::uint64_t skipped = 0;  ///< not of the template, filtered, or deleted meanwhile
  std::string last_key;       ///< emitted and flushed up to here: the next run's start_after
};

struct RelayReport {
  std::uint64_t emitted = 0;
  std::uint64_t dropped = 0;         ///< intents over 1 h old without a payload
  std::uint64_t waiting = 0;         ///< younger intents without a payload
  std::uint64_t failed = 0;          ///< still pending: the emitter refused, or the bucket could not say
  std::uint64_t malformed = 0;       ///< objects in the outbox that are no intent; kept
  std::optional<Error> first_error;  ///< of failed and malformed ones, and of intents that could not be deleted and will be emitted again
};

/// Receives payloads and replays them on one bucket. The protocol and the reason of each step stand in src/events/pointer_store.cpp.
/// Thread-safety: every member may be called concurrently, also from several processes on one bucket.
class OBJECTSTORE_EXPORT PointerStore {
 public:
  /// `layout` may be absent for a store that only replays or relays: payloads name the one they were received under (user metadata
  /// "layout", where it is plain ASCII of up to 512 bytes), so that their pointers stay the same. `emitter` may be null for one that leaves
  /// all emitting to a relay elsewhere. Null clock and random = the machine's.
  PointerStore(std::shared_ptr<Bucket> bucket, std::optional<KeyTemplate> layout, std::shared_ptr<Emitter> emitter,
               std::shared_ptr<Clock> clock = nullptr, std::shared_ptr<Random> random = nullptr);

  /// Stores `payload` under the key of `fields` and emits its pointer. Success means: stored for good, and the pointer is out or pending.
  /// The same fields, timestamp and id again never store twice, however the first call ended.
  /// "timestamp" may carry a fraction of up to 9 digits: the key has whole seconds, the tie form the microseconds (.000000 without a
  /// fraction). A missing one is the time in `id` where that is a UUIDv7 of the caller's, and now otherwise.
  /// A payload of over 1 MiB that cannot be read twice (Body::stream without `rewind`) is sent once only.
  /// Errors: invalid_argument (fields, id, key, a key below "outbox/"), already_exists (the key is taken by another payload, and the layout
  /// has no timestamp to tell them apart), unsupported (it would have to be sent again and cannot be), outcome_unknown (the bucket could
  /// not say whether it is stored), otherwise as Bucket::upload.
  Result<Received> receive(const Fields& fields, Body payload, const ReceiveOptions& options = {});

  /// Emits the pointers of stored payloads again, in key order, holding a page of keys in memory. Keys below "outbox/" are never replayed.
  /// Errors: invalid_argument (`where` without or not of the template, a prefix below "outbox/", no emitter), those of Bucket::list and
  /// head and of the emitter; what was emitted before stays emitted (on_emitted saw it), Error::key is where it stopped.
  Result<ReplayReport> replay(const ReplayOptions& options);

  /// Emits what is pending in the outbox, once through. At least once: a crash between emit and delete emits again. After five failures of
  /// the emitter in a row it tries no further and only counts.
  /// Errors: those of Bucket::list; invalid_argument (no emitter). All others stand in the report.
  Result<RelayReport> relay_once(const CallOptions& call = {});

 private:
  std::shared_ptr<Bucket> bucket_;
  std::optional<KeyTemplate> layout_;
  std::shared_ptr<Emitter> emitter_;
  std::shared_ptr<Clock> clock_;
  std::shared_ptr<Random> random_;
};

}  // namespace objectstore
