// Query parameters of requests, added in the order of their names.
#pragma once

#include <string>
#include <string_view>

#include "base/encoding.h"

namespace objectstore::s3 {

/// Nothing is added where `value` is empty.
inline void add_parameter(std::string& query, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (!query.empty()) query += '&';
  query += name;
  query += '=';
  base::uri_encode_to(query, value, false);
}

}  // namespace objectstore::s3
