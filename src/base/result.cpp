// Names and texts of errors.
#include "objectstore/result.h"

namespace objectstore {

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::already_exists: return "already_exists";
    case ErrorKind::precondition_failed: return "precondition_failed";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::not_modified: return "not_modified";
    case ErrorKind::permission_denied: return "permission_denied";
    case ErrorKind::unauthenticated: return "unauthenticated";
    case ErrorKind::invalid_argument: return "invalid_argument";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::timeout: return "timeout";
    case ErrorKind::cancelled: return "cancelled";
    case ErrorKind::corrupt: return "corrupt";
    case ErrorKind::outcome_unknown: return "outcome_unknown";
    case ErrorKind::internal: return "internal";
  }
  return "internal";
}

std::string to_string(const Error& error) {
  std::string text = error.message;
  text += " (";
  text += to_string(error.kind);
  if (error.http_status != 0) text += ", HTTP " + std::to_string(error.http_status);
  if (!error.service_code.empty()) text += ", " + error.service_code;
  if (!error.request_id.empty()) text += ", request id " + error.request_id;
  if (error.attempts > 1) text += ", " + std::to_string(error.attempts) + " attempts";
  text += ')';
  return text;
}

Error annotate(Error error, std::string_view context) {
  error.message = std::string(context) + ": " + error.message;
  return error;
}

}  // namespace objectstore
