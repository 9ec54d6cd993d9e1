// The scripted server itself, spoken to over bare sockets.
#include "support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "support/catch.h"

namespace objectstore::testing {
namespace {

class Socket {
 public:
  explicit Socket(const ScriptedServer& server) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server.port());
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void send(std::string_view text) const {
    REQUIRE(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  /// Everything up to the end; "RST" is added when the end was a reset.
  [[nodiscard]] std::string receive_all() const {
    std::string all;
    std::array<char, 4096> chunk;
    for (;;) {
      ssize_t count = ::recv(fd_, chunk.data(), chunk.size(), 0);
      if (count < 0) return all + (errno == ECONNRESET ? "RST" : "?");
      if (count == 0) return all;
      all.append(chunk.data(), static_cast<std::size_t>(count));
    }
  }
  [[nodiscard]] std::string receive(std::size_t size) const {
    std::string all(size, '\0');
    REQUIRE(::recv(fd_, all.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size));
    return all;
  }

 private:
  int fd_;
};

}  // namespace

TEST_CASE("the handler sees the request and its reply is framed") {
  ScriptedServer server([](const ServerRequest& request) {
    return ServerReply{.status = 201, .headers = {{"ETag", "x"}}, .body = request.body};
  });
  Socket socket(server);
  socket.send("PUT /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nX-One:  two \r\n\r\nabc");
  std::string expected = "HTTP/1.1 201 Scripted\r\nETag: x\r\nContent-Length: 3\r\n\r\nabc";
  CHECK(socket.receive(expected.size()) == expected);
  socket.send("HEAD /second HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK(socket.receive_all() == "HTTP/1.1 201 Scripted\r\nETag: x\r\nContent-Length: 0\r\n\r\n");

  auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].method == "PUT");
  CHECK(requests[0].target == "/a%20b?x=1&y");
  CHECK(requests[0].path == "/a%20b");
  CHECK(requests[0].query == "x=1&y");
  CHECK(requests[0].headers.get("x-one") == " two ");
  CHECK(requests[0].body == "abc");
  CHECK(requests[0].complete);
  CHECK(requests[0].connection == 1);
  CHECK(requests[0].index == 0);
  CHECK(requests[1].index == 1);
}

TEST_CASE("scripts are played per connection, byte by byte, to a FIN or a reset") {
  ScriptedServer server;
  server.script({read_request(), send_bytes("garbage"), close_connection()});
  server.script({read_bytes(4), send_bytes("x", std::chrono::milliseconds(1)), reset_connection()});
  Socket first(server);
  first.send("GET / HTTP/1.1\r\n\r\n");
  CHECK(first.receive_all() == "garbage");
  Socket second(server);
  second.send("GET ");
  std::string got = second.receive_all();
  CHECK((got == "xRST" || got == "RST"));
  CHECK(server.wait_for_closed(2));
  CHECK(server.request_count() == 1);
}

TEST_CASE("queued replies come in turn before the handler's, and cuts fall at the byte asked for") {
  ScriptedServer server([](const ServerRequest&) { return ServerReply{.status = 404}; });
  server.reply({.status = 503}).reply({.body = "12345", .cut_at = 46});
  Socket first(server);
  first.send("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  std::string two = "HTTP/1.1 503 Scripted\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 Scripted\r\nContent-Length: 5\r\n\r\n12";
  CHECK(first.receive_all() == two);
  Socket second(server);
  second.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK(second.receive_all() == "HTTP/1.1 404 Scripted\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("idle connections are closed on demand, and the server ends while scripts wait") {
  Gate never;
  Gate reached;
  ScriptedServer server;
  Socket idle(server);
  idle.send("GET / HTTP/1.1\r\n\r\n");
  std::string expected = "HTTP/1.1 200 Scripted\r\nContent-Length: 0\r\n\r\n";
  CHECK(idle.receive(expected.size()) == expected);
  server.close_idle();
  CHECK(idle.receive_all().empty());

  server.script({open_gate(reached), wait_for(never)});
  server.script({silence()});
  server.script({send_forever("x")});
  server.script({send_bytes("drip", std::chrono::hours(1))});
  Socket waiting(server), silent(server), flooded(server), dripping(server);
  CHECK(reached.wait_for(std::chrono::seconds(10)));
}

}  // namespace objectstore::testing
