// The outbox of pointers: one small object "outbox/p/{uuidv7}" per pointer that may still have to go out; its body is the payload's key.
#pragma once

#include <string>
#include <string_view>

#include "objectstore/bucket.h"
#include "objectstore/clock.h"

namespace objectstore::events {

inline constexpr std::string_view kOutboxRoot = "outbox/";
inline constexpr std::string_view kPointerOutbox = "outbox/p/";
/// Written, looked at and deleted again by a relay that needs to know what time the bucket has.
inline constexpr std::string_view kBucketClockKey = "outbox/clock";

/// Thread-safety: may be used concurrently.
class Outbox {
 public:
  /// All must outlive the outbox.
  Outbox(Bucket& bucket, Clock& clock, Random& random) : bucket_(&bucket), clock_(&clock), random_(&random) {}

  /// Stores an intent for `key` and returns its name. Errors: as Bucket::upload.
  Result<std::string> put(std::string_view key, const CallOptions& call);
  /// The key that an intent names. Errors: not_found (somebody was faster), corrupt (no intent), as Bucket::download.
  Result<std::string> read(const ObjectInfo& intent, const CallOptions& call);
  /// Best effort: an intent that stays makes the relay emit once more, which is allowed.
  void remove(const std::string& name, const CallOptions& call);
  /// The time by the bucket's own clock. Errors: as upload and head.
  Result<SystemTime> bucket_time(const CallOptions& call);

 private:
  Bucket* bucket_;
  Clock* clock_;
  Random* random_;
};

}  // namespace objectstore::events
