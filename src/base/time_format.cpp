// Times and durations to and from text, by the proleptic Gregorian calendar in UTC and without the process's locale.
#include "base/time_format.h"

#include <cstdint>
#include <limits>

namespace objectstore::base {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
  std::chrono::sys_days day;
  int year = 0;
  unsigned month = 0;
  unsigned day_of_month = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned nanosecond = 0;
};

Civil civil(SystemTime time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const auto rest = static_cast<std::uint64_t>(std::chrono::duration_cast<nanoseconds>(time - day).count());
  const std::uint64_t second = rest / 1'000'000'000;
  return {day,
          static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<unsigned>(second / 3600),
          static_cast<unsigned>(second / 60 % 60),
          static_cast<unsigned>(second % 60),
          static_cast<unsigned>(rest % 1'000'000'000)};
}

/// `value` with leading zeros, exactly `width` digits.
void write_digits(char* out, unsigned value, int width) {
  for (int at = width; at > 0; value /= 10) out[--at] = static_cast<char>('0' + value % 10);
}
void put_digits(std::string& out, unsigned value, int width) {
  const std::size_t start = out.size();
  out.resize(start + static_cast<std::size_t>(width));
  write_digits(out.data() + start, value, width);
}

/// Reads a text from its front; the first thing that does not fit makes all further reads fail.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  unsigned digits(std::size_t count) {
    unsigned value = 0;
    if (rest_.size() < count) ok_ = false;
    for (std::size_t i = 0; ok_ && i < count; ++i) {
      if (!is_digit(rest_[i])) ok_ = false;
      value = value * 10 + static_cast<unsigned>(rest_[i] - '0');
    }
    if (ok_) rest_.remove_prefix(count);
    return ok_ ? value : 0;
  }
  void literal(std::string_view expected) {
    if (!rest_.starts_with(expected)) ok_ = false;
    if (ok_) rest_.remove_prefix(expected.size());
  }
  /// One of `characters`, or 0.
  char one_of(std::string_view characters) {
    if (!ok_ || rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) {
      ok_ = false;
      return 0;
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  /// The position of the name in `names` with which the rest begins.
  template <std::size_t N>
  unsigned name(const std::array<std::string_view, N>& names) {
    for (unsigned i = 0; ok_ && i < N; ++i) {
      if (!rest_.starts_with(names[i])) continue;
      rest_.remove_prefix(names[i].size());
      return i;
    }
    ok_ = false;
    return 0;
  }
  [[nodiscard]] bool at_digit() const { return !rest_.empty() && is_digit(rest_.front()); }
  [[nodiscard]] bool at(char c) const { return rest_.starts_with(c); }
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  std::string_view rest_;
  bool ok_ = true;
};

/// Second 60 is a leap second: the first instant after it. nothing: no such day or hour, or beyond what SystemTime can hold.
std::optional<SystemTime> make_time(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second,
                                    unsigned nanosecond = 0, minutes offset = minutes{0}) {
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto whole = std::chrono::sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) + seconds(second) - offset;
  constexpr auto kLimit = std::chrono::duration_cast<seconds>(SystemTime::duration::max()) - seconds(1);
  if (whole > kLimit || whole < -kLimit) return std::nullopt;
  return SystemTime(std::chrono::duration_cast<SystemTime::duration>(whole) +
                    std::chrono::duration_cast<SystemTime::duration>(nanoseconds(nanosecond)));
}

}  // namespace

std::array<char, 16> iso_basic(SystemTime time) {
  const Civil at = civil(time);
  std::array<char, 16> text;
  char* const out = text.data();
  write_digits(out, static_cast<unsigned>(at.year), 4);
  write_digits(out + 4, at.month, 2);
  write_digits(out + 6, at.day_of_month, 2);
  out[8] = 'T';
  write_digits(out + 9, at.hour, 2);
  write_digits(out + 11, at.minute, 2);
  write_digits(out + 13, at.second, 2);
  out[15] = 'Z';
  return text;
}

