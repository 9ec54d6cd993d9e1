// What ends an exchange that does not end by itself: deadlines, stalls, cancellation; and hosts that cannot be reached.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "objectstore/http.h"
#include "support/catch.h"
#include "support/scripted_server.h"

namespace objectstore {
namespace {

using namespace testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

HttpRequest get(const ScriptedServer& server) {
  return {.scheme = "http", .host = server.host()};
}

class Stopwatch {
 public:
  [[nodiscard]] milliseconds elapsed() const { return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start_); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// A port of 127.0.0.1 that refuses connections: taken, so that nobody else listens there, and without a listener.
class DeadPort {
 public:
  DeadPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    host_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~DeadPort() { ::close(fd_); }
  DeadPort(const DeadPort&) = delete;
  DeadPort& operator=(const DeadPort&) = delete;
  [[nodiscard]] const std::string& host() const { return host_; }

 private:
  int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string host_;
};

/// Everything that a peer may do instead of answering. `reached` opens when it does so.
struct Stall {
  std::string what;
  std::function<std::vector<Step>(Gate&)> steps;
  bool upload = false;
};

std::vector<Stall> stalls() {
  return {
      {"silence after accept",
       [](Gate& g) {
         return std::vector<Step>{open_gate(g), silence()};
       }},
      {"silence after the request",
       [](Gate& g) {
         return std::vector<Step>{read_request(), open_gate(g), silence()};
       }},
      {"silence in the head",
       [](Gate& g) {
         return std::vector<Step>{read_request(), send_bytes("HTTP/1.1 200 OK\r\nX-"), open_gate(g), silence()};
       }},
      {"silence in the body",
       [](Gate& g) {
         return std::vector<Step>{read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), open_gate(g), silence()};
       }},
      {"a drip of head",
       [](Gate& g) {
         return std::vector<Step>{read_request(), open_gate(g),
                                  send_bytes("HTTP/1.1 200 OK\r\nX: " + std::string(10'000, 'x'), milliseconds(50))};
       }},
      {"a drip of body",
       [](Gate& g) {
         return std::vector<Step>{read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"), open_gate(g),
                                  send_bytes(std::string(10'000, 'x'), milliseconds(50))};
       }},
      {"an upload that is not read",
       [](Gate& g) {
         static Gate never;
         return std::vector<Step>{read_bytes(100), open_gate(g), wait_for(never)};
       },
       true},
  };
}

}  // namespace

TEST_CASE("a stalled peer ends at the stall limit as a timeout") {
  auto [what, steps, upload] = GENERATE(from_range(stalls()));
  CAPTURE(what);
  Gate reached;
  ScriptedServer server;
  server.script(steps(reached));
  auto transport = make_curl_transport({.stall_timeout = seconds(1), .stall_bytes_per_second = 100});
  const std::string content(upload ? 32u << 20 : 0, 'u');
  auto request = get(server);
  if (upload) {
    request.method = "PUT";
    request.memory_body = std::as_bytes(std::span(content));
  }
  Stopwatch watch;
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::timeout);
  CHECK(reply.sends == 1);
  CHECK(watch.elapsed() >= milliseconds(900));
  CHECK(watch.elapsed() < seconds(10));
}

TEST_CASE("a request may give a server that works in near silence more time than the stall limit") {
  ScriptedServer server;
  const std::string keep_alive(12, ' ');
  server.script({read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n"), send_bytes(keep_alive, milliseconds(250))});
  auto transport = make_curl_transport({.stall_timeout = seconds(1), .stall_bytes_per_second = 100});
  auto request = get(server);
  request.stall_timeout = seconds(60);
  auto reply = transport->send(request);
  CHECK_FALSE(reply.error);
  CHECK(reply.body == keep_alive);
}

TEST_CASE("the deadline ends a stalled exchange as a timeout") {
  auto [what, steps, upload] = GENERATE(from_range(stalls()));
  CAPTURE(what);
  Gate reached;
  ScriptedServer server;
  server.script(steps(reached));
  auto transport = make_curl_transport({});
  const std::string content(upload ? 32u << 20 : 0, 'u');
  auto request = get(server);
  request.timeout = milliseconds(200);
  if (upload) {
    request.method = "PUT";
    request.memory_body = std::as_bytes(std::span(content));
  }
  Stopwatch watch;
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::timeout);
  CHECK(watch.elapsed() >= milliseconds(190));
  CHECK(watch.elapsed() < seconds(5));
}

TEST_CASE("cancelling ends a stalled exchange within a second") {
  auto [what, steps, upload] = GENERATE(from_range(stalls()));
  CAPTURE(what);
  std::array<Gate, 5> gates;
  ScriptedServer server;
  auto transport = make_curl_transport({});
  const std::string content(upload ? 32u << 20 : 0, 'u');
  milliseconds best = milliseconds::max();
  for (Gate& reached : gates) {  // one attempt each, as a busy machine may hold up one or the other
    if (best < seconds(1)) break;
    server.script(steps(reached));
    CancelToken cancel;
    auto request = get(server);
    request.cancel = &cancel;
    if (upload) {
      request.method = "PUT";
      request.memory_body = std::as_bytes(std::span(content));
    }
    std::optional<Stopwatch> watch;
    std::jthread canceller([&] {
      if (!reached.wait_for(seconds(10))) return;
      watch.emplace();
      cancel.cancel();
    });
    auto reply = transport->send(request);
    canceller.join();
    REQUIRE(watch);
    best = std::min(best, watch->elapsed());
    REQUIRE(reply.error);
    CHECK(reply.error->kind == ErrorKind::cancelled);
  }
  CHECK(best < seconds(1));
  CHECK(!transport->send(get(server)).error);
}

TEST_CASE("cancelling ends a flood as well as a silence") {
  ScriptedServer server;
  server.script({read_request(), send_bytes("HTTP/1.1 200 OK\r\n\r\n"), send_forever(std::string(1u << 20, 'x'))});
  auto transport = make_curl_transport({});
  CancelToken cancel;
  class CancelLater final : public ReplyBody {
   public:
    explicit CancelLater(CancelToken given) : token(std::move(given)) {}
    Status on_head(int, const Headers&) override { return {}; }
    Status on_bytes(std::span<const std::byte> bytes) override {
      if (token.cancelled()) after += bytes.size();
      if ((count += bytes.size()) > (4u << 20)) token.cancel();
      return {};
    }
    CancelToken token;
    std::size_t count = 0;
    std::size_t after = 0;
  } body(cancel);
  auto request = get(server);
  request.cancel = &cancel;
  request.reply_body = &body;
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::cancelled);
  CHECK(body.after == 0);
}

TEST_CASE("a request that is cancelled before it starts is never sent") {
  ScriptedServer server;
  auto transport = make_curl_transport({});
  CancelToken cancel;
  cancel.cancel();
  auto request = get(server);
  request.cancel = &cancel;
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::cancelled);
  CHECK(reply.sends == 0);
  CHECK(server.connections() == 0);
}

TEST_CASE("a slow but steady transfer outlives the stall limit") {
  ScriptedServer server;
  server.script(
      {read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n"), send_bytes(std::string(300, 'x'), milliseconds(5))});
  auto transport = make_curl_transport({.stall_timeout = seconds(1), .stall_bytes_per_second = 20});
  auto reply = transport->send(get(server));
  CHECK(!reply.error);
  CHECK(reply.body.size() == 300);
}

TEST_CASE("a host that refuses connections is unavailable and certainly saw nothing") {
  const DeadPort port;
  auto transport = make_curl_transport({});
  auto reply = transport->send({.method = "PUT", .scheme = "http", .host = port.host()});
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::unavailable);
  CHECK(reply.error->message.find("127.0.0.1") != std::string::npos);
  CHECK(reply.sends == 0);
  CHECK(reply.status == 0);
}

TEST_CASE("a host without an address is unavailable and certainly saw nothing") {
  auto transport = make_curl_transport({});
  auto reply = transport->send({.scheme = "http", .host = "no-such-host.invalid"});
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::unavailable);
  CHECK(reply.error->message.find("no-such-host.invalid") != std::string::npos);
  CHECK(reply.sends == 0);
}

TEST_CASE("a port that is none is invalid") {
  auto transport = make_curl_transport({});
  for (const char* host : {"127.0.0.1:99999", "127.0.0.1:x", "[::1", "a:b:c"}) {
    CAPTURE(host);
    auto reply = transport->send({.scheme = "http", .host = host});
    REQUIRE(reply.error);
    CHECK(to_string(reply.error->kind) == "invalid_argument");
    CHECK(reply.sends == 0);
  }
}

TEST_CASE("a peer that accepts but never shakes hands ends at the connect limit") {
  ScriptedServer server;
  server.script({silence()});
  auto transport = make_curl_transport({.connect_timeout = milliseconds(200)});
  auto request = get(server);
  request.scheme = "https";
  Stopwatch watch;
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::timeout);
  CHECK(reply.sends == 0);
  CHECK(watch.elapsed() < seconds(5));
}

TEST_CASE("a peer that speaks no TLS is unsupported and saw no request") {
  ScriptedServer server;
  server.script({send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), silence()});
  auto transport = make_curl_transport({});
  auto request = get(server);
  request.scheme = "https";
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::unsupported);
  CHECK(reply.sends == 0);
}

}  // namespace objectstore
