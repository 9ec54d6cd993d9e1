// An epoll loop; replies wait in a queue, which is in the order of their time as all wait equally long.
#include "support/stub_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace objectstore::testing {
namespace {

using Clock = std::chrono::steady_clock;

int must(int result, const char* what) {
  if (result >= 0) return result;
  std::perror(what);
  std::abort();
}

}  // namespace

struct StubServer::Loop {
  struct Connection {
    int serial = 0;  ///< descriptors come again, serials do not
    std::string received;
  };
  struct Reply {
    Clock::time_point at;
    int fd;
    int serial;
  };

  StubServer& server;
  std::chrono::microseconds latency;
  int crowd;
  std::string reply;
  int listener;
  int stop;
  int epoll;
  std::unordered_map<int, Connection> connections = {};
  std::deque<Reply> replies = {};

  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    must(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }

  void accept_all() {
    while (true) {
      const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections[fd] = {++server.connections_, {}};
      watch(fd);
    }
  }

  void close_connection(int fd) {
    connections.erase(fd);
    ::close(fd);
  }

  void read_from(int fd) {
    Connection& connection = connections.at(fd);
    std::array<char, 4096> buffer{};
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count <= 0) return close_connection(fd);
    connection.received.append(buffer.data(), static_cast<std::size_t>(count));
    if (connection.received.find("\r\n\r\n") == std::string::npos) return;
    connection.received.clear();
    ++server.requests_;
    if (latency.count() == 0 && crowd == 0) return answer(fd);
    replies.push_back({Clock::now() + latency, fd, connection.serial});
    server.most_at_a_time_ = std::max(server.most_at_a_time_.load(), static_cast<int>(replies.size()));
  }

  void answer(int fd) {
    const ssize_t sent = ::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);  // small enough for any socket's buffer
    if (sent != static_cast<ssize_t>(reply.size())) close_connection(fd);
  }

  [[nodiscard]] bool may_answer() const { return !replies.empty() && server.requests_ >= crowd; }

  void answer_due() {
    if (!may_answer()) return;
    const auto now = Clock::now();
    while (!replies.empty() && replies.front().at <= now) {
      const Reply due = replies.front();
      replies.pop_front();
      const auto found = connections.find(due.fd);
      if (found != connections.end() && found->second.serial == due.serial) answer(due.fd);
    }
  }

  void run() {
    std::array<epoll_event, 256> events{};
    while (true) {
      int milliseconds = -1;
      if (may_answer()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(replies.front().at - Clock::now());
        milliseconds = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
      }
      const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), milliseconds);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == stop) return;
        if (fd == listener) {
          accept_all();
        } else if (connections.contains(fd)) {
          read_from(fd);
        }
      }
      answer_due();
    }
  }

  ~Loop() {
    for (const auto& [fd, connection] : connections) ::close(fd);
    ::close(epoll);
    ::close(stop);
    ::close(listener);
  }
};

StubServer::StubServer(std::chrono::microseconds latency, std::size_t body_bytes, std::uint16_t port, int crowd) {
  const int listener = must(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  must(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  must(::listen(listener, 4096), "listen");
  socklen_t size = sizeof address;
  must(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  port_ = ntohs(address.sin_port);

  std::string reply = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nServer: stub\r\nAccept-Ranges: bytes\r\n";
  reply += "Content-Type: application/octet-stream\r\nETag: \"0f343b0931126a20f133d67c2b018a3b\"\r\n";
  reply += "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nx-amz-request-id: 17E2B0F1C5A8D3E4\r\n";
  reply += "Content-Length: " + std::to_string(body_bytes) + "\r\n\r\n" + std::string(body_bytes, 'x');
  const int stop = must(::eventfd(0, EFD_CLOEXEC), "eventfd");
  const int epoll = must(::epoll_create1(EPOLL_CLOEXEC), "epoll");
  loop_ = std::unique_ptr<Loop>(new Loop{*this, latency, crowd, std::move(reply), listener, stop, epoll});
  loop_->watch(listener);
  loop_->watch(stop);
  thread_ = std::thread([this] { loop_->run(); });
}

StubServer::~StubServer() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(loop_->stop, &one, sizeof one));
  thread_.join();
}

}  // namespace objectstore::testing
