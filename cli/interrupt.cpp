// SIGINT, SIGTERM and SIGHUP. A signal handler can reach nothing but statics: these are the program's only mutable ones.
#include "interrupt.h"

#include <poll.h>

#include <atomic>
#include <csignal>

namespace objectstore::cli {
namespace {

std::atomic<const CancelToken*> cancel_target{nullptr};
std::atomic<int> received{0};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

extern "C" void on_signal(int signal) noexcept {
  received.store(signal);
  if (const CancelToken* token = cancel_target.load()) token->cancel();
}

}  // namespace

void cancel_on_signals(const CancelToken& token) {
  static const CancelToken kept = token;  // outlives every signal
  cancel_target.store(&kept);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // no SA_RESTART: a blocked read or write has to end
  (void)sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    // Ignored stays ignored: so a shell starts its background jobs.
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) (void)sigaction(signal, &action, nullptr);
  }
}

int signal_received() {
  return received.load();
}

bool wait_readable(int descriptor) {
  sigset_t blocked;
  sigset_t before;
  (void)sigemptyset(&blocked);
  (void)sigaddset(&blocked, SIGINT);
  (void)sigaddset(&blocked, SIGTERM);
  (void)sigaddset(&blocked, SIGHUP);
  // Blocked until ppoll opens the mask: no signal can slip in between the question and the wait.
  (void)pthread_sigmask(SIG_BLOCK, &blocked, &before);
  pollfd entry{descriptor, POLLIN, 0};
  while (signal_received() == 0 && ppoll(&entry, 1, nullptr, &before) < 0 && errno == EINTR) {
  }
  (void)pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return signal_received() == 0;
}

}  // namespace objectstore::cli
