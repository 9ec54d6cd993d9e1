// What a running command works with: its output, the global flags, the connection, the way to stop.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "command.h"
#include "globals.h"
#include "objectstore/client.h"
#include "objectstore/transfer.h"
#include "output.h"

namespace objectstore::cli {

/// Thread-safety: one instance, one thread.
class Session {
 public:
  Session(const Globals& globals, Output& output, const CancelToken& cancel) : globals_(globals), output_(output), cancel_(cancel) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const Globals& globals() const { return globals_; }
  [[nodiscard]] Output& out() { return output_; }
  [[nodiscard]] bool stopped() const { return cancel_.cancelled() || !output_.usable(); }
  /// Ends the running call of the library, from inside a callback of it.
  void cancel() const { cancel_.cancel(); }
  /// For every call of the library: cancelled by a signal. The deadline is the client's.
  [[nodiscard]] CallOptions call() const { return {.cancel = cancel_}; }

  /// Connects at the first use. Errors: those of `connect`.
  Result<Client> client();
  Result<std::shared_ptr<Bucket>> bucket(std::string_view name);
  /// Another endpoint, with the same log. Errors: those of `connect`.
  Result<Client> connect_to(const Globals& globals);
  /// For objects of any size, within the bounds of the global flags.
  TransferManager& transfers();

 private:
  const Globals& globals_;
  Output& output_;
  CancelToken cancel_;
  std::optional<Client> client_;
  std::optional<TransferManager> transfers_;
};

}  // namespace objectstore::cli
