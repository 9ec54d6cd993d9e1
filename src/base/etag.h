// ETags as this library holds them: a strong one without its quotes, a weak one as it is.
#pragma once

#include <string>
#include <string_view>

namespace objectstore::base {

inline std::string_view strip_etag(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') return etag.substr(1, etag.size() - 2);
  return etag;
}

inline bool is_weak_etag(std::string_view etag) {
  return etag.starts_with("W/");
}

/// As it stands in a header; "*" and weak ones are left alone.
inline std::string quote_etag(std::string_view etag) {
  if (etag == "*" || is_weak_etag(etag)) return std::string(etag);
  std::string quoted;
  quoted.reserve(etag.size() + 2);
  quoted += '"';
  quoted += strip_etag(etag);
  quoted += '"';
  return quoted;
}

}  // namespace objectstore::base
