// Between what libcurl wants and what the kernel knows.
#include "http/socket_watch.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <new>

#include "io/errno_error.h"

namespace objectstore::http {

Status SocketWatch::open() {
  epoll_ = io::FileDescriptor(::epoll_create1(EPOLL_CLOEXEC), {});
  if (!epoll_.is_open()) return io::errno_error("make", "epoll", errno);
  return {};
}

bool SocketWatch::opened(int socket) noexcept {
  Socket* of = find(socket);
  if (of == nullptr) return false;
  *of = {.end_is_told = true};  // whatever had that number before is closed, and the kernel has forgotten it
  return true;
}

void SocketWatch::closing(int socket) noexcept {
  Socket* of = find(socket);
  if (of == nullptr) return;
  // A forked child may hold the socket open: the kernel would go on telling of it.
  if (of->known != 0) ::epoll_ctl(epoll(), EPOLL_CTL_DEL, socket, nullptr);
  *of = {};
}

bool SocketWatch::want(int socket, std::uint32_t events) noexcept {
  Socket* of = find(socket);
  if (of == nullptr) return false;
  of->wanted = events;
  const std::uint32_t missing = events & ~of->known;
  const std::uint32_t needless = of->known & ~events;
  if (missing == 0 && (needless == 0 || (needless == EPOLLIN && of->end_is_told))) return true;
  if (events != 0) return tell_kernel(socket, *of);
  ::epoll_ctl(epoll(), EPOLL_CTL_DEL, socket, nullptr);
  *of = {};  // libcurl closes the losers of a race to connect without a word
  return true;
}

bool SocketWatch::wanted(int socket, std::uint32_t events) noexcept {
  Socket* of = find(socket);
  if (of == nullptr || of->known == 0) return false;  // closed since epoll told
  if (of->wanted == 0) {                              // most often the server ended an idle connection
    ::epoll_ctl(epoll(), EPOLL_CTL_DEL, socket, nullptr);
    of->known = 0;
    return false;
  }
  if ((events & of->known & ~of->wanted) != 0) tell_kernel(socket, *of);
  return true;
}

SocketWatch::Socket* SocketWatch::find(int socket) noexcept {
  const auto place = static_cast<std::size_t>(socket);
  if (place >= sockets_.size()) {
    try {
      sockets_.resize(std::max(place + 1, 2 * sockets_.size()));
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }
  return &sockets_[place];
}

bool SocketWatch::tell_kernel(int socket, Socket& of) const noexcept {
  epoll_event event{};
  event.data.fd = socket;
  event.events = of.wanted;
  const auto tell = [&](int operation) { return ::epoll_ctl(epoll(), operation, socket, &event) == 0; };
  // A number that was closed and given away behind our back is a new socket to the kernel.
  const bool told = of.known == 0 ? tell(EPOLL_CTL_ADD) || (errno == EEXIST && tell(EPOLL_CTL_MOD))
                                  : tell(EPOLL_CTL_MOD) || (errno == ENOENT && tell(EPOLL_CTL_ADD));
  of.known = told ? of.wanted : 0;
  return told;
}

}  // namespace objectstore::http
