// What verbs have in common: the bounds of a call, the conditions of a write, encryption at rest.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "objectstore/clock.h"
#include "objectstore/credentials.h"

namespace objectstore {

/// Bounds of one call; every verb has them.
struct CallOptions {
  std::chrono::milliseconds deadline{0};  ///< whole call, all attempts; 0 = none
  std::optional<CancelToken> cancel = std::nullopt;
  /// Called after each attempt that the service refused as one too many (429, 503 SlowDown and the like), also where a later one succeeds: for
  /// callers that pace themselves. On a thread of the call, or of several where a verb sends several requests. Must not throw.
  std::function<void()> on_throttled = nullptr;
};

// Conditions of a write ------------------------------------------------------------------------------------------------------------

struct Overwrite {
  bool operator==(const Overwrite&) const = default;
};
/// Only when nothing is stored under the key (If-None-Match: *).
struct CreateOnly {
  bool operator==(const CreateOnly&) const = default;
};
/// Only over the object with this ETag (with or without quotes).
struct IfMatch {
  std::string etag;
  bool operator==(const IfMatch&) const = default;
};
using WriteCondition = std::variant<Overwrite, CreateOnly, IfMatch>;

// Encryption at rest ---------------------------------------------------------------------------------------------------------------

struct BucketDefault {};
struct SseS3 {};
struct SseKms {
  std::string key_id;  ///< empty = the account's default key
};
/// The caller's own AES-256 key (32 bytes); needed again for every read.
struct SseCustomerKey {
  Secret key;
};
using Encryption = std::variant<BucketDefault, SseS3, SseKms, SseCustomerKey>;

}  // namespace objectstore
