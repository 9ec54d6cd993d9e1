// The libcurl transport on the wire: what goes out byte by byte, what comes back, connections and re-sends.
#include <algorithm>
#include <cstring>
#include <thread>

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

TEST_CASE("nothing of one request leaks into the next") {
  ScriptedServer server([](const ServerRequest& request) { return ServerReply{.body = request.method}; });
  auto transport = make_curl_transport({.user_agent = "agent/1"});
  Collector collector;
  Body stream = Body::stream(3, [](std::span<std::byte> out) -> Result<std::size_t> {
    static int calls = 0;
    if (calls++ > 0) return std::size_t{0};
    std::memcpy(out.data(), "abc", 3);
    return std::size_t{3};
  });
  auto put = request_to(server, "PUT", "/put");
  put.headers.add("content-type", "text/x");
  put.headers.add("x-secret", "1");
  put.body = &stream.source();
  put.body_size = 3;
  put.reply_body = &collector;
  put.timeout = std::chrono::seconds(5);
  REQUIRE(!transport->send(put).error);
  REQUIRE(!transport->send(request_to(server, "HEAD", "/head")).error);
  auto post = request_to(server, "POST", "/post");
  post.memory_body = bytes_of("p");
  REQUIRE(!transport->send(post).error);
  auto got = transport->send(request_to(server, "GET", "/get"));
  REQUIRE(!got.error);
  CHECK(got.body == "GET");

  auto requests = server.requests();
  REQUIRE(requests.size() == 4);
  CHECK(requests[1].headers.size() == 2);  // host, user-agent
  CHECK(requests[2].headers.size() == 3);  // content-length besides
  CHECK(requests[2].body == "p");
  CHECK(requests[3].headers.size() == 2);
  CHECK(requests[3].headers.get("user-agent") == "agent/1");
  CHECK(server.connections() == 1);
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

TEST_CASE("connections are kept and used again") {
  ScriptedServer server([](const ServerRequest&) { return ServerReply{.body = "x"}; });
  auto transport = make_curl_transport({});
  for (int i = 0; i < 20; ++i) REQUIRE(!transport->send(request_to(server, i % 2 == 0 ? "GET" : "PUT")).error);
  CHECK(server.connections() == 1);
}

TEST_CASE("an idle connection that the server closed is noticed before a request goes out on it") {
  ScriptedServer server;
  auto transport = make_curl_transport({});
  REQUIRE(!transport->send(request_to(server)).error);
  server.close_idle();
  auto reply = transport->send(request_to(server, "PUT"));
  REQUIRE(!reply.error);
  CHECK(reply.sends == 1);
  CHECK(server.connections() == 2);
}

TEST_CASE("connections older than max_idle are not used again") {
  ScriptedServer server;
  auto transport = make_curl_transport({.max_idle = std::chrono::seconds(0)});
  REQUIRE(!transport->send(request_to(server)).error);
  REQUIRE(!transport->send(request_to(server)).error);
  CHECK(server.connections() == 2);
}

TEST_CASE("a re-send on a connection that died under the request is counted, whatever the body") {
  struct Case {
    std::string what;
    bool reset;
    int body;  ///< 0 none, 1 memory, 2 source
  };
  auto [what, reset, body] = GENERATE(values<Case>({{"GET, closed", false, 0},
                                                    {"GET, reset", true, 0},
                                                    {"memory, closed", false, 1},
                                                    {"memory, reset", true, 1},
                                                    {"source, closed", false, 2},
                                                    {"source, reset", true, 2}}));
  CAPTURE(what);
  ScriptedServer server;
  // The first connection answers once, takes a second request whole and dies without a byte of reply.
  server.script({read_request(), send_bytes(ok_reply("1")), read_request(), reset ? reset_connection() : close_connection()});
  auto transport = make_curl_transport({});
  REQUIRE(!transport->send(request_to(server)).error);

  const std::string content(150'000, 'c');
  std::size_t given = 0;
  int rewinds = 0;
  Body source = Body::stream(
      content.size(),
      [&](std::span<std::byte> out) -> Result<std::size_t> {
        std::size_t count = std::min(out.size(), content.size() - given);
        if (count > 0) std::memcpy(out.data(), content.data() + given, count);
        given += count;
        return count;
      },
      [&]() -> Status {
        ++rewinds;
        given = 0;
        return {};
      });
  auto request = request_to(server, body == 0 ? "GET" : "PUT");
  if (body == 1) request.memory_body = bytes_of(content);
  if (body == 2) {
    request.body = &source.source();
    request.body_size = content.size();
  }
  auto reply = transport->send(request);
  REQUIRE(!reply.error);
  CHECK(reply.status == 200);
  CHECK(reply.sends == 2);
  CHECK(rewinds == (body == 2 ? 1 : 0));
  auto requests = server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[1].connection == 1);
  CHECK(requests[2].connection == 2);
  CHECK((requests[2].body == (body == 0 ? "" : content)));
}

TEST_CASE("a body whose rewind fails is reported, not sent truncated") {
  ScriptedServer server;
  server.script({read_request(), send_bytes(ok_reply("1")), read_request(), reset_connection()});
  auto transport = make_curl_transport({});
  REQUIRE(!transport->send(request_to(server)).error);
  bool given = false;
  Body source = Body::stream(
      3,
      [&](std::span<std::byte> out) -> Result<std::size_t> {
        if (std::exchange(given, true)) return std::size_t{0};
        std::memcpy(out.data(), "abc", 3);
        return std::size_t{3};
      },
      []() -> Status { return Error{.kind = ErrorKind::unsupported, .message = "cannot rewind a pipe"}; });
  auto request = request_to(server, "PUT");
  request.body = &source.source();
  request.body_size = 3;
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::unsupported);
  CHECK(reply.error->message.find("cannot rewind a pipe") != std::string::npos);
  CHECK(reply.sends == 1);
  CHECK(server.request_count() == 2);
}

