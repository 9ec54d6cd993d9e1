// Requests that could change the meaning of what follows on the wire are refused before anything is sent.
#include "http/request_check.h"

#include "support/catch.h"

namespace objectstore::http {
namespace {

HttpRequest good() {
  return {.host = "h", .path = "/p"};
}

}  // namespace

TEST_CASE("ordinary requests pass") {
  CHECK(check_request(good()));
  for (const char* host : {"h", "h:80", "[::1]:9000", "my_bucket.s3.eu-central-1.amazonaws.com", "127.0.0.1:1"}) {
    CAPTURE(host);
    auto request = good();
    request.host = host;
    CHECK(check_request(request));
  }
  auto request = good();
  request.headers.add("x-amz-meta-a", "caf\xc3\xa9\tb");  // bytes beyond ASCII are allowed in values
  CHECK(check_request(request));
}

TEST_CASE("a request that could not be sent as it is names its part and is refused") {
  struct Case {
    std::string part;
    std::function<void(HttpRequest&)> spoil;
  };
  using namespace std::string_literals;
  auto [part, spoil] = GENERATE_COPY(values<Case>({
      {"method", [](HttpRequest& r) { r.method = ""; }},
      {"method", [](HttpRequest& r) { r.method = "GET /"; }},
      {"method", [](HttpRequest& r) { r.method = "GET\r\n"; }},
      {"scheme", [](HttpRequest& r) { r.scheme = "file"; }},
      {"scheme", [](HttpRequest& r) { r.scheme = "HTTP"; }},
      {"scheme", [](HttpRequest& r) { r.scheme = ""; }},
      {"host", [](HttpRequest& r) { r.host = ""; }},
      {"host", [](HttpRequest& r) { r.host = "user:pw@h"; }},
      {"host", [](HttpRequest& r) { r.host = "h/path"; }},
      {"host", [](HttpRequest& r) { r.host = "h?x"; }},
      {"host", [](HttpRequest& r) { r.host = "h#x"; }},
      {"host", [](HttpRequest& r) { r.host = "h%2fx"; }},
      {"host", [](HttpRequest& r) { r.host = "h\r\nx: y"; }},
      {"host",
       [](HttpRequest& r) {
         r.host =
             "b\xc3\xbc"
             "cher";
       }},
      {"host", [](HttpRequest& r) { r.host = "h:"; }},
      {"host", [](HttpRequest& r) { r.host = "h:x"; }},
      {"host", [](HttpRequest& r) { r.host = "h:0"; }},
      {"host", [](HttpRequest& r) { r.host = "h:65536"; }},
      {"host", [](HttpRequest& r) { r.host = "h:4294967297"; }},
      {"host", [](HttpRequest& r) { r.host = ":80"; }},
      {"host", [](HttpRequest& r) { r.host = "a:b:c"; }},
      {"host", [](HttpRequest& r) { r.host = "::1"; }},
      {"host", [](HttpRequest& r) { r.host = "[::1"; }},
      {"host", [](HttpRequest& r) { r.host = "[]"; }},
      {"host", [](HttpRequest& r) { r.host = "[::1]x"; }},
      {"host", [](HttpRequest& r) { r.host = "h]"; }},
      {"path", [](HttpRequest& r) { r.path = ""; }},
      {"path", [](HttpRequest& r) { r.path = "p"; }},
      {"path", [](HttpRequest& r) { r.path = "/a b"; }},
      {"path", [](HttpRequest& r) { r.path = "/a#b"; }},
      {"path", [](HttpRequest& r) { r.path = "/a?b"; }},
      {"path", [](HttpRequest& r) { r.path = "/a\r\nb"; }},
      {"path", [](HttpRequest& r) { r.path = "/a\0b"s; }},
      {"path", [](HttpRequest& r) { r.path = "/\xc3\xa9"; }},
      {"path", [](HttpRequest& r) { r.path = "/\x7f"; }},
      {"query", [](HttpRequest& r) { r.query = "a=b c"; }},
      {"query", [](HttpRequest& r) { r.query = "a=b#c"; }},
      {"query", [](HttpRequest& r) { r.query = "a=\n"; }},
      {"query", [](HttpRequest& r) { r.query = "a=\xc3\xa9"; }},
      {"header", [](HttpRequest& r) { r.headers.add("", "x"); }},
      {"header", [](HttpRequest& r) { r.headers.add("a b", "x"); }},
      {"header", [](HttpRequest& r) { r.headers.add("a:", "x"); }},
      {"header", [](HttpRequest& r) { r.headers.add("a\r\nb", "x"); }},
      {"x-a", [](HttpRequest& r) { r.headers.add("x-a", "1\r\nx-b: 2"); }},
      {"x-a", [](HttpRequest& r) { r.headers.add("x-a", "1\n"); }},
      {"x-a", [](HttpRequest& r) { r.headers.add("x-a", "1\0"s); }},
      {"x-a", [](HttpRequest& r) { r.headers.add("x-a", "\x7f"); }},
      {"transfer-encoding", [](HttpRequest& r) { r.headers.add("Transfer-Encoding", "chunked"); }},
  }));
  auto request = good();
  spoil(request);
  CAPTURE(part, request.method, request.host, request.path, request.query);
  auto checked = check_request(request);
  REQUIRE(kind_of(checked) == ErrorKind::invalid_argument);
  CHECK(checked.error().message.find(part) != std::string::npos);
}

TEST_CASE("the message of a refusal does not repeat the value it refuses") {
  auto request = good();
  request.headers.add("authorization", "canary-secret\r\n");
  CHECK(check_request(request).error().message.find("canary") == std::string::npos);
}

}  // namespace objectstore::http
