// Emitters: where pointers and events go. One interface; stdout, files and webhooks here.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/clock.h"
#include "objectstore/export.h"
#include "objectstore/http.h"
#include "objectstore/result.h"

namespace objectstore {

/// One message on its way out.
struct Message {
  std::string id;            ///< the event's id: receivers drop duplicates by it
  std::string ordering_key;  ///< messages of one key stay in order; may be empty
  std::string body;          ///< JSON, one line
};

/// Thread-safety: every member may be called concurrently.
class OBJECTSTORE_EXPORT Emitter {
 public:
  virtual ~Emitter() = default;
  /// Returns when the receiver has the message; a file has it for good after `flush`. Ends within the emitter's own timeout.
  /// Errors: unavailable, timeout (try again later); invalid_argument, permission_denied, unauthenticated (the receiver refuses it: trying
  /// again as it is will not help); internal (the disk is full or broken). outcome_unknown never: emitting twice is allowed.
  virtual Status emit(const Message& message) = 0;
  /// Makes what was emitted durable (files). Called at the end and between batches.
  virtual Status flush() = 0;
  /// For people; holds no secret.
  [[nodiscard]] virtual std::string describe() const = 0;
};

struct EmitterOptions {
  std::shared_ptr<Transport> transport = nullptr;  ///< webhook; null = libcurl
  std::shared_ptr<Clock> clock = nullptr;          ///< null = the machine's
  std::shared_ptr<Random> random = nullptr;        ///< null = the machine's
  std::chrono::milliseconds timeout{30'000};       ///< one message, all attempts; 0 = none
  int max_attempts = 3;                            ///< webhook; at least 1
};

/// The emitter of a URL:
///   "stdout:"         NDJSON, each message written at once. A reader that is gone is `unavailable`, not a signal.
///   "file:PATH"       NDJSON, appended in whole lines, also by several processes at once, fsynced by `flush`. A line that a
///                     crash left torn stays alone on its line. After a failed fsync the emitter only fails: what became of the lines is
///                     not known.
///   "http(s)://..."   one POST a message, content-type application/json, idempotency-key the message's id; a complete 2xx acknowledges.
///                     408, 429, 5xx and connection errors are tried again, Retry-After honoured; redirects are not followed. User and
///                     password in the URL become basic authorization. What stands behind the host is taken for a secret and never shown.
/// Errors: invalid_argument (unknown scheme, bad URL), not_found / permission_denied (file).
OBJECTSTORE_EXPORT Result<std::shared_ptr<Emitter>> make_emitter(std::string_view url, const EmitterOptions& options = {});
/// Emits to all of them, in order; fails with the first failure, after having tried all.
OBJECTSTORE_EXPORT std::shared_ptr<Emitter> fan_out(std::vector<std::shared_ptr<Emitter>> emitters);

}  // namespace objectstore
