// Exit codes.
#include "exit_code.h"

#include <array>

namespace objectstore::cli {
namespace {

// README.md has the same table; a test holds them against each other.
constexpr std::array kMeanings = {
    ExitCodeMeaning{ExitCode::ok, "all done"},
    ExitCodeMeaning{ExitCode::failure, "several failures of different kinds, or one that fits nothing below"},
    ExitCodeMeaning{ExitCode::usage, "usage: unknown flag, bad value, bad address"},
    ExitCodeMeaning{ExitCode::not_found, "not found: object, bucket, local file"},
    ExitCodeMeaning{ExitCode::condition, "already exists, precondition failed, not modified, conflict"},
    ExitCodeMeaning{ExitCode::permission, "permission denied, unauthenticated, no credentials"},
    ExitCodeMeaning{ExitCode::unavailable, "unavailable, timeout: trying again later may work"},
    ExitCodeMeaning{ExitCode::corrupt, "corrupt: what arrived is not what was sent"},
    ExitCodeMeaning{ExitCode::outcome_unknown, "outcome unknown: the write may or may not have happened"},
    ExitCodeMeaning{ExitCode::hung_up, "hung up (SIGHUP): nothing half-written is left"},
    ExitCodeMeaning{ExitCode::interrupted, "interrupted (SIGINT): nothing half-written is left"},
    ExitCodeMeaning{ExitCode::broken_pipe, "whoever read standard output went away"},
    ExitCodeMeaning{ExitCode::terminated, "terminated (SIGTERM): nothing half-written is left"},
};

}  // namespace

std::span<const ExitCodeMeaning> exit_codes() {
  return kMeanings;
}

ExitCode exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_found: return ExitCode::not_found;
    case ErrorKind::already_exists:
    case ErrorKind::precondition_failed:
    case ErrorKind::not_modified:
    case ErrorKind::conflict: return ExitCode::condition;
    case ErrorKind::permission_denied:
    case ErrorKind::unauthenticated: return ExitCode::permission;
    case ErrorKind::invalid_argument: return ExitCode::usage;
    case ErrorKind::unavailable:
    case ErrorKind::timeout: return ExitCode::unavailable;
    case ErrorKind::corrupt: return ExitCode::corrupt;
    case ErrorKind::outcome_unknown: return ExitCode::outcome_unknown;
    case ErrorKind::unsupported:
    case ErrorKind::cancelled:
    case ErrorKind::internal: return ExitCode::failure;
  }
  return ExitCode::failure;
}

void FailureCount::add(ExitCode code) {
  code_ = count_ == 0 || code == code_ ? code : ExitCode::failure;
  ++count_;
}

void FailureCount::add(const FailureCount& others) {
  if (others.count_ == 0) return;
  const std::uint64_t before = count_;
  add(others.code_);
  count_ = before + others.count_;
}

}  // namespace objectstore::cli
