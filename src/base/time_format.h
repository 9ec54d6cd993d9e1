// Times as text: ISO 8601 basic (SigV4), RFC 3339 (XML, JSON, keys) and HTTP dates.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "objectstore/clock.h"

namespace objectstore::base {

/// "20130524T000000Z"
std::array<char, 16> iso_basic(SystemTime time);
/// "2024-11-14T10:23:11Z" with 0, 3 or 6 fraction digits.
std::string rfc3339(SystemTime time, int fraction_digits = 0);
/// Any RFC 3339 time (offsets allowed, fraction of up to 9 digits); nothing when it is not one.
std::optional<SystemTime> parse_rfc3339(std::string_view text);
/// "Fri, 24 May 2013 00:00:00 GMT"
std::string http_date(SystemTime time);
/// IMF-fixdate only, as servers send it.
std::optional<SystemTime> parse_http_date(std::string_view text);
/// "30s", "15m", "1h30m", "250ms", "7d"; nothing when it is no duration.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace objectstore::base
