// The libcurl transport on the wire: what goes out byte by byte, and what comes back.
#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "objectstore/http.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/scripted_server.h"

namespace objectstore {
namespace {

using namespace testing;

HttpRequest request_to(const ScriptedServer& server, std::string method = "GET", std::string path = "/") {
  return {.method = std::move(method), .scheme = "http", .host = server.host(), .path = std::move(path)};
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Collects a reply's body and what it was told about its head.
class Collector final : public ReplyBody {
 public:
  Status on_head(int status, const Headers& headers) override {
    ++heads;
    head_status = status;
    content_length = headers.get("content-length");
    if (head_failure) return *head_failure;
    return {};
  }
  Status on_bytes(std::span<const std::byte> bytes) override {
    if (throws) throw std::runtime_error("thrown");
    body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (body_failure) return *body_failure;
    return {};
  }

  int heads = 0;
  int head_status = 0;
  std::string content_length;
  std::string body;
  std::optional<Error> head_failure;
  std::optional<Error> body_failure;
  bool throws = false;
};

/// The request as it stands on the wire, with the host's port taken out.
std::string wire(const ScriptedServer& server) {
  auto requests = server.requests();
  REQUIRE(requests.size() == 1);
  std::string text = requests[0].head + requests[0].body;
  std::size_t at = text.find(server.host());
  if (at != std::string::npos) text.replace(at, server.host().size(), "HOST");
  return text;
}

}  // namespace

TEST_CASE("a request goes out exactly as it is put, with no header of libcurl's own") {
  ScriptedServer server;
  auto transport = make_curl_transport({});
  auto request = request_to(server, "GET", "/b/k");
  request.query = "a=%20&b";
  request.headers.add("X-Amz-Date", "20240101T000000Z");
  request.headers.add("authorization", "AWS4 x");
  request.headers.add("x-empty", "");
  auto reply = transport->send(request);
  REQUIRE(!reply.error);
  CHECK(wire(server) ==
        "GET /b/k?a=%20&b HTTP/1.1\r\nHost: HOST\r\nauthorization: AWS4 x\r\nx-amz-date: 20240101T000000Z\r\nx-empty:\r\n\r\n");
}

TEST_CASE("each method and kind of body is framed as HTTP wants it") {
  struct Case {
    std::string method;
    std::string body;
    bool as_source;
    std::string expected;
  };
  const std::string big(3u << 20, 'b');
  auto [method, body, as_source, expected] = GENERATE_COPY(values<Case>({
      {"GET", "", false, "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n"},
      {"HEAD", "", false, "HEAD / HTTP/1.1\r\nHost: HOST\r\n\r\n"},
      {"DELETE", "", false, "DELETE / HTTP/1.1\r\nHost: HOST\r\n\r\n"},
      {"PUT", "", false, "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n"},
      {"POST", "", false, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n"},
      {"PUT", "abc", false, "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\nabc"},
      {"POST", "<x/>", false, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\n\r\n<x/>"},
      {"DELETE", "d", false, "DELETE / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\n\r\nd"},
      {"PUT", "", true, "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n"},
      {"PUT", "abc", true, "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\nabc"},
      {"POST", "abc", true, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\nabc"},
      {"PUT", big, false, "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3145728\r\n\r\n" + big},
      {"PUT", big, true, "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3145728\r\n\r\n" + big},
  }));
  CAPTURE(method, body.size(), as_source);
  ScriptedServer server;
  auto transport = make_curl_transport({});
  auto request = request_to(server, method);
  std::size_t given = 0;
  Body source = Body::stream(body.size(), [&, &content = body](std::span<std::byte> out) -> Result<std::size_t> {
    std::size_t count = std::min({out.size(), content.size() - given, std::size_t{10'000}});
    if (count > 0) std::memcpy(out.data(), content.data() + given, count);
    given += count;
    return count;
  });
  if (as_source) {
    request.body = &source.source();
    request.body_size = body.size();
  } else {
    request.memory_body = bytes_of(body);
  }
  auto reply = transport->send(request);
  REQUIRE(!reply.error);
  CHECK(reply.status == 200);
  CHECK(reply.sends == 1);
  CHECK((wire(server) == expected));
}

TEST_CASE("a source that lies in memory is sent without being read") {
  ScriptedServer server;
  auto transport = make_curl_transport({});
  Body body = Body::view("abc");
  auto request = request_to(server, "PUT");
  request.body = &body.source();
  request.body_size = 3;
  REQUIRE(!transport->send(request).error);
  CHECK(wire(server) == "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\nabc");
  std::byte first{};
  CHECK(body.source().read({&first, 1}).value() == 1);  // its position has not moved

  request.body_size = 4;
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::invalid_argument);
  CHECK(reply.sends == 0);
}

TEST_CASE("no path is squashed, decoded or encoded on its way") {
  auto path =
      GENERATE(values<std::string>({"/b/../x", "/b/a/../../x", "/b/..", "/b/.", "/b/./a", "/b//a", "//a", "/b/", "/b/%2e%2e/x", "/b/%2F%2f",
                                    "/b/%c3%a9%C3%A9", "/b/+%25~*';,!()@:=&$", "/b/%00%0D%0A", "/b/\"<>\\^`{}|", "/b/a%20b%3FversionId"}));
  CAPTURE(path);
  ScriptedServer server;
  auto transport = make_curl_transport({});
  REQUIRE(!transport->send(request_to(server, "GET", path)).error);
  CHECK(server.requests().at(0).target == path);
}

TEST_CASE("queries pass as they are") {
  auto query = GENERATE(values<std::string>({"list-type=2&prefix=..%2F", "a", "a=", "x=/../y", "?", "versionId=a?b"}));
  CAPTURE(query);
  ScriptedServer server;
  auto transport = make_curl_transport({});
  auto request = request_to(server);
  request.query = query;
  REQUIRE(!transport->send(request).error);
  CHECK(server.requests().at(0).target == "/?" + query);
}

TEST_CASE("whatever request came before, the next goes out as it would alone") {
  ScriptedServer server([](const ServerRequest& request) { return ServerReply{.body = request.method}; });
  struct Kind {
    std::string method;
    std::string body;
    bool as_source;
    std::string header;
  };
  const std::vector<Kind> kinds = {{"GET", "", false, ""},         {"GET", "", false, "x-secret"}, {"HEAD", "", false, ""},
                                   {"DELETE", "", false, "x-d"},   {"PUT", "", false, ""},         {"PUT", "abc", false, "content-type"},
                                   {"PUT", "abcdef", true, "x-p"}, {"POST", "p", false, "accept"}, {"POST", "stream", true, ""},
                                   {"DELETE", "why", false, ""},   {"OPTIONS", "", false, "x-o"}};
  auto send = [&](Transport& transport, const Kind& kind) {
    auto request = request_to(server, kind.method);
    std::size_t given = 0;
    Body stream = Body::stream(kind.body.size(), [&](std::span<std::byte> out) -> Result<std::size_t> {
      std::size_t count = std::min(out.size(), kind.body.size() - given);
      if (count > 0) std::memcpy(out.data(), kind.body.data() + given, count);
      given += count;
      return count;
    });
    if (kind.as_source) {
      request.body = &stream.source();
      request.body_size = kind.body.size();
    } else {
      request.memory_body = bytes_of(kind.body);
    }
    if (!kind.header.empty()) request.headers.add(kind.header, "value");
    Collector collector;
    if (kind.method == "PUT") {
      request.reply_body = &collector;
      request.timeout = std::chrono::seconds(60);
    }
    auto reply = transport.send(request);
    REQUIRE(!reply.error);
    std::string body = kind.method == "PUT" ? collector.body : reply.body;
    CHECK(body == (kind.method == "HEAD" ? "" : kind.method));
    auto seen = server.requests().back();
    return seen.head + seen.body;
  };
  std::vector<std::string> alone;
  for (const Kind& kind : kinds) alone.push_back(send(*make_curl_transport({}), kind));
  auto transport = make_curl_transport({});
  for (const Kind& before : kinds) {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      CAPTURE(before.method, before.body, before.as_source, kinds[i].method, kinds[i].body, kinds[i].as_source);
      send(*transport, before);
      CHECK(send(*transport, kinds[i]) == alone[i]);
    }
  }
}

TEST_CASE("the transport's user agent goes out unless the request has its own") {
  ScriptedServer server;
  auto transport = make_curl_transport({.user_agent = "agent/1"});
  REQUIRE(!transport->send(request_to(server)).error);
  auto request = request_to(server);
  request.headers.set("User-Agent", "mine/2");
  REQUIRE(!transport->send(request).error);
  CHECK(server.requests()[0].headers.get("user-agent") == "agent/1");
  CHECK(server.requests()[1].headers.get("user-agent") == "mine/2");
}

TEST_CASE("host and content-length are the transport's own even when the request names them") {
  ScriptedServer server;
  auto transport = make_curl_transport({});
  auto request = request_to(server, "PUT");
  request.headers.add("host", "elsewhere");
  request.headers.add("content-length", "99");
  request.memory_body = bytes_of("abc");
  REQUIRE(!transport->send(request).error);
  CHECK(wire(server) == "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\nabc");
}

TEST_CASE("a reply brings status, sorted headers, body, times and the count of sends") {
  ScriptedServer server([](const ServerRequest&) {
    return ServerReply{
        .status = 418, .headers = {{"X-B", " padded\t"}, {"ETag", "\"e\""}, {"x-a", ""}, {"X-B", "2"}}, .body = "short and stout"};
  });
  auto clock = std::make_shared<FakeClock>();
  auto transport = make_curl_transport({.clock = clock});
  Collector collector;
  auto request = request_to(server);
  request.reply_body = &collector;
  auto reply = transport->send(request);
  REQUIRE(!reply.error);
  CHECK(reply.status == 418);
  CHECK(reply.body == "short and stout");
  CHECK(collector.heads == 0);  // only 2xx go there
  CHECK(reply.headers.get("etag") == "\"e\"");
  CHECK(reply.headers.get("x-b") == "padded");
  CHECK(reply.headers.size() == 5);
  CHECK(reply.headers.begin()->name == "content-length");
  CHECK(reply.sends == 1);
  CHECK(reply.sent_at == clock->now());
  CHECK(reply.received_at == clock->now());
}

TEST_CASE("bytes of a 2xx reply go to its ReplyBody after one look at the head") {
  ScriptedServer server([](const ServerRequest&) { return ServerReply{.status = 206, .body = std::string(200'000, 'x')}; });
  auto transport = make_curl_transport({});
  Collector collector;
  auto request = request_to(server);
  request.reply_body = &collector;
  request.max_reply_bytes = 10;  // bounds HttpReply::body alone
  auto reply = transport->send(request);
  REQUIRE(!reply.error);
  CHECK(collector.heads == 1);
  CHECK(collector.head_status == 206);
  CHECK(collector.content_length == "200000");
  CHECK(collector.body.size() == 200'000);
  CHECK(reply.body.empty());
}

TEST_CASE("what a ReplyBody refuses or throws ends the exchange as its error") {
  ScriptedServer server([](const ServerRequest&) { return ServerReply{.body = "x"}; });
  auto transport = make_curl_transport({});
  auto request = request_to(server);
  SECTION("at the head") {
    Collector collector;
    collector.head_failure = Error{.kind = ErrorKind::not_modified, .message = "no thanks"};
    request.reply_body = &collector;
    auto reply = transport->send(request);
    REQUIRE(reply.error);
    CHECK(reply.error->kind == ErrorKind::not_modified);
    CHECK(reply.error->message == "no thanks");
    CHECK(collector.body.empty());
  }
  SECTION("at its bytes") {
    Collector collector;
    collector.body_failure = Error{.kind = ErrorKind::permission_denied, .message = "disk"};
    request.reply_body = &collector;
    auto reply = transport->send(request);
    REQUIRE(reply.error);
    CHECK(reply.error->kind == ErrorKind::permission_denied);
  }
  SECTION("by throwing") {
    Collector collector;
    collector.throws = true;
    request.reply_body = &collector;
    auto reply = transport->send(request);
    REQUIRE(reply.error);
    CHECK(reply.error->kind == ErrorKind::internal);
    CHECK(reply.error->message == "taking the reply's body: thrown");
  }
  CHECK(!transport->send(request_to(server)).error);  // the handle is usable again
}

TEST_CASE("interim replies and trailers are not the reply") {
  ScriptedServer server;
  server.script({read_request(),
                 send_bytes("HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Final: 1\r\n\r\n3\r\nabc\r\n0\r\nX-Trailer: t\r\n\r\n"),
                 serve()});
  auto transport = make_curl_transport({});
  auto reply = transport->send(request_to(server));
  REQUIRE(!reply.error);
  CHECK(reply.status == 200);
  CHECK(reply.body == "abc");
  CHECK(reply.headers.find("x-interim") == nullptr);
  CHECK(reply.headers.find("link") == nullptr);
  CHECK(reply.headers.find("x-trailer") == nullptr);
  CHECK(reply.headers.get("x-final") == "1");
}

TEST_CASE("redirects are handed back, never followed") {
  auto location = GENERATE(values<std::string>({"/elsewhere", "http://127.0.0.1:1/", "file:///etc/passwd", "http://169.254.169.254/", ""}));
  CAPTURE(location);
  ScriptedServer server([&](const ServerRequest&) {
    ServerReply reply{.status = 307};
    if (!location.empty()) reply.headers = {{"Location", location}};
    return reply;
  });
  auto transport = make_curl_transport({});
  auto reply = transport->send(request_to(server));
  REQUIRE(!reply.error);
  CHECK(reply.status == 307);
  CHECK(reply.headers.get("location") == location);
  CHECK(server.request_count() == 1);
}

TEST_CASE("content encodings are not decoded and no encoding is asked for") {
  const std::string gzip("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x04\x00\x43\xbe\xb7\xe8\x01\x00\x00\x00", 21);
  ScriptedServer server([&](const ServerRequest&) { return ServerReply{.headers = {{"Content-Encoding", "gzip"}}, .body = gzip}; });
  auto transport = make_curl_transport({});
  auto reply = transport->send(request_to(server));
  REQUIRE(!reply.error);
  CHECK(reply.body == gzip);
  CHECK(server.requests()[0].headers.find("accept-encoding") == nullptr);
}

}  // namespace objectstore
