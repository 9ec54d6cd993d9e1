// Lines as words of a shell.
#include "shell_words.h"

#include "support/catch.h"

namespace objectstore::cli {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("a line parts into the words that a POSIX shell makes of it", "[cli]") {
  const std::vector<std::pair<std::string, Words>> cases = {
      {"", {}},
      {" \t ", {}},
      {"put a b", {"put", "a", "b"}},
      {"  put\ta  b ", {"put", "a", "b"}},
      {"# a comment", {}},
      {"put a # the rest 'is \" not looked at\\", {"put", "a"}},
      {"put a#b \\# '#'", {"put", "a#b", "#", "#"}},
      {"'a b' \"c d\" e\\ f", {"a b", "c d", "e f"}},
      {"'' \"\"", {"", ""}},
      {"a'b'\"c\"\\d", {"abcd"}},
      {R"('a\b"c')", {"a\\b\"c"}},
      {R"("a\"b\\c\$d\`e")", {"a\"b\\c$d`e"}},
      {R"("a\nb 'c'")", {"a\\nb 'c'"}},
      {R"(a\\b \'c\")", {"a\\b", "'c\""}},
      {"$HOME `x` $(y) *.gz ~ a;b |>", {"$HOME", "`x`", "$(y)", "*.gz", "~", "a;b", "|>"}},
      {"\xc3\xa4 \xe2\x82\xac", {"\xc3\xa4", "\xe2\x82\xac"}},
  };
  for (const auto& [line, expected] : cases) {
    CAPTURE(line);
    const Result<Words> words = shell_words(line);
    REQUIRE(words);
    CHECK(*words == expected);
  }
}

TEST_CASE("a line that a shell would go on reading behind is refused", "[cli]") {
  for (const std::string& line : Words{"'a", "a \"b", "\"a\\\"", "a\\", "\"a\\", std::string("a\0b", 3)}) {
    CAPTURE(line);
    CHECK(kind_of(shell_words(line)) == ErrorKind::invalid_argument);
  }
}

}  // namespace
}  // namespace objectstore::cli
