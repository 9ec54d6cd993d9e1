// Compares parts of texts; in a CHECK, with the whole text in the report.
#pragma once

#include <string_view>

#include "support/catch.h"

namespace objectstore::testing {

inline bool contains(std::string_view text, std::string_view part) {
  UNSCOPED_INFO("in: " << text);
  return text.find(part) != std::string_view::npos;
}
inline bool starts_with(std::string_view text, std::string_view part) {
  UNSCOPED_INFO("in: " << text);
  return text.starts_with(part);
}
inline bool ends_with(std::string_view text, std::string_view part) {
  UNSCOPED_INFO("in: " << text);
  return text.ends_with(part);
}

}  // namespace objectstore::testing
