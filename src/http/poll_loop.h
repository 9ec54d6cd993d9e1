// The sockets and the timer of one multi handle, for a thread that waits for nothing else.
#pragma once

#include <curl/curl.h>
#include <poll.h>

#include <chrono>
#include <optional>
#include <vector>

#include "http/curl_timer.h"

namespace objectstore::http {

/// Does what curl_multi_perform and curl_multi_poll do, but tells libcurl which socket is ready, so that it need not ask the kernel again.
/// `multi` must outlive it, but for its last calls. Thread-safety: one thread at a time.
class PollLoop {
 public:
  /// libcurl calls back with `this` from now on. False = out of memory.
  bool attach(CURLM* multi) noexcept;
  /// Carries out what can be done without waiting. Nothing = libcurl gave up; else how many transfers are left.
  std::optional<int> act() noexcept;
  /// Returns when there is something to act on, and after `limit` at the latest.
  void wait(std::chrono::milliseconds limit) noexcept;

 private:
  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known) noexcept;

  CURLM* multi_ = nullptr;
  std::vector<pollfd> sockets_;
  CurlTimer timer_;
  bool look_at_all_ = false;  ///< nothing happened for long: libcurl may look for itself
  bool out_of_memory_ = false;
};

}  // namespace objectstore::http
