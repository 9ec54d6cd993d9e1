// Tests of hex, base64, percent encoding, UTF-8 checks and the ASCII functions.
#include "base/encoding.h"

#include <algorithm>
#include <vector>

#include "objectstore/clock.h"
#include "support/catch.h"

namespace objectstore::base {
namespace {

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

std::string random_bytes(Random& random, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(random.next() & 255));
  return bytes;
}

std::span<const std::uint8_t> octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST_CASE("hex writes lower case and reads both cases") {
  CHECK(hex(octets(std::string_view("\x00\x0f\xa5\xff", 4))) == "000fa5ff");
  CHECK(unhex("000Fa5fF") == std::string("\x00\x0f\xa5\xff", 4));
  CHECK(unhex("") == "");
  CHECK(unhex(hex(octets(all_bytes()))) == all_bytes());
}

TEST_CASE("hex of an odd length or with a stranger in it is refused") {
  for (const char* text : {"0", "000", "0g", "g0", "0x00", " 00", "0 ", "-1", "\xc3\xa9"}) {
    CAPTURE(text);
    CHECK_FALSE(unhex(text));
  }
}

TEST_CASE("base64 gives the texts of RFC 4648") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xfb\xff\xbf", "+/+/"},
      {"\xff\xff", "//8="},
  };
  for (const auto& [bytes, text] : rows) {
    CAPTURE(text);
    CHECK(base64(bytes) == text);
    CHECK(base64(octets(bytes)) == text);
    CHECK(unbase64(text) == bytes);
  }
}

TEST_CASE("base64 gives back any bytes of any length") {
  auto random = seeded_random(1);
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string bytes = random_bytes(*random, size);
    CHECK(unbase64(base64(bytes)) == bytes);
  }
}

TEST_CASE("base64 with a wrong length, padding, digit or left-over bits is refused") {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zg==Zg==", "Zm=v", "Zm9v\n", "Zm9-", "Zm9_", "Zh==", "Zm9=", "Zm 9"}) {
    CAPTURE(text);
    CHECK_FALSE(unbase64(text));
  }
}

TEST_CASE("percent encoding leaves only the unreserved characters as they are") {
  const std::string unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  for (const char c : all_bytes()) {
    const std::string text(1, c);
    const bool plain = unreserved.find(c) != std::string::npos;
    CAPTURE(static_cast<int>(c));
    CHECK((uri_encode(text) == text) == plain);
    CHECK((uri_encode(text, true) == text) == (plain || c == '/'));
    CHECK(uri_decode(uri_encode(text)) == text);
  }
  CHECK(uri_encode("a b/\xe1\x88\xb4+%2f") == "a%20b%2F%E1%88%B4%2B%252f");
  CHECK(uri_encode("a b/c", true) == "a%20b/c");
  std::string out = "x=";
  uri_encode_to(out, "&", false);
  CHECK(out == "x=%26");
}

TEST_CASE("percent decoding reads both cases, keeps '+' and refuses a broken escape") {
  CHECK(uri_decode("%2f%2F+%00") == std::string("//+\0", 4));
  for (const char* text : {"%", "%2", "a%", "%zz", "%2g", "%%20", "% 1"}) {
    CAPTURE(text);
    CHECK_FALSE(uri_decode(text));
  }
}

TEST_CASE("UTF-8 is well-formed only without overlong forms, surrogates and cut sequences") {
  for (const char* text : {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xe1\x88\xb4z"}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
  }
  CHECK(is_utf8(std::string_view("\0", 1)));
  for (const char* text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe1\x88", "\xe1\x88\x41", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xfe"}) {
    CAPTURE(hex(octets(text)));
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("case folding touches ASCII letters only") {
  CHECK(to_lower("X-Amz-DATE \xc3\x84@[`{") == "x-amz-date \xc3\x84@[`{");
  CHECK(equals_ignoring_case("ETag", "etaG"));
  CHECK(equals_ignoring_case("", ""));
  CHECK_FALSE(equals_ignoring_case("etag", "etags"));
  CHECK_FALSE(equals_ignoring_case("\xc3\x84", "\xc3\xa4"));
  CHECK_FALSE(equals_ignoring_case("@", "`"));
}

TEST_CASE("trimming takes spaces and tabs off both ends") {
  CHECK(trim(" \t a b \t") == "a b");
  CHECK(trim("a") == "a");
  CHECK(trim(" \t ") == "");
  CHECK(trim("") == "");
  CHECK(trim("\na\n") == "\na\n");
}

TEST_CASE("collapsing trims and folds each run of white space to one space") {
  CHECK(collapse_spaces("  a   b\t\tc \t d  ") == "a b c d");
  CHECK(collapse_spaces("\"a   b\"") == "\"a b\"");
  CHECK(collapse_spaces("value1\n  value2\r\n\tvalue3") == "value1 value2 value3");
  CHECK(collapse_spaces(" \t ") == "");
  std::string out = "h:";
  collapse_spaces_to(out, "  v  w ");
  CHECK(out == "h:v w");
}

TEST_CASE("decimal numbers are whole numbers of 64 bits and nothing else") {
  CHECK(parse_decimal("0") == 0u);
  CHECK(parse_decimal("18446744073709551615") == UINT64_MAX);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "18446744073709551616", "1e3", "0x10", "ten", "1.0"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_decimal(bad).has_value());
  }
}

}  // namespace
}  // namespace objectstore::base
