// Connections of the libcurl transport: reuse, death and re-sends, sources that fail under way, many threads.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>

#include "objectstore/http.h"
#include "support/catch.h"
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

}  // namespace

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
