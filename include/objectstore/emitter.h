// Emitters: where pointers and events go. One interface; stdout, files and webhooks here.
#pragma once

#include <memory>
#include <span>
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

/// Thread-safety: `emit` may be called concurrently.
class OBJECTSTORE_EXPORT Emitter {
 public:
  virtual ~Emitter() = default;
  /// Returns when the receiver has acknowledged the message durably. Errors: unavailable and timeout (try again later), invalid_argument
  /// (the receiver refuses the message for good), outcome_unknown never: emitting twice is allowed.
  virtual Status emit(const Message& message) = 0;
  /// Makes what was emitted durable (files). Called at the end and between batches.
  virtual Status flush() = 0;
  /// For people; holds no secret.
  [[nodiscard]] virtual std::string describe() const = 0;
};

struct EmitterOptions {
  std::shared_ptr<Transport> transport;              ///< webhook; null = libcurl
  std::shared_ptr<Clock> clock;                      ///< null = the machine's
  std::shared_ptr<Random> random;
  std::chrono::milliseconds timeout{30'000};         ///< one message, all attempts
  int max_attempts = 3;
};

/// "stdout:" (NDJSON), "file:PATH" (NDJSON, appended in whole lines, fsynced by flush), "http(s)://..." (one POST a message, header
/// idempotency-key: the message's id; 2xx acknowledges).
/// Errors: invalid_argument (unknown scheme, bad URL), not_found / permission_denied (file).
OBJECTSTORE_EXPORT Result<std::shared_ptr<Emitter>> make_emitter(std::string_view url, const EmitterOptions& options = {});
/// Emits to all of them, in order; fails with the first failure, after having tried all.
OBJECTSTORE_EXPORT std::shared_ptr<Emitter> fan_out(std::vector<std::shared_ptr<Emitter>> emitters);

}  // namespace objectstore
