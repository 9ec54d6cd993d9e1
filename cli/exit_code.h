// Exit codes: what a script may rely on.
#pragma once

#include <cstdint>

#include "objectstore/result.h"

namespace objectstore::cli {

enum class ExitCode : std::uint8_t {
  ok = 0,
  failure = 1,  ///< several failures of different kinds, or one that fits nothing below
  usage = 2,
  not_found = 3,
  condition = 4,    ///< already exists, precondition failed, not modified, conflict
  permission = 5,   ///< permission denied, unauthenticated, no credentials
  unavailable = 6,  ///< also timeout: trying again later may work
  corrupt = 7,
  outcome_unknown = 8,
  hung_up = 129,      ///< SIGHUP
  interrupted = 130,  ///< SIGINT
  broken_pipe = 141,  ///< the reader of standard output went away
  terminated = 143,   ///< SIGTERM
};

ExitCode exit_code_of(ErrorKind kind);

/// Counts failures and says with which code to end.
class FailureCount {
 public:
  void add(ErrorKind kind);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// That of the failures when they agree, `failure` when they differ.
  [[nodiscard]] ExitCode exit_code() const { return code_; }

 private:
  std::uint64_t count_ = 0;
  ExitCode code_ = ExitCode::ok;
};

}  // namespace objectstore::cli
