// Keeps a write to a connection that its peer has closed from ending the process by SIGPIPE.
#pragma once

#include <curl/curl.h>
#include <signal.h>

#include <ctime>

namespace objectstore::http {

/// libcurl writes to plain sockets with MSG_NOSIGNAL, but before 7.87 it left TLS writes to OpenSSL, which does not. The signal is
/// blocked for this thread alone, and taken away if it came; the process's own handling of SIGPIPE is left as it is.
class BrokenPipeGuard {
 public:
  explicit BrokenPipeGuard(bool tls) {
    if (!tls || !kNeeded) return;
    sigset_t pending;
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1) return;  // not ours to take away
    sigemptyset(&broken_pipe_);
    sigaddset(&broken_pipe_, SIGPIPE);
    active_ = pthread_sigmask(SIG_BLOCK, &broken_pipe_, &before_) == 0;
  }
  ~BrokenPipeGuard() {
    if (!active_) return;
    const timespec at_once{};
    sigtimedwait(&broken_pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  BrokenPipeGuard(const BrokenPipeGuard&) = delete;
  BrokenPipeGuard& operator=(const BrokenPipeGuard&) = delete;

 private:
  static constexpr bool kNeeded = LIBCURL_VERSION_NUM < 0x075700;
  bool active_ = false;
  sigset_t broken_pipe_{};
  sigset_t before_{};
};

}  // namespace objectstore::http
