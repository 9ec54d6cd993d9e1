// The loop between poll and libcurl.
#include "http/poll_loop.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

namespace objectstore::http {

bool PollLoop::attach(CURLM* multi) noexcept {
  multi_ = multi;
  return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &PollLoop::on_socket) == CURLM_OK &&
         curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this) == CURLM_OK &&
         curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &PollLoop::on_timer) == CURLM_OK &&
         curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this) == CURLM_OK;
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
  if (running > 0 && timer_is_due()) {
    timer_.reset();  // libcurl sets it anew, but only when it changes
    if (curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running) != CURLM_OK) return std::nullopt;
  }
  if (running > 0 && look_at_all_ && curl_multi_perform(multi_, &running) != CURLM_OK) return std::nullopt;
  look_at_all_ = false;
  if (std::exchange(out_of_memory_, false)) return std::nullopt;
  return running;
}

void PollLoop::wait(std::chrono::milliseconds limit) noexcept {
  bool for_timer = false;
  if (timer_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*timer_ - std::chrono::steady_clock::now());
    for_timer = left < limit;
    if (for_timer) limit = std::max(left, std::chrono::milliseconds(0));
  }
  const auto milliseconds = std::min<std::int64_t>(limit.count(), std::numeric_limits<int>::max());
  const int count = ::poll(sockets_.data(), static_cast<nfds_t>(sockets_.size()), static_cast<int>(milliseconds));
  look_at_all_ = count == 0 && !for_timer;
}

bool PollLoop::timer_is_due() const {
  return timer_ && (*timer_ == SteadyTime{} || *timer_ <= std::chrono::steady_clock::now());
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

int PollLoop::on_timer(CURLM*, long milliseconds, void* self) noexcept {
  auto& loop = *static_cast<PollLoop*>(self);
  loop.timer_.reset();
  if (milliseconds == 0) loop.timer_ = SteadyTime{};
  if (milliseconds > 0) loop.timer_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
}

}  // namespace objectstore::http
