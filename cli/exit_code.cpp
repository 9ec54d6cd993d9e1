// Exit codes.
#include "exit_code.h"

namespace objectstore::cli {

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

void FailureCount::add(ErrorKind kind) {
  const ExitCode code = exit_code_of(kind);
  code_ = count_ == 0 || code == code_ ? code : ExitCode::failure;
  ++count_;
}

}  // namespace objectstore::cli
