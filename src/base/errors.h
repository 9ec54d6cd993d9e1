// The error that every layer makes.
#pragma once

#include <string>
#include <utility>

#include "objectstore/result.h"

namespace objectstore::base {

/// Of kind invalid_argument.
inline Error invalid(std::string message) {
  return {.kind = ErrorKind::invalid_argument, .message = std::move(message)};
}

}  // namespace objectstore::base
