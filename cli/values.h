// Values of flags: durations, counts, byte ranges, name=value pairs; and the errors that name a bad one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "objectstore/bucket.h"
#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore::cli {

/// invalid_argument: the command line is wrong.
Error usage_error(std::string message);
/// "--flag: 'value' is not WHAT".
Error bad_value(std::string_view flag, std::string_view value, std::string_view what);

/// "250ms", "30s", "15m", "1h30m", "7d"; a hundred years at most.
Result<std::chrono::milliseconds> parse_duration(std::string_view flag, std::string_view text);
Result<std::uint64_t> parse_count(std::string_view flag, std::string_view text);
/// Bytes: a whole number, alone or with k, M, G, T (KiB, kB and the like mean the same: powers of 1,024).
Result<std::uint64_t> parse_size(std::string_view flag, std::string_view text);
/// A positive decimal number such as "0.5".
Result<double> parse_rate(std::string_view flag, std::string_view text);
/// "0-99", "100-", "-20".
Result<ByteRange> parse_range(std::string_view text);
/// "name=value"; the name may not be empty.
Result<std::pair<std::string, std::string>> parse_pair(std::string_view flag, std::string_view text);
/// An HTTP date, made of one or of an RFC 3339 time.
Result<std::string> parse_http_date(std::string_view flag, std::string_view text);

/// "2026-11-21T04:10:00.000Z"
std::string rfc3339(SystemTime time);
/// "2026-11-21 04:10:00", UTC
std::string plain_time(SystemTime time);
/// "1.2 MiB", "402 B"
std::string human_size(std::uint64_t bytes);

}  // namespace objectstore::cli
