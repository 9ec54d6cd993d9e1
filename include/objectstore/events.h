// The pointer event store: a payload goes to the bucket under a key that holds its metadata, then a small pointer goes out; replay lists keys and
// emits their pointers again.
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

/// Names a stored payload. JSON: {"key","company","event","bucket","etag","size","contentType","event_id"}; "company" and "event" are the template's
/// fields of those names, absent where it has none. event_id is UUIDv5 over "bucket/key": the same in every replay.
struct Pointer {
  ObjectRef object;
  std::string company;
  std::string event;
  std::string event_id;
};
OBJECTSTORE_EXPORT std::string to_json(const Pointer& pointer);
/// UUIDv5 of "bucket/key" in the URL namespace of RFC 9562.
OBJECTSTORE_EXPORT std::string pointer_event_id(std::string_view bucket, std::string_view key);

struct ReceiveOptions {
  std::string id = {};                                   ///< the payload's own id (idempotence); empty = a fresh UUIDv7
  std::string content_type = "application/json";
  CallOptions call = {};
};

struct Received {
  Pointer pointer;
  bool emitted = false;              ///< false = stored, the pointer is pending in the outbox: the relay will emit it
  bool duplicate = false;            ///< this very payload (same id) was stored before
  std::optional<Error> emit_error;   ///< why not emitted
};

struct ReplayOptions {
  std::string prefix = {};
  Fields where = {};                 ///< only keys whose template fields have these values (needs a template)
  std::string start_after = {};      ///< resume behind this key
  std::string until = {};            ///< stop before this key; empty = never
  std::uint64_t limit = 0;           ///< 0 = all
  double per_second = 0;             ///< 0 = as fast as it goes
  bool dry_run = false;              ///< count and report, emit nothing
  std::function<void(const Pointer&, std::uint64_t emitted)> on_emitted = nullptr;  ///< after each (also in a dry run)
  CallOptions call = {};
};

struct ReplayReport {
  std::uint64_t emitted = 0;   ///< in a dry run: would have been
  std::uint64_t skipped = 0;   ///< not of the template, or filtered
  std::string last_key;        ///< emitted and flushed up to here: the next run's start_after
};

struct RelayReport {
  std::uint64_t emitted = 0;
  std::uint64_t dropped = 0;   ///< intents over 1 h old without a payload
  std::uint64_t waiting = 0;   ///< younger intents without a payload
  std::uint64_t failed = 0;    ///< the emitter refused; still pending
  std::optional<Error> first_error;
};

/// Receives payloads and replays them on one bucket. The protocol and the reason of each step stand in src/events/pointer_store.cpp.
/// Thread-safety: every member may be called concurrently, also from several processes on one bucket.
class OBJECTSTORE_EXPORT PointerStore {
 public:
  /// `layout` may be absent for a store that only replays or relays whole prefixes.
  PointerStore(std::shared_ptr<Bucket> bucket, std::optional<KeyTemplate> layout, std::shared_ptr<Emitter> emitter,
               std::shared_ptr<Clock> clock = nullptr, std::shared_ptr<Random> random = nullptr);

  /// Stores `payload` under the key of `fields` (a missing "timestamp" is now) and emits its pointer. Success means: stored for good, and the
  /// pointer is out or pending. The same fields, timestamp and id again never store twice.
  /// Errors: invalid_argument (fields, key), outcome_unknown (deadline passed, and the bucket could not say), otherwise as Bucket::upload.
  Result<Received> receive(const Fields& fields, Body payload, const ReceiveOptions& options = {});

  /// Emits the pointers of stored payloads again, in key order, holding a page or two of keys in memory.
  /// Errors: those of Bucket::list and of the emitter; what was emitted before stays emitted (ReplayOptions::on_emitted saw it).
  Result<ReplayReport> replay(const ReplayOptions& options);

  /// Emits what is pending in the outbox, once through. At least once: a crash between emit and delete emits again.
  Result<RelayReport> relay_once(const CallOptions& call = {});

 private:
  std::shared_ptr<Bucket> bucket_;
  std::optional<KeyTemplate> layout_;
  std::shared_ptr<Emitter> emitter_;
  std::shared_ptr<Clock> clock_;
  std::shared_ptr<Random> random_;
};

}  // namespace objectstore
