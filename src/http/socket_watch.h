// What epoll looks at, for libcurl, which changes its mind with every request.
#pragma once

#include <cstdint>
#include <vector>

#include "io/file_descriptor.h"
#include "objectstore/result.h"

namespace objectstore::http {

/// An epoll, and what of each socket libcurl wants to know. libcurl takes a connection's socket back when a reply is there and brings it
/// again with the next request: here it stays, and is taken out only when it speaks while nobody listens, or is closed.
/// Thread-safety: one thread.
class SocketWatch {
 public:
  /// Errors: internal (no file descriptors).
  Status open();
  [[nodiscard]] int epoll() const noexcept { return epoll_.get(); }

  /// A connection has this new socket, whose end will be told by `closing`. False = no memory.
  bool opened(int socket) noexcept;
  void closing(int socket) noexcept;
  /// From now on EPOLLIN, EPOLLOUT, both, or nothing. False = the kernel, or memory, does not allow it.
  bool want(int socket, std::uint32_t events) noexcept;
  /// epoll told `events`: whether libcurl still wants any of that socket.
  bool wanted(int socket, std::uint32_t events) noexcept;

 private:
  struct Socket {
    bool end_is_told = false;
    std::uint32_t known = 0;  ///< to the kernel; what it knows beyond `wanted` is EPOLLIN alone
    std::uint32_t wanted = 0;
  };
  /// Null = no memory.
  Socket* find(int socket) noexcept;
  bool tell_kernel(int socket, Socket& of) const noexcept;

  io::FileDescriptor epoll_;
  std::vector<Socket> sockets_;  ///< by number
};

}  // namespace objectstore::http
