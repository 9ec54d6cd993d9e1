// What a running command works with: its output, the global flags, the connections, the way to stop.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "command.h"
#include "connections.h"
#include "globals.h"
#include "objectstore/client.h"
#include "objectstore/transfer.h"
#include "output.h"

namespace objectstore::cli {

/// Thread-safety: one instance, one thread.
class Session {
 public:
  /// `in_run`: the command is a line of `objstore run`, where standard input and output are not its own.
  Session(const Globals& globals, Output& output, Connections& connections, CancelToken cancel, bool in_run = false)
      : globals_(globals), output_(output), connections_(connections), cancel_(std::move(cancel)), in_run_(in_run) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const Globals& globals() const { return globals_; }
  [[nodiscard]] Output& out() { return output_; }
  [[nodiscard]] Connections& connections() { return connections_; }
  [[nodiscard]] bool in_run() const { return in_run_; }
  [[nodiscard]] bool stopped() const { return cancel_.cancelled() || !output_.usable(); }
  /// Ends the running call of the library, from inside a callback of it.
  void cancel() const { cancel_.cancel(); }
  /// For every call of the library: cancelled by a signal. The deadline is the client's.
  [[nodiscard]] CallOptions call() const { return {.cancel = cancel_}; }

  /// The descriptor. Errors: invalid_argument (in a run it is not the command's).
  [[nodiscard]] Result<int> standard_input() const;
  /// Connects at the first use. Errors: those of `connect`.
  Result<Client> client() { return connect_to(globals_); }
  Result<std::shared_ptr<Bucket>> bucket(std::string_view name);
  /// Another endpoint, with the same log. Errors: those of `connect`.
  Result<Client> connect_to(const Globals& globals) { return connections_.client(globals); }
  /// For objects of any size, within the bounds of the global flags.
  TransferManager& transfers();

 private:
  const Globals& globals_;
  Output& output_;
  Connections& connections_;
  CancelToken cancel_;
  const bool in_run_;
  std::optional<TransferManager> transfers_;  ///< where those of the connections do not fit
};

}  // namespace objectstore::cli