std::string rfc3339(SystemTime time, int fraction_digits) {
  const Civil at = civil(time);
  std::string text;
  text.reserve(32);
  put_digits(text, static_cast<unsigned>(at.year), 4);
  text += '-';
  put_digits(text, at.month, 2);
  text += '-';
  put_digits(text, at.day_of_month, 2);
  text += 'T';
  put_digits(text, at.hour, 2);
  text += ':';
  put_digits(text, at.minute, 2);
  text += ':';
  put_digits(text, at.second, 2);
  if (fraction_digits > 0 && fraction_digits <= 9) {
    unsigned fraction = at.nanosecond;
    for (int i = fraction_digits; i < 9; ++i) fraction /= 10;
    text += '.';
    put_digits(text, fraction, fraction_digits);
  }
  text += 'Z';
  return text;
}

std::optional<SystemTime> parse_rfc3339(std::string_view text) {
  Reader in(text);
  const unsigned year = in.digits(4);
  in.literal("-");
  const unsigned month = in.digits(2);
  in.literal("-");
  const unsigned day = in.digits(2);
  in.one_of("Tt ");
  const unsigned hour = in.digits(2);
  in.literal(":");
  const unsigned minute = in.digits(2);
  in.literal(":");
  const unsigned second = in.digits(2);
  unsigned nanosecond = 0;
  if (in.ok() && in.at('.')) {
    in.literal(".");
    int count = 0;
    for (; in.at_digit() && count < 9; ++count) nanosecond = nanosecond * 10 + in.digits(1);
    if (count == 0) return std::nullopt;
    for (; count < 9; ++count) nanosecond *= 10;
  }
  minutes offset{0};
  const char sign = in.one_of("Zz+-");
  if (sign == '+' || sign == '-') {
    const unsigned offset_hours = in.digits(2);
    in.literal(":");
    const unsigned offset_minutes = in.digits(2);
    if (offset_hours > 23 || offset_minutes > 59) return std::nullopt;
    offset = hours(offset_hours) + minutes(offset_minutes);
    if (sign == '-') offset = -offset;
  }
  if (!in.done()) return std::nullopt;
  return make_time(year, month, day, hour, minute, second, nanosecond, offset);
}

std::string http_date(SystemTime time) {
  const Civil at = civil(time);
  std::string text;
  text.reserve(29);
  text += kWeekdays[std::chrono::weekday(at.day).c_encoding()];
  text += ", ";
  put_digits(text, at.day_of_month, 2);
  text += ' ';
  text += kMonths[at.month - 1];
  text += ' ';
  put_digits(text, static_cast<unsigned>(at.year), 4);
  text += ' ';
  put_digits(text, at.hour, 2);
  text += ':';
  put_digits(text, at.minute, 2);
  text += ':';
  put_digits(text, at.second, 2);
  text += " GMT";
  return text;
}

std::optional<SystemTime> parse_http_date(std::string_view text) {
  Reader in(text);
  in.name(kWeekdays);
  in.literal(", ");
  const unsigned day = in.digits(2);
  in.literal(" ");
  const unsigned month = in.name(kMonths) + 1;
  in.literal(" ");
  const unsigned year = in.digits(4);
  in.literal(" ");
  const unsigned hour = in.digits(2);
  in.literal(":");
  const unsigned minute = in.digits(2);
  in.literal(":");
  const unsigned second = in.digits(2);
  in.literal(" GMT");
  if (!in.done()) return std::nullopt;
  return make_time(year, month, day, hour, minute, second);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
  };
  constexpr std::array<Unit, 5> kUnits = {{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;  // units go from large to small, each at most once
  while (!text.empty()) {
    std::size_t digits = 0;
    std::int64_t number = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
      const std::int64_t digit = text[digits] - '0';
      if (number > (kMax - digit) / 10) return std::nullopt;
      number = number * 10 + digit;
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return std::nullopt;
    const std::int64_t unit = kUnits[next_unit++].milliseconds;
    if (number > (kMax - total) / unit) return std::nullopt;
    total += number * unit;
    text.remove_prefix(name.size());
  }
  return std::chrono::milliseconds(total);
}

}  // namespace objectstore::base
