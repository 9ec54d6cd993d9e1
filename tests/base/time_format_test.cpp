// Tests of times and durations as text.
#include "base/time_format.h"

#include <vector>

#include "support/catch.h"

namespace objectstore::base {
namespace {

using namespace std::chrono_literals;

SystemTime at(std::int64_t seconds, std::chrono::nanoseconds fraction = 0ns) {
  return SystemTime(std::chrono::duration_cast<SystemTime::duration>(std::chrono::seconds(seconds) + fraction));
}

std::string basic(SystemTime time) {
  const auto text = iso_basic(time);
  return {text.data(), text.size()};
}

TEST_CASE("one instant has one text in each format") {
  struct Row {
    std::int64_t seconds;
    std::string basic, rfc, http;
  };
  const std::vector<Row> rows = {
      {0, "19700101T000000Z", "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
      {-1, "19691231T235959Z", "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT"},
      {951782400, "20000229T000000Z", "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT"},
      {1369353600, "20130524T000000Z", "2013-05-24T00:00:00Z", "Fri, 24 May 2013 00:00:00 GMT"},
      {1440938160, "20150830T123600Z", "2015-08-30T12:36:00Z", "Sun, 30 Aug 2015 12:36:00 GMT"},
      {4107542399, "21000228T235959Z", "2100-02-28T23:59:59Z", "Sun, 28 Feb 2100 23:59:59 GMT"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.seconds);
    CHECK(basic(at(row.seconds)) == row.basic);
    CHECK(rfc3339(at(row.seconds)) == row.rfc);
    CHECK(http_date(at(row.seconds)) == row.http);
    CHECK(parse_rfc3339(row.rfc) == at(row.seconds));
    CHECK(parse_http_date(row.http) == at(row.seconds));
  }
}

TEST_CASE("fractions are cut, never rounded up, before the epoch too") {
  CHECK(rfc3339(at(0, 999'999'999ns), 0) == "1970-01-01T00:00:00Z");
  CHECK(rfc3339(at(0, 999'999'999ns), 3) == "1970-01-01T00:00:00.999Z");
  CHECK(rfc3339(at(0, 1'002'003ns), 6) == "1970-01-01T00:00:00.001002Z");
  CHECK(rfc3339(at(0, 1ms), 3) == "1970-01-01T00:00:00.001Z");
  CHECK(rfc3339(at(0, -1ms), 3) == "1969-12-31T23:59:59.999Z");
  CHECK(basic(at(0, -1ms)) == "19691231T235959Z");
}

TEST_CASE("RFC 3339 times are read with offsets and fractions") {
  const std::vector<std::pair<std::string, SystemTime>> rows = {
      {"2013-05-24T02:00:00+02:00", at(1369353600)}, {"2013-05-23T18:30:00-05:30", at(1369353600)},
      {"2013-05-24T00:00:00-00:00", at(1369353600)}, {"2013-05-24t00:00:00z", at(1369353600)},
      {"2013-05-24 00:00:00Z", at(1369353600)},      {"2013-05-24T00:00:00.5Z", at(1369353600, 500ms)},
      {"2013-05-24T00:00:00.000Z", at(1369353600)},  {"2013-05-24T00:00:00.123456789Z", at(1369353600, 123'456'789ns)},
      {"2016-12-31T23:59:60Z", at(1483228800)},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    CHECK(parse_rfc3339(text) == expected);
  }
}

TEST_CASE("what is not quite an RFC 3339 time is refused") {
  for (const char* text : {"",
                           "2013-05-24",
                           "2013-05-24T00:00:00",
                           "2013-05-24T00:00Z",
                           "2013-5-24T00:00:00Z",
                           "20130524T000000Z",
                           "2013-02-29T00:00:00Z",
                           "2013-13-01T00:00:00Z",
                           "2013-00-01T00:00:00Z",
                           "2013-01-00T00:00:00Z",
                           "2013-01-32T00:00:00Z",
                           "2013-05-24T24:00:00Z",
                           "2013-05-24T00:60:00Z",
                           "2013-05-24T00:00:61Z",
                           "2013-05-24T00:00:00.Z",
                           "2013-05-24T00:00:00.1234567890Z",
                           "2013-05-24T00:00:00+0200",
                           "2013-05-24T00:00:00+24:00",
                           "2013-05-24T00:00:00+00:60",
                           "2013-05-24T00:00:00ZZ",
                           " 2013-05-24T00:00:00Z",
                           "2013-05-24T00:00:00Z ",
                           "-013-05-24T00:00:00Z",
                           "2013-05-24T+1:00:00Z",
                           "1600-01-01T00:00:00Z",
                           "9999-12-31T23:59:59Z",
                           "2013-05-24T00:00:00,5Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("what is not quite an IMF-fixdate is refused") {
  for (const char* text :
       {"", "24 May 2013 00:00:00 GMT", "Friday, 24-May-13 00:00:00 GMT", "Fri May 24 00:00:00 2013", "Fri, 24 May 2013 00:00:00 UTC",
        "Fri, 24 May 2013 00:00:00", "Fri, 24 May 2013 00:00:00 GMT ", "Fri, 31 Feb 2013 00:00:00 GMT", "Fri, 24 may 2013 00:00:00 GMT",
        "Fri, 24 May 2013 25:00:00 GMT", "Fri, 4 May 2013 00:00:00 GMT", "Xxx, 24 May 2013 00:00:00 GMT", "0", "garbage"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_http_date(text));
  }
}

TEST_CASE("times survive the way to text and back") {
  auto random = seeded_random(7);
  for (int i = 0; i < 2000; ++i) {
    const SystemTime time = at(static_cast<std::int64_t>(random->next() % 16'000'000'000u) - 8'000'000'000,
                               std::chrono::microseconds(random->next() % 1'000'000));
    CAPTURE(rfc3339(time, 6));
    CHECK(parse_rfc3339(rfc3339(time, 6)) == time);
    CHECK(parse_http_date(http_date(time)) == std::chrono::floor<std::chrono::seconds>(time));
  }
}

TEST_CASE("durations are numbers with units, from large to small") {
  const std::vector<std::pair<std::string, std::chrono::milliseconds>> rows = {
      {"30s", 30s},
      {"15m", 15min},
      {"1h30m", 90min},
      {"250ms", 250ms},
      {"7d", 168h},
      {"0s", 0s},
      {"1d2h3m4s5ms", 26h + 3min + 4s + 5ms},
      {"1m500ms", 60'500ms},
      {"007s", 7s},
      {"9223372036854775807ms", std::chrono::milliseconds::max()},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    CHECK(parse_duration(text) == expected);
  }
}

TEST_CASE("what is no duration is refused") {
  for (const char* text : {"",
                           "5",
                           "s",
                           "ms",
                           "-5s",
                           "+5s",
                           "1.5h",
                           "5 s",
                           " 5s",
                           "5s ",
                           "5S",
                           "5sec",
                           "30m1h",
                           "1s1s",
                           "1w",
                           "5us",
                           "1h30",
                           "9223372036854775808ms",
                           "106751991168d",
                           "9223372036854775807s",
                           "99999999999999999999s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

}  // namespace
}  // namespace objectstore::base
