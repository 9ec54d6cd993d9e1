// Keeps a write to a pipe or connection that its reader has closed from ending the process by SIGPIPE.
#pragma once

#include <cerrno>
#include <csignal>
#include <ctime>

namespace objectstore::io {

/// While it lives, SIGPIPE is blocked for this thread alone; one that came meanwhile is taken away at the end. The process's own handling
/// of SIGPIPE is left as it is.
class BrokenPipeGuard {
 public:
  BrokenPipeGuard() noexcept {
    sigset_t pending;
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1) return;  // blocked already, and not ours to take away
    sigemptyset(&broken_pipe_);
    sigaddset(&broken_pipe_, SIGPIPE);
    active_ = pthread_sigmask(SIG_BLOCK, &broken_pipe_, &before_) == 0;
  }
  ~BrokenPipeGuard() {
    if (!active_) return;
    const timespec at_once{};
    while (sigtimedwait(&broken_pipe_, nullptr, &at_once) == -1 && errno == EINTR) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  BrokenPipeGuard(const BrokenPipeGuard&) = delete;
  BrokenPipeGuard& operator=(const BrokenPipeGuard&) = delete;

 private:
  bool active_ = false;
  sigset_t broken_pipe_{};
  sigset_t before_{};
};

}  // namespace objectstore::io
