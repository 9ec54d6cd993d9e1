// Decides conditions against what is stored.
#include "bucket/conditions.h"

#include <chrono>
#include <utility>

#include "base/errors.h"
#include "bucket/rules.h"

namespace objectstore {

namespace {

using base::make_error;

bool matches(std::string_view wanted, std::string_view etag) {
  return wanted == "*" || strip_etag(wanted) == etag;
}

auto seconds(SystemTime time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

}  // namespace

Status check_write_condition(const WriteCondition& condition, std::optional<std::string_view> existing) {
  if (std::holds_alternative<CreateOnly>(condition)) {
    if (existing) return make_error(ErrorKind::already_exists, "the key is taken", "PreconditionFailed");
    return {};
  }
  if (const auto* if_match = std::get_if<IfMatch>(&condition)) {
    if (!existing) return make_error(ErrorKind::not_found, "no object has this key, If-Match cannot hold", "NoSuchKey");
    if (strip_etag(if_match->etag) != *existing) {
      return make_error(ErrorKind::precondition_failed, "the object has another ETag than If-Match names", "PreconditionFailed");
    }
  }
  return {};
}

Status check_read_conditions(const ReadConditions& conditions, std::string_view etag, SystemTime last_modified) {
  if (!conditions.if_match.empty()) {
    if (!matches(conditions.if_match, etag)) {
      return make_error(ErrorKind::precondition_failed, "the object has another ETag than If-Match names", "PreconditionFailed");
    }
  } else if (conditions.if_unmodified_since && seconds(last_modified) > seconds(*conditions.if_unmodified_since)) {
    return make_error(ErrorKind::precondition_failed, "the object was modified after the time of If-Unmodified-Since",
                      "PreconditionFailed");
  }
  if (!conditions.if_none_match.empty()) {
    if (matches(conditions.if_none_match, etag))
      return make_error(ErrorKind::not_modified, "the object still has this ETag", "NotModified");
  } else if (conditions.if_modified_since && seconds(last_modified) <= seconds(*conditions.if_modified_since)) {
    return make_error(ErrorKind::not_modified, "the object was not modified since", "NotModified");
  }
  return {};
}

}  // namespace objectstore
