// Tests of the canonical request: paths, queries and headers, by tables.
#include "sigv4/canonical_request.h"

#include <utility>
#include <vector>

#include "support/catch.h"

namespace objectstore::sigv4 {
namespace {

/// The lines of the canonical request.
std::vector<std::string> lines_of(const HttpRequest& request, const PathRules& paths = kS3Paths) {
  std::string text;
  append_canonical_request(text, request, request.query, "HASH", paths);
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

std::string canonical_path(const std::string& path, const PathRules& rules) {
  HttpRequest request;
  request.host = "h";
  request.path = path;
  return lines_of(request, rules).at(1);
}

std::string canonical_query(const std::string& query) {
  HttpRequest request;
  request.host = "h";
  request.query = query;
  return lines_of(request).at(2);
}

TEST_CASE("S3's path is the path on the wire: nothing squashed, no escape touched") {
  for (const char* path :
       {"/", "//", "/a//b", "/./a", "/a/../b", "/../x", "/a/", "/a%20b", "/%2F", "/%2f", "/%41", "/%E1%88%B4", "/-._~", "/%25", "/%2525"}) {
    CAPTURE(path);
    CHECK(canonical_path(path, kS3Paths) == path);
  }
  CHECK(canonical_path("", kS3Paths) == "/");
}

TEST_CASE("what should have been escaped on the wire and was not is escaped in S3's canonical path") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"/a b", "/a%20b"},
      {"/test$file.text", "/test%24file.text"},
      {"/\xe1\x88\xb4", "/%E1%88%B4"},
      {"/a+b", "/a%2Bb"},
      {"/a%", "/a%25"},
      {"/a%2", "/a%252"},
      {"/a%zz", "/a%25zz"},
      {"/%%20", "/%25%20"},
      {"/a=b&c:d@e,f;g", "/a%3Db%26c%3Ad%40e%2Cf%3Bg"},
      {"/%+1", "/%25%2B1"},
      {"/%0x", "/%250x"},
  };
  for (const auto& [path, expected] : rows) {
    CAPTURE(path);
    CHECK(canonical_path(path, kS3Paths) == expected);
  }
}

TEST_CASE("other services' paths are normalised and encoded once more") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "/"},          {"/", "/"},
      {"//", "/"},        {"/./", "/"},
      {"/.", "/"},        {"/..", "/"},
      {"/../..", "/"},    {"/a/..", "/"},
      {"/a/../", "/"},    {"/a/b/../..", "/"},
      {"/a/./b", "/a/b"}, {"//a//b//", "/a/b/"},
      {"/a/b/..", "/a"},  {"/a/b/../", "/a/"},
      {"/a/.", "/a"},     {"/.a/..b", "/.a/..b"},
      {"/a b", "/a%20b"}, {"/a%20b", "/a%2520b"},
      {"/%2F", "/%252F"}, {"/\xe1\x88\xb4", "/%E1%88%B4"},
      {"/...", "/..."},
  };
  for (const auto& [path, expected] : rows) {
    CAPTURE(path);
    CHECK(canonical_path(path, kServicePaths) == expected);
  }
  CHECK(canonical_path("/a/../b c", {false, true}) == "/a/../b%20c");
  CHECK(canonical_path("/a/../b%20c", {true, false}) == "/b%20c");
}

TEST_CASE("queries are sorted by name, then value, with '=' after every name") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", ""},
      {"lifecycle", "lifecycle="},
      {"b=2&a=1", "a=1&b=2"},
      {"a=2&a=1&a", "a=&a=1&a=2"},
      {"Param-3=3&Param=2", "Param=2&Param-3=3"},  // '-' sorts before '=': joined texts would come out the other way round
      {"b=1&B=2&_=3", "B=2&_=3&b=1"},
      {"a=b=c", "a=b%3Dc"},
      {"=x", "=x"},
      {"a&&b&", "a=&b="},
      {"&", ""},
      {"uploads&prefix=x%2Fy", "prefix=x%2Fy&uploads="},
      {"%E1%88%B4=1&z=2&A=3", "%E1%88%B4=1&A=3&z=2"},
  };
  for (const auto& [query, expected] : rows) {
    CAPTURE(query);
    CHECK(canonical_query(query) == expected);
  }
}

TEST_CASE("every spelling of a query part has one canonical form") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"a=%2f", "a=%2F"}, {"a=/", "a=%2F"},         {"a=%7E", "a=~"},       {"a=~", "a=~"},
      {"%61=%62", "a=b"}, {"a=x y", "a=x%20y"},     {"a=+", "a=%2B"},       {"a=%", "a=%25"},
      {"a=%2", "a=%252"}, {"a=%25", "a=%25"},       {"a=%252F", "a=%252F"}, {"\xe1\x88\xb4=bar", "%E1%88%B4=bar"},
      {"a=%00", "a=%00"}, {"a=%26%3D", "a=%26%3D"},
  };
  for (const auto& [query, expected] : rows) {
    CAPTURE(query);
    CHECK(canonical_query(query) == expected);
  }
}

TEST_CASE("headers are trimmed, collapsed and joined, with host in its place") {
  HttpRequest request;
  request.method = "PUT";
  request.host = "example.com:9000";
  request.headers.add("X-B", "  a   b ");
  request.headers.add("X-Amz-Meta-A", "2");
  request.headers.add("accept", "*/*");
  request.headers.add("x-amz-meta-a", "1");
  request.headers.add("X-Empty", "  ");
  CHECK(lines_of(request) == std::vector<std::string>{"PUT", "/", "", "accept:*/*", "host:example.com:9000", "x-amz-meta-a:2,1", "x-b:a b",
                                                      "x-empty:", "", "accept;host;x-amz-meta-a;x-b;x-empty", "HASH"});
}

TEST_CASE("host alone, host last, host first: it is signed once") {
  HttpRequest request;
  request.host = "h";
  CHECK(lines_of(request) == std::vector<std::string>{"GET", "/", "", "host:h", "", "host", "HASH"});
  request.headers.add("accept", "x");
  CHECK(lines_of(request).at(6) == "accept;host");
  request.headers.clear();
  request.headers.add("range", "x");
  CHECK(lines_of(request).at(6) == "host;range");
  request.headers.add("Host", "other");
  CHECK(lines_of(request) == std::vector<std::string>{"GET", "/", "", "host:h", "range:x", "", "host;range", "HASH"});
}

TEST_CASE("an authorization header is not part of what it signs") {
  HttpRequest request;
  request.host = "h";
  request.headers.add("authorization", "AWS4-HMAC-SHA256 ...");
  CHECK(lines_of(request) == std::vector<std::string>{"GET", "/", "", "host:h", "", "host", "HASH"});
}

TEST_CASE("the place of the signed headers is told") {
  HttpRequest request;
  request.host = "h";
  request.headers.add("range", "x");
  std::string text = "before";
  const Span names = append_canonical_request(text, request, "", "HASH", kS3Paths);
  CHECK(text.substr(names.begin, names.size) == "host;range");
  std::string list;
  append_signed_headers(list, request);
  CHECK(list == "host;range");
}

}  // namespace
}  // namespace objectstore::sigv4
