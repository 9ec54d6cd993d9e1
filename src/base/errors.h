// The errors that every layer makes, and how they name their place.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "objectstore/result.h"

namespace objectstore::base {

inline Error make_error(ErrorKind kind, std::string message, std::string_view service_code = {}) {
  return {.kind = kind, .message = std::move(message), .service_code = std::string(service_code)};
}

/// Of kind invalid_argument.
inline Error invalid(std::string message) {
  return make_error(ErrorKind::invalid_argument, std::move(message));
}

/// "upload s3://bucket/key": what stands in front of a verb's messages. `bucket` and `key` may be empty.
inline std::string place_of(std::string_view operation, std::string_view bucket, std::string_view key) {
  std::string place(operation);
  if (!bucket.empty()) place.append(" s3://").append(bucket);
  if (!bucket.empty() && !key.empty()) place.append("/").append(key);
  return place;
}

}  // namespace objectstore::base