TEST_CASE("a body that can be read only once goes out on a connection of its own, where no re-send can be needed") {
  ScriptedServer server;
  server.script({read_request(), send_bytes(ok_reply("1")), read_request(), reset_connection()});
  auto transport = make_curl_transport({});
  REQUIRE(!transport->send(request_to(server)).error);
  Body source = Body::stream(3, [given = false](std::span<std::byte> out) mutable -> Result<std::size_t> {
    if (std::exchange(given, true)) return std::size_t{0};
    std::memcpy(out.data(), "abc", 3);
    return std::size_t{3};
  });
  auto request = request_to(server, "PUT");
  request.body = &source.source();
  request.body_size = 3;
  auto reply = transport->send(request);
  REQUIRE(!reply.error);
  CHECK(reply.sends == 1);
  CHECK(server.requests().at(1).connection == 2);
  CHECK(server.requests().at(1).body == "abc");
}

TEST_CASE("a first connection that dies is not tried again behind the caller's back") {
  ScriptedServer server;
  server.script({read_request(), close_connection()});
  auto transport = make_curl_transport({});
  auto reply = transport->send(request_to(server));
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::unavailable);
  CHECK(reply.sends == 1);
  CHECK(server.connections() == 1);
}

TEST_CASE("a source that fails, ends early or goes on ends the upload before it is whole") {
  struct Case {
    std::string what;
    std::uint64_t declared;
    std::size_t gives;
    std::optional<std::size_t> fails_at;
    ErrorKind kind;
  };
  auto [what, declared, gives, fails_at, kind] = GENERATE(values<Case>({
      {"short", 100, 99, std::nullopt, ErrorKind::invalid_argument},
      {"empty", 100, 0, std::nullopt, ErrorKind::invalid_argument},
      {"long by one", 100, 101, std::nullopt, ErrorKind::invalid_argument},
      {"long though declared empty", 0, 1, std::nullopt, ErrorKind::invalid_argument},
      {"long and large", 200'000, 300'000, std::nullopt, ErrorKind::invalid_argument},
      {"fails at once", 100, 100, 0, ErrorKind::permission_denied},
      {"fails in the middle", 200'000, 200'000, 100'000, ErrorKind::permission_denied},
      {"fails at the last byte", 200'000, 200'000, 199'999, ErrorKind::permission_denied},
      {"fails after the last byte", 200'000, 200'000, 200'000, ErrorKind::permission_denied},
  }));
  CAPTURE(what);
  ScriptedServer server;
  auto transport = make_curl_transport({});
  std::size_t given = 0;
  Body source = Body::stream(declared, [&, &total = gives, &failing = fails_at](std::span<std::byte> out) -> Result<std::size_t> {
    if (failing && given == *failing) return Error{.kind = ErrorKind::permission_denied, .message = "source"};
    std::size_t count = std::min(out.size(), total - given);
    if (failing) count = std::min(count, *failing - given);
    given += count;
    return count;
  });
  auto request = request_to(server, "PUT");
  request.body = &source.source();
  request.body_size = declared;
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == kind);
  CHECK(reply.status == 0);
  if (declared == 0) {
    CHECK(reply.sends == 0);
    return;
  }
  REQUIRE(server.wait_for_closed(1));
  for (const auto& seen : server.requests()) CHECK_FALSE(seen.complete);
  CHECK(!transport->send(request_to(server)).error);
}

TEST_CASE("a source that throws is an error of its own") {
  ScriptedServer server;
  class Throwing final : public BodySource {
    Result<std::optional<std::uint64_t>> size() override { return std::optional<std::uint64_t>(3); }
    Result<std::size_t> read(std::span<std::byte>) override { throw std::runtime_error("thrown"); }
    Status rewind() override { return {}; }
  } source;
  auto transport = make_curl_transport({});
  auto request = request_to(server, "PUT");
  request.body = &source;
  request.body_size = 3;
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::internal);
  CHECK(reply.error->message == "reading the request's body: thrown");
}

TEST_CASE("an early refusal of a large upload is a reply, not a failure") {
  ScriptedServer server;
  server.script({read_bytes(1000), send_bytes("HTTP/1.1 403 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"), silence()});
  auto transport = make_curl_transport({});
  const std::string content(4u << 20, 'c');
  auto request = request_to(server, "PUT");
  request.memory_body = bytes_of(content);
  auto reply = transport->send(request);
  REQUIRE(!reply.error);
  CHECK(reply.status == 403);
  CHECK(reply.body == "no");
}

TEST_CASE("a callback may send on the same transport") {
  ScriptedServer server([](const ServerRequest&) { return ServerReply{.body = "x"}; });
  auto transport = make_curl_transport({});
  class Nested final : public ReplyBody {
   public:
    Nested(Transport& given, HttpRequest inner) : transport(given), request(std::move(inner)) {}
    Status on_head(int, const Headers&) override { return {}; }
    Status on_bytes(std::span<const std::byte>) override {
      reply = transport.send(request);
      return {};
    }
    Transport& transport;
    HttpRequest request;
    HttpReply reply;
  } nested(*transport, request_to(server, "GET", "/inner"));
  auto request = request_to(server, "GET", "/outer");
  request.reply_body = &nested;
  REQUIRE(!transport->send(request).error);
  CHECK(!nested.reply.error);
  CHECK(nested.reply.body == "x");
}

TEST_CASE("many threads share one transport, each with connections of its own") {
  constexpr int kThreads = 16;
  constexpr int kRequests = 200;
  ScriptedServer server([](const ServerRequest& request) {
    return ServerReply{.headers = {{"x-path", request.path}}, .body = request.body};
  });
  auto transport = make_curl_transport({});
  std::vector<int> right(kThreads, 0);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kRequests; ++i) {
          std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
          std::string body = "body of " + path;
          auto request = request_to(server, "PUT", path);
          request.memory_body = bytes_of(body);
          auto reply = transport->send(request);
          if (!reply.error && reply.body == body && reply.headers.get("x-path") == path) ++right[static_cast<std::size_t>(t)];
        }
      });
    }
  }
  CHECK(std::count(right.begin(), right.end(), kRequests) == kThreads);
  CHECK(server.request_count() == kThreads * kRequests);
  CHECK(server.connections() <= kThreads);
}

TEST_CASE("transports come and go in many threads at once") {
  ScriptedServer server;
  std::vector<std::jthread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        auto transport = make_curl_transport({});
        if (!transport->send(request_to(server)).error) ++right;
      }
    });
  }
  threads.clear();
  CHECK(right == 160);
}

}  // namespace objectstore
