// The loop between poll and libcurl.
#include "http/poll_loop.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

#include "http/curl_handle.h"

namespace objectstore::http {

bool PollLoop::attach(CURLM* multi) noexcept {
  multi_ = multi;
  return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &PollLoop::on_socket) == CURLM_OK &&
         curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this) == CURLM_OK && timer_.attach(multi);
}

std::optional<int> PollLoop::act() noexcept {
  int running = 1;
  for (std::size_t i = 0; i < sockets_.size();) {
    const pollfd socket = sockets_[i];
    sockets_[i].revents = 0;
    if (socket.revents == 0) {
      ++i;
      continue;
    }
    int what = 0;  // of an error alone libcurl finds out what it is
    if ((socket.revents & POLLIN) != 0) what |= CURL_CSELECT_IN;
    if ((socket.revents & POLLOUT) != 0) what |= CURL_CSELECT_OUT;
    if ((socket.revents & POLLNVAL) != 0) {  // closed without a word
      sockets_.erase(sockets_.begin() + static_cast<std::ptrdiff_t>(i));
      look_at_all_ = true;
    }
    if (curl_multi_socket_action(multi_, socket.fd, what, &running) != CURLM_OK) return std::nullopt;
    i = 0;  // sockets may have come and gone; those that were acted on are marked
  }
  if (running > 0 && timer_.is_due()) {
    timer_.reset();
    if (curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running) != CURLM_OK) return std::nullopt;
  }
  if (running > 0 && look_at_all_ && look_at_all_sockets(multi_, running) != CURLM_OK) return std::nullopt;
  look_at_all_ = false;
  if (std::exchange(out_of_memory_, false)) return std::nullopt;
  return running;
}

void PollLoop::wait(std::chrono::milliseconds limit) noexcept {
  const auto left = timer_.left();
  const bool for_timer = left && *left < limit;
  if (for_timer) limit = *left;
  const auto milliseconds = std::min<std::int64_t>(limit.count(), std::numeric_limits<int>::max());
  const int count = ::poll(sockets_.data(), static_cast<nfds_t>(sockets_.size()), static_cast<int>(milliseconds));
  look_at_all_ = count == 0 && !for_timer;
}

int PollLoop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept {
  auto& loop = *static_cast<PollLoop*>(self);
  auto& sockets = loop.sockets_;
  const auto known = std::find_if(sockets.begin(), sockets.end(), [&](const pollfd& each) { return each.fd == socket; });
  if (what == CURL_POLL_REMOVE) {
    if (known != sockets.end()) sockets.erase(known);
    return 0;
  }
  short events = 0;
  if ((what & CURL_POLL_IN) != 0) events = POLLIN;
  if ((what & CURL_POLL_OUT) != 0) events = static_cast<short>(events | POLLOUT);
  if (known != sockets.end()) {
    known->events = events;
    return 0;
  }
  try {
    sockets.push_back({.fd = socket, .events = events, .revents = 0});
  } catch (const std::bad_alloc&) {
    loop.out_of_memory_ = true;
  }
  return 0;
}

}  // namespace objectstore::http
