// Values of flags.
#include "values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/encoding.h"
#include "base/errors.h"
#include "base/time_format.h"

namespace objectstore::cli {

using std::chrono::milliseconds;

Error usage_error(std::string message) {
  return base::invalid(std::move(message));
}

Error bad_value(std::string_view flag, std::string_view value, std::string_view what) {
  return usage_error(std::string(flag) + ": '" + std::string(value) + "' is not " + std::string(what));
}

Result<milliseconds> parse_duration(std::string_view flag, std::string_view text) {
  constexpr milliseconds kLongest = std::chrono::days(100 * 366);  // far from any overflow
  const auto duration = base::parse_duration(text);
  if (!duration || *duration > kLongest) return bad_value(flag, text, "a duration such as 250ms, 30s, 15m, 1h30m or 7d");
  return *duration;
}

Result<std::uint64_t> parse_count(std::string_view flag, std::string_view text) {
  const std::optional<std::uint64_t> number = base::parse_decimal(text);
  if (!number) return bad_value(flag, text, "a whole number");
  return *number;
}

Result<std::uint64_t> parse_size(std::string_view flag, std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<std::uint64_t> number = base::parse_decimal(text.substr(0, digits));
  std::string unit = base::to_lower(text.substr(digits));
  if (unit.ends_with('b')) unit.pop_back();
  if (unit.size() == 2 && unit.back() == 'i') unit.pop_back();
  constexpr std::string_view kUnits = "kmgt";
  const std::size_t power = unit.empty() ? 0 : kUnits.find(unit) + 1;
  const bool known = unit.empty() || (unit.size() == 1 && kUnits.find(unit) != std::string_view::npos);
  if (!number || !known || *number > (UINT64_MAX >> (10 * power))) return bad_value(flag, text, "a size such as 8MiB, 64k or 1048576");
  return *number << (10 * power);
}

Result<double> parse_rate(std::string_view flag, std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || number <= 0) {
    return bad_value(flag, text, "a number above 0");
  }
  return number;
}

Result<ByteRange> parse_range(std::string_view text) {
  const Error bad = bad_value("--range", text, "a byte range such as 0-99, 100- or -20");
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return bad;
  const std::string_view before = text.substr(0, dash);
  const std::string_view after = text.substr(dash + 1);
  const std::optional<std::uint64_t> first = base::parse_decimal(before);
  const std::optional<std::uint64_t> last = base::parse_decimal(after);
  if (first && last && *first <= *last) return ByteRange::first_last(*first, *last);
  if (first && after.empty()) return ByteRange::from(*first);
  if (before.empty() && last && *last > 0) return ByteRange::suffix(*last);
  return bad;
}

Result<std::pair<std::string, std::string>> parse_pair(std::string_view flag, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return bad_value(flag, text, "NAME=VALUE");
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

Result<std::string> parse_http_date(std::string_view flag, std::string_view text) {
  auto time = base::parse_http_date(text);
  if (!time) time = base::parse_rfc3339(text);
  if (!time) return bad_value(flag, text, "a time such as 2026-10-21T07:28:00Z or 'Wed, 21 Oct 2026 07:28:00 GMT'");
  return base::http_date(*time);
}

std::string rfc3339(SystemTime time) {
  return base::rfc3339(time, 3);
}

std::string plain_time(SystemTime time) {
  std::string text = base::rfc3339(time);
  text.pop_back();
  text[10] = ' ';
  return text;
}

std::string human_size(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double amount = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (amount >= 1023.95 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%.1f %s", amount, kUnits[unit]);
  return text.data();
}

}  // namespace objectstore::cli
