// Patterns over paths, and what include, exclude and bounds make of them.
#include "objectstore/path_filter.h"

#include <string>

#include "objectstore/clock.h"
#include "support/catch.h"

using namespace objectstore;

namespace {

PathFilter filter_of(const PathPatterns& patterns) {
  auto filter = PathFilter::make(patterns);
  REQUIRE(filter);
  return *filter;
}

/// What the patterns of the property test mean, said in the plainest way: letters, '*', '**' and '?', compared with whole paths.
bool plainly_matches(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern.starts_with("**")) {
    for (std::size_t i = 0; i <= path.size(); ++i) {
      if (plainly_matches(pattern.substr(2), path.substr(i))) return true;
    }
    return false;
  }
  if (pattern.front() == '*') {
    for (std::size_t i = 0; i <= path.size(); ++i) {
      if (plainly_matches(pattern.substr(1), path.substr(i))) return true;
      if (i < path.size() && path[i] == '/') return false;
    }
    return false;
  }
  if (path.empty()) return false;
  if (pattern.front() == '?' ? path.front() == '/' : pattern.front() != path.front()) return false;
  return plainly_matches(pattern.substr(1), path.substr(1));
}

}  // namespace

TEST_CASE("a pattern stands for the paths that its grammar says") {
  struct Case {
    const char* pattern;
    const char* path;
    bool matches;
  };
  for (const Case& c : {
           Case{"*.tmp", "a.tmp", true},
           {"*.tmp", "deep/er/a.tmp", true},
           {"*.tmp", "a.tmp/b", false},
           {"a", "b/a", true},
           {"a", "a/b", false},
           {"/a", "a", true},
           {"/a", "b/a", false},
           {"build/*.o", "build/x.o", true},
           {"build/*.o", "build/sub/x.o", false},
           {"build/*.o", "src/build/x.o", false},
           {"build/**", "build/sub/x.o", true},
           {"build/**/x.o", "build/x.o", true},
           {"build/**/x.o", "build/a/b/x.o", true},
           {"build/**/x.o", "build/ax.o", false},
           {"**/cache/**", "cache/x", true},
           {"**/cache/**", "a/cache/b/x", true},
           {"**/cache/**", "a/mycache/x", false},
           {"a**z", "a/b/z", true},
           {"cache/", "cache/x", true},
           {"cache/", "a/b/cache/c/x", true},
           {"cache/", "cache", false},
           {"/cache/", "cache/x", true},
           {"/cache/", "a/cache/x", false},
           {"?", "\xc3\xa4", true},  // one character, two bytes
           {"??", "\xc3\xa4", false},
           {"a?b", "a/b", false},
           {"[a-c]x", "bx", true},
           {"[a-c]x", "dx", false},
           {"[!a-c]x", "dx", true},
           {"[^a-c]x", "bx", false},
           {"/d[!x]e", "d/e", false},
           {"[]]", "]", true},
           {"[a-]", "-", true},
           {"[\xc3\xa4-\xc3\xb6]", "\xc3\xa5", true},
           {"\\*", "*", true},
           {"\\*", "a", false},
           {"[\\]a]", "]", true},
           {"*", ".hidden", true},
           {"A", "a", false},
       }) {
    CAPTURE(c.pattern, c.path);
    CHECK(filter_of({.include = {c.pattern}}).matches(c.path) == c.matches);
  }
}

TEST_CASE("patterns that say nothing sensible are refused") {
  for (const char* bad : {"", "[a", "[", "[]", "[!]", "[z-a]", "a\\", "\xff"}) {
    CAPTURE(bad);
    CHECK(kind_of(PathFilter::make({.include = {bad}})) == ErrorKind::invalid_argument);
    CHECK(kind_of(PathFilter::make({.exclude = {bad}})) == ErrorKind::invalid_argument);
    CHECK(kind_of(PathFilter::make({.within = {bad}})) == ErrorKind::invalid_argument);
  }
}

