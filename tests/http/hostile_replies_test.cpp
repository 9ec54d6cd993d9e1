// Replies that are broken, cut or made to hurt: a typed error each, bounded memory, and a transport that works on.
#include "objectstore/http.h"
#include "support/catch.h"
#include "support/scripted_server.h"

namespace objectstore {
namespace {

using namespace testing;

HttpRequest get(const ScriptedServer& server) {
  return {.scheme = "http", .host = server.host()};
}

/// Counts what it is given.
class Counter final : public ReplyBody {
 public:
  Status on_head(int, const Headers&) override { return {}; }
  Status on_bytes(std::span<const std::byte> bytes) override {
    count += bytes.size();
    return {};
  }
  std::size_t count = 0;
};

struct Case {
  std::string what;
  std::string bytes;
  ErrorKind kind;
  std::string says;  ///< part of the message
  int status = 0;
};

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("a broken reply is a typed error that says what is wrong with it") {
  using enum ErrorKind;
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  auto [what, bytes, kind, says, status] = GENERATE_COPY(values<Case>({
      {"nothing at all", "", unavailable, "Empty reply"},
      {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", corrupt, "HTTP/0.9"},
      {"HTML without a head", "<html><body>502</body></html>", corrupt, "HTTP/0.9"},
      {"status of letters", "HTTP/1.1 abc OK\r\n\r\n", corrupt, ""},
      {"status of two digits", "HTTP/1.1 20 OK\r\n\r\n", corrupt, ""},
      {"status of 0", "HTTP/1.1 000 OK\r\n\r\n", corrupt, ""},
      {"cut in the status line", "HTTP/1.1 2", unavailable, ""},
      {"cut in the head", ok + "Content-Len", unavailable, "cut in its head", 200},
      {"cut after a header", ok + "Content-Length: 0\r\n", unavailable, "", 200},
      {"only interim replies", "HTTP/1.1 100 Continue\r\n\r\n", unavailable, ""},
      {"body cut", ok + "Content-Length: 10\r\n\r\nfive!", unavailable, "5 of 10 bytes arrived", 200},
      {"body missing", ok + "Content-Length: 10\r\n\r\n", unavailable, "0 of 10 bytes arrived", 200},
      {"chunks cut before the last", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nfive!\r\n", unavailable, "cut: 5 bytes arrived", 200},
      {"chunk cut inside", ok + "Transfer-Encoding: chunked\r\n\r\nff\r\nfive!", unavailable, "cut: 5 bytes arrived", 200},
      {"chunk size no hex", ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nfive!\r\n0\r\n\r\n", corrupt, "chunked", 200},
      {"chunk size beyond 64 bits", ok + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nfive!\r\n0\r\n\r\n", corrupt, "chunked",
       200},
      {"Content-Length twice, different", ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nfive!!", corrupt, "two Content-Lengths", 200},
      {"Content-Length a list", ok + "Content-Length: 5, 5\r\n\r\nfive!", corrupt, "Content-Length", 200},
      {"Content-Length negative", ok + "Content-Length: -5\r\n\r\nfive!", corrupt, "Content-Length", 200},
      {"Content-Length signed", ok + "Content-Length: +5\r\n\r\nfive!", corrupt, "Content-Length", 200},
      {"Content-Length hex", ok + "Content-Length: 0x5\r\n\r\nfive!", corrupt, "Content-Length", 200},
      {"Content-Length empty", ok + "Content-Length:\r\n\r\nfive!", corrupt, "Content-Length", 200},
      {"Content-Length with a comment", ok + "Content-Length: 5 bytes\r\n\r\nfive!", corrupt, "Content-Length", 200},
      {"Content-Length 2^63", ok + "Content-Length: 9223372036854775808\r\n\r\nfive!", corrupt, "Content-Length", 200},
      {"Content-Length 2^64 + 5", ok + "Content-Length: 18446744073709551621\r\n\r\nfive!", corrupt, "Content-Length", 200},
      {"line without a colon", ok + "no header\r\nContent-Length: 0\r\n\r\n", corrupt, "", 200},
      {"folded header", ok + "X-A: 1\r\n  2\r\nContent-Length: 0\r\n\r\n", corrupt, "", 200},
      {"name with a space", ok + "X A: 1\r\nContent-Length: 0\r\n\r\n", corrupt, "no header", 200},
      {"empty name", ok + ": 1\r\nContent-Length: 0\r\n\r\n", corrupt, "no header", 200},
      {"NUL in a header", ok + std::string("X-A: 1\0002\r\n", 10) + "Content-Length: 0\r\n\r\n", corrupt, "", 200},
      {"line of 70 KB", ok + "X-A: " + std::string(70'000, 'a') + "\r\nContent-Length: 0\r\n\r\n", corrupt, "longer than 65536", 200},
      {"line of 1 MB", ok + "X-A: " + std::string(1'000'000, 'a') + "\r\nContent-Length: 0\r\n\r\n", corrupt, "too long", 200},
      {"head of 300 KB", ok + repeated("X-A: " + std::string(1'000, 'a') + "\r\n", 300) + "\r\n", corrupt, "", 200},
      {"2,000 headers", ok + repeated("a: b\r\n", 2'000) + "\r\n", corrupt, "more than 1000 headers", 200},
      {"interim replies without end", repeated("HTTP/1.1 100 Continue\r\nX-A: " + std::string(1'000, 'a') + "\r\n\r\n", 400), corrupt, ""},
  }));
  CAPTURE(what);
  ScriptedServer server;
  server.script({read_request(), send_bytes(bytes), close_connection()});
  auto transport = make_curl_transport({});
  auto reply = transport->send(get(server));
  REQUIRE(reply.error);
  CAPTURE(reply.error->message);
  CHECK(to_string(reply.error->kind) == to_string(kind));
  CHECK(reply.error->message.find(says) != std::string::npos);
  CHECK(reply.error->message.find("127.0.0.1") != std::string::npos);
  CHECK(reply.status == status);
  CHECK(reply.sends == 1);

  auto next = transport->send(get(server));
  CHECK(!next.error);
  CHECK(next.status == 200);
}

TEST_CASE("odd replies that HTTP allows are replies") {
  struct Odd {
    std::string what;
    std::string bytes;
    int status;
    std::string body;
  };
  auto [what, bytes, status, body] = GENERATE(values<Odd>({
      {"no reason", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, "ok"},
      {"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, "ok"},
      {"HTTP/1.0 to the end of the connection", "HTTP/1.0 200 OK\r\n\r\nto the end", 200, "to the end"},
      {"no length, to the end of the connection", "HTTP/1.1 200 OK\r\n\r\nto the end", 200, "to the end"},
      {"Content-Length twice, the same", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", 200, "ok"},
      {"leading zeros", "HTTP/1.1 200 OK\r\nContent-Length: 0002\r\n\r\nok", 200, "ok"},
      {"204 with a length", "HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n", 204, ""},
      {"304 with the object's length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n", 304, ""},
      {"unknown status", "HTTP/1.1 599 ?\r\nContent-Length: 2\r\n\r\nok", 599, "ok"},
      {"chunk extensions", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n", 200, "ok"},
  }));
  CAPTURE(what);
  ScriptedServer server;
  server.script({read_request(), send_bytes(bytes), close_connection()});
  auto transport = make_curl_transport({});
  auto reply = transport->send(get(server));
  REQUIRE(!reply.error);
  CHECK(reply.status == status);
  CHECK(reply.body == body);
}

TEST_CASE("bytes beyond the Content-Length are never taken for the body or for the next reply") {
  ScriptedServer server;
  server.script({read_request(),
                 send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"), serve()});
  auto transport = make_curl_transport({});
  auto first = transport->send(get(server));
  REQUIRE(!first.error);
  CHECK(first.body == "ok");
  auto second = transport->send(get(server));
  REQUIRE(!second.error);
  CHECK(second.body.empty());
  CHECK(server.connections() == 2);
}

TEST_CASE("a HEAD reply's length is that of the object, and bytes after it are no body") {
  ScriptedServer server;
  server.script({read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), serve()});
  auto transport = make_curl_transport({});
  auto request = get(server);
  request.method = "HEAD";
  auto reply = transport->send(request);
  REQUIRE(!reply.error);
  CHECK(reply.headers.get("content-length") == "99999999999");
  CHECK(reply.body.empty());
}

TEST_CASE("a body beyond max_reply_bytes ends early, whether it was announced or not") {
  struct Large {
    std::string what;
    std::vector<Step> steps;
  };
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  auto [what, steps] = GENERATE_COPY(values<Large>({
      {"announced", {read_request(), send_bytes("HTTP/1.1 404 No\r\nContent-Length: 1001\r\n\r\n"), silence()}},
      {"announced as terabytes", {read_request(), send_bytes("HTTP/1.1 404 No\r\nContent-Length: 99999999999999\r\n\r\n"), silence()}},
      {"to the end", {read_request(), send_bytes("HTTP/1.1 404 No\r\n\r\n"), send_forever(std::string(4096, 'x'))}},
      {"chunked without end", {read_request(), send_bytes("HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n"), send_forever(chunk)}},
  }));
  CAPTURE(what);
  ScriptedServer server;
  server.script(steps);
  auto transport = make_curl_transport({});
  auto request = get(server);
  request.max_reply_bytes = 1000;
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::corrupt);
  CHECK(reply.error->message.find("larger than 1000 bytes") != std::string::npos);
  CHECK(reply.status == 404);
  CHECK(reply.body.size() <= 1000);
}

TEST_CASE("a body of exactly max_reply_bytes is taken") {
  ScriptedServer server([](const ServerRequest&) { return ServerReply{.body = std::string(1000, 'x')}; });
  auto transport = make_curl_transport({});
  auto request = get(server);
  request.max_reply_bytes = 1000;
  auto reply = transport->send(request);
  CHECK(!reply.error);
  CHECK(reply.body.size() == 1000);
}

TEST_CASE("a header stream without end is cut off at the head's bound") {
  ScriptedServer server;
  server.script({read_request(), send_bytes("HTTP/1.1 200 OK\r\n"), send_forever("X-A: " + std::string(500, 'a') + "\r\n")});
  auto transport = make_curl_transport({});
  auto reply = transport->send(get(server));
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::corrupt);
}

TEST_CASE("a reply that ends by FIN or RST at any byte is never taken for a whole one") {
  const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\nETag: \"e\"\r\n\r\ntwenty bytes of body";
  const bool reset = GENERATE(false, true);
  ScriptedServer server;
  auto transport = make_curl_transport({});
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CAPTURE(cut, reset);
    server.reply({.raw = whole, .cut_at = cut, .reset = reset});
    Counter counter;
    auto request = get(server);
    request.reply_body = &counter;
    auto reply = transport->send(request);
    REQUIRE(reply.error);
    CHECK(reply.error->kind == ErrorKind::unavailable);
    CHECK(reply.sends == 1);
    CHECK(counter.count < 20);
  }
  server.reply({.raw = whole});
  auto reply = transport->send(get(server));
  CHECK(!reply.error);
  CHECK(reply.body == "twenty bytes of body");
}

TEST_CASE("a connection that ends at any byte of the request is an error that says it was sent") {
  const std::string body(3000, 'b');
  const bool reset = GENERATE(false, true);
  for (std::size_t cut :
       {std::size_t{0}, std::size_t{1}, std::size_t{30}, std::size_t{60}, std::size_t{100}, std::size_t{2000}, std::size_t{3000}}) {
    CAPTURE(cut, reset);
    ScriptedServer server;
    server.script({read_bytes(cut), reset ? reset_connection() : close_connection()});
    auto transport = make_curl_transport({});
    auto request = get(server);
    request.method = "PUT";
    request.memory_body = std::as_bytes(std::span(body));
    auto reply = transport->send(request);
    REQUIRE(reply.error);
    CHECK(reply.error->kind == ErrorKind::unavailable);
    CHECK(reply.sends <= 1);  // 0: the reset came before anything was sent
  }
}

}  // namespace objectstore
