// Exit codes: what a script may rely on.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "objectstore/result.h"

namespace objectstore::cli {

enum class ExitCode : std::uint8_t {
  ok = 0,
  failure = 1,
  usage = 2,
  not_found = 3,
  condition = 4,
  permission = 5,
  unavailable = 6,
  corrupt = 7,
  outcome_unknown = 8,
  hung_up = 129,
  interrupted = 130,
  broken_pipe = 141,
  terminated = 143,
};

struct ExitCodeMeaning {
  ExitCode code;
  std::string_view meaning;
};
/// All of them in order, for people: what help and man page show.
std::span<const ExitCodeMeaning> exit_codes();

ExitCode exit_code_of(ErrorKind kind);

/// Counts failures and says with which code to end.
class FailureCount {
 public:
  void add(ErrorKind kind) { add(exit_code_of(kind)); }
  void add(ExitCode code);
  void add(const FailureCount& others);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// That of the failures when they agree, `failure` when they differ.
  [[nodiscard]] ExitCode exit_code() const { return code_; }

 private:
  std::uint64_t count_ = 0;
  ExitCode code_ = ExitCode::ok;
};

}  // namespace objectstore::cli
