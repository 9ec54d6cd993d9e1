// What the kernel is told of libcurl's sockets, as /proc shows it.
#include "http/socket_watch.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <optional>
#include <string>

#include "support/catch.h"

namespace objectstore::http {
namespace {

struct Pair {
  std::array<int, 2> ends{-1, -1};
  Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0); }
  ~Pair() {
    for (const int end : ends) ::close(end);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  [[nodiscard]] int socket() const { return ends[0]; }
  void speak() const { REQUIRE(::write(ends[1], "x", 1) == 1); }
};

/// What the kernel looks at `socket` for: nothing = it does not.
std::optional<std::uint32_t> looked_at(const SocketWatch& watch, int socket) {
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(watch.epoll()));
  for (std::string word; info >> word;) {
    int number = -1;
    std::string events;
    if (word == "tfd:" && info >> number >> word >> events && number == socket) {
      return static_cast<std::uint32_t>(std::stoul(events, nullptr, 16)) & (EPOLLIN | EPOLLOUT);
    }
  }
  return std::nullopt;
}

/// What epoll tells now: nothing = nothing.
std::optional<epoll_event> told(const SocketWatch& watch) {
  epoll_event event{};
  if (::epoll_wait(watch.epoll(), &event, 1, 0) != 1) return std::nullopt;
  return event;
}

}  // namespace

TEST_CASE("a connection's socket stays with the kernel between two requests") {
  SocketWatch watch;
  REQUIRE(watch.open());
  const Pair pair;
  const int socket = pair.socket();
  REQUIRE(watch.opened(socket));
  REQUIRE(watch.want(socket, EPOLLOUT));
  CHECK(looked_at(watch, socket) == EPOLLOUT);
  REQUIRE(watch.want(socket, EPOLLIN));
  CHECK(looked_at(watch, socket) == EPOLLIN);
  REQUIRE(watch.want(socket, 0));
  CHECK(looked_at(watch, socket) == EPOLLIN);
  REQUIRE(watch.want(socket, EPOLLIN));
  CHECK_FALSE(told(watch));
  pair.speak();
  const auto event = told(watch);
  REQUIRE(event);
  CHECK(event->data.fd == socket);
  CHECK(watch.wanted(socket, event->events));
}

TEST_CASE("a connection that speaks between two requests is heard once, and again with the next request") {
  SocketWatch watch;
  REQUIRE(watch.open());
  const Pair pair;
  const int socket = pair.socket();
  REQUIRE(watch.opened(socket));
  REQUIRE(watch.want(socket, EPOLLIN));
  REQUIRE(watch.want(socket, 0));
  pair.speak();
  const auto event = told(watch);
  REQUIRE(event);
  CHECK_FALSE(watch.wanted(socket, event->events));
  CHECK_FALSE(told(watch));
  CHECK_FALSE(looked_at(watch, socket));
  REQUIRE(watch.want(socket, EPOLLIN));
  const auto again = told(watch);
  REQUIRE(again);
  CHECK(watch.wanted(socket, again->events));
  REQUIRE(watch.want(socket, 0));
  CHECK(looked_at(watch, socket) == EPOLLIN);  // its end is still told
}

TEST_CASE("room to write, which there nearly always is, is not looked for a moment too long") {
  SocketWatch watch;
  REQUIRE(watch.open());
  const Pair pair;
  const int socket = pair.socket();
  REQUIRE(watch.opened(socket));
  REQUIRE(watch.want(socket, EPOLLIN | EPOLLOUT));
  CHECK(told(watch));
  REQUIRE(watch.want(socket, EPOLLIN));
  CHECK_FALSE(told(watch));
  REQUIRE(watch.want(socket, EPOLLIN | EPOLLOUT));
  REQUIRE(watch.want(socket, 0));
  CHECK_FALSE(looked_at(watch, socket));
}

TEST_CASE("a socket whose end is not told leaves the kernel as soon as libcurl takes it back") {
  SocketWatch watch;
  REQUIRE(watch.open());
  const Pair pair;
  REQUIRE(watch.want(pair.socket(), EPOLLIN));
  CHECK(looked_at(watch, pair.socket()) == EPOLLIN);
  REQUIRE(watch.want(pair.socket(), 0));
  CHECK_FALSE(looked_at(watch, pair.socket()));
}

TEST_CASE("a closed connection is not heard again, though a forked child may hold it open") {
  SocketWatch watch;
  REQUIRE(watch.open());
  const Pair pair;
  const int socket = ::dup(pair.socket());  // the pair's own end is the child's
  REQUIRE(socket >= 0);
  REQUIRE(watch.opened(socket));
  REQUIRE(watch.want(socket, EPOLLIN));
  REQUIRE(watch.want(socket, 0));
  watch.closing(socket);
  ::close(socket);
  pair.speak();
  CHECK_FALSE(told(watch));
  CHECK_FALSE(watch.wanted(socket, EPOLLIN));  // told before it was closed
}

TEST_CASE("a number that was closed and given away without a word is looked at as what it is now") {
  const bool a_connection = GENERATE(false, true);
  SocketWatch watch;
  REQUIRE(watch.open());
  const Pair pair;
  int socket = -1;
  {
    const Pair before;
    socket = ::dup(before.socket());
    REQUIRE(watch.want(socket, EPOLLOUT));
    ::close(socket);
  }
  REQUIRE(::dup2(pair.socket(), socket) == socket);
  if (a_connection) REQUIRE(watch.opened(socket));
  REQUIRE(watch.want(socket, EPOLLIN));
  pair.speak();
  const auto event = told(watch);
  REQUIRE(event);
  CHECK(event->data.fd == socket);
  CHECK(watch.wanted(socket, event->events));
  ::close(socket);
}

}  // namespace objectstore::http