TEST_CASE("exclude wins over include, and nothing included means everything") {
  CHECK(PathFilter().matches("anything/at all"));
  CHECK(filter_of({.exclude = {"*.tmp"}}).matches("a.txt"));
  CHECK_FALSE(filter_of({.exclude = {"*.tmp"}}).matches("a.tmp"));
  const PathFilter both = filter_of({.include = {"*.txt", "*.md"}, .exclude = {"secret*"}});
  CHECK(both.matches("a.md"));
  CHECK_FALSE(both.matches("secret.md"));
  CHECK_FALSE(both.matches("a.png"));
  const PathFilter bounded = filter_of({.include = {"*.md"}, .within = {"logs-*/**"}});
  CHECK(bounded.matches("logs-1/a.md"));
  CHECK_FALSE(bounded.matches("logs-1/a.txt"));
  CHECK_FALSE(bounded.matches("other/a.md"));
  CHECK_FALSE(filter_of({.within = {"a"}}).matches("b/a"));  // bounds are compared with whole paths
}

TEST_CASE("what is in front of the first wildcard bounds a listing") {
  CHECK(filter_of({.within = {"logs/2026-*/x"}}).prefix() == "logs/2026-");
  CHECK(filter_of({.within = {"logs/2026-*", "logs/2025-?"}}).prefix() == "logs/202");
  CHECK(filter_of({.within = {"a\\*b*"}}).prefix() == "a*b");
  CHECK(filter_of({.include = {"/docs/a*", "/docs/b"}}).prefix() == "docs/");
  CHECK(filter_of({.include = {"*.txt"}}).prefix().empty());
  CHECK(filter_of({.include = {"name"}}).prefix().empty());  // wherever it lies
  CHECK(PathFilter().prefix().empty());
}

TEST_CASE("a folder is left out as a whole only when nothing beneath it can match") {
  const PathFilter filter = filter_of({.exclude = {"cache/", "/out/**", "*.o", "tmp/*"}});
  CHECK(filter.excludes_folder("a/cache"));
  CHECK(filter.excludes_folder("cache/deeper"));
  CHECK(filter.excludes_folder("out"));
  CHECK_FALSE(filter.excludes_folder("a/out"));
  CHECK_FALSE(filter.excludes_folder("x.o"));
  CHECK_FALSE(filter.excludes_folder("tmp"));
}

TEST_CASE("an escaped text is a pattern of itself alone") {
  for (const char* text : {"a*b", "?", "[x]", "back\\slash", "plain", "**"}) {
    CAPTURE(text);
    const PathFilter filter = filter_of({.within = {escape_pattern(text)}});
    CHECK(filter.matches(text));
    CHECK(filter.prefix() == text);
    CHECK_FALSE(filter.matches("axb"));
  }
}

TEST_CASE("random patterns match as their plain definition says") {
  const auto random = seeded_random(20261126);
  const auto text = [&](std::string_view alphabet, std::size_t most) {
    std::string made;
    for (auto left = random->next() % (most + 1); left > 0; --left) made += alphabet[random->next() % alphabet.size()];
    return made;
  };
  int matched = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string pattern = "a" + text("ab*?x", 6);
    const std::string path = "a" + text("ab/x", 7);
    CAPTURE(pattern, path);
    const bool wanted = plainly_matches(pattern, path);
    matched += wanted ? 1 : 0;
    const PathFilter filter = filter_of({.within = {pattern}});
    if (filter.matches(path) != wanted) FAIL("they differ");
    if (wanted && !path.starts_with(filter.prefix())) FAIL("the prefix is too long");
  }
  CHECK(matched > 500);
}

TEST_CASE("a pattern of many stars takes no more time than its length times the path's") {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  CHECK_FALSE(filter_of({.within = {pattern + "b"}}).matches(std::string(1000, 'a')));
}
