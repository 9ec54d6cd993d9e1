// Reads Retry-After.
#include "http/retry_after.h"

#include <algorithm>
#include <cstdint>

#include "base/encoding.h"
#include "base/time_format.h"

namespace objectstore::http {

std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, SystemTime now) {
  constexpr std::uint64_t kMaxSeconds = 1'000'000ull * 24 * 3600;  // far from any overflow
  const std::string_view text = base::trim(headers.get("retry-after"));
  if (const auto seconds = base::parse_decimal(text)) return std::chrono::seconds(std::min(*seconds, kMaxSeconds));
  const auto date = base::parse_http_date(text);
  if (!date) return std::nullopt;
  return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(*date - now));
}

}  // namespace objectstore::http
