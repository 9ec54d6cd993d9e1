// Values of flags.
#include "values.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace objectstore::cli {
namespace {

using std::chrono::milliseconds;

struct CivilTime {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
};

CivilTime civil(SystemTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<milliseconds> clock(std::chrono::floor<milliseconds>(time - day));
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.subseconds().count())};
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> unit_in_milliseconds(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  if (unit == "d") return 86'400'000;
  return std::nullopt;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Error usage_error(std::string message) {
  Error error;
  error.kind = ErrorKind::invalid_argument;
  error.message = std::move(message);
  return error;
}

Error bad_value(std::string_view flag, std::string_view value, std::string_view what) {
  return usage_error(std::string(flag) + ": '" + std::string(value) + "' is not " + std::string(what));
}

Result<milliseconds> parse_duration(std::string_view flag, std::string_view text) {
  constexpr std::uint64_t kLongest = 100ull * 366 * 86'400'000;  // a hundred years: far from any overflow
  const Error bad = bad_value(flag, text, "a duration such as 250ms, 30s, 15m, 1h30m or 7d");
  std::uint64_t total = 0;
  std::string_view rest = text;
  if (rest.empty()) return bad;
  while (!rest.empty()) {
    std::size_t digits = 0;
    while (digits < rest.size() && is_digit(rest[digits])) ++digits;
    std::size_t letters = digits;
    while (letters < rest.size() && !is_digit(rest[letters])) ++letters;
    const std::optional<std::uint64_t> number = whole_number(rest.substr(0, digits));
    const std::optional<std::uint64_t> unit = unit_in_milliseconds(rest.substr(digits, letters - digits));
    if (!number || !unit || *number > kLongest / *unit) return bad;
    total += *number * *unit;
    if (total > kLongest) return bad;
    rest.remove_prefix(letters);
  }
  return milliseconds(total);
}

Result<std::uint64_t> parse_count(std::string_view flag, std::string_view text) {
  const std::optional<std::uint64_t> number = whole_number(text);
  if (!number) return bad_value(flag, text, "a whole number");
  return *number;
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
  const std::optional<std::uint64_t> first = whole_number(before);
  const std::optional<std::uint64_t> last = whole_number(after);
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
  const std::string zoned(text);
  std::tm parts{};
  const char* end = strptime(zoned.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') {
    end = strptime(zoned.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == nullptr || *end != '\0') {
      return bad_value(flag, text, "a time such as 2026-10-21T07:28:00Z or 'Wed, 21 Oct 2026 07:28:00 GMT'");
    }
    (void)timegm(&parts);  // fills in the day of the week
  }
  // The program never leaves the C locale: the names are English.
  std::array<char, 64> date{};
  const std::size_t size = std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return std::string(date.data(), size);
}

std::string rfc3339(SystemTime time) {
  const CivilTime t = civil(time);
  std::array<char, 64> text{};
  (void)std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", t.year, t.month, t.day, t.hour, t.minute, t.second,
                      t.millisecond);
  return text.data();
}

std::string plain_time(SystemTime time) {
  const CivilTime t = civil(time);
  std::array<char, 64> text{};
  (void)std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d", t.year, t.month, t.day, t.hour, t.minute, t.second);
  return text.data();
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
