// SIGINT, SIGTERM and SIGHUP. A signal handler can reach nothing but statics: these are the program's only mutable ones.
#include "interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace objectstore::cli {
namespace {

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): see above
std::atomic<const CancelToken*> cancel_target{nullptr};
std::atomic<int> received{0};
std::atomic<int> wake_up{-1};           ///< an eventfd that becomes readable with the signal, whichever thread waits
std::atomic<std::int64_t> first_at{0};  ///< when the first one came, in milliseconds of the monotonic clock
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)
constexpr std::int64_t kImpatienceMs = 1000;
static_assert(std::atomic<std::int64_t>::is_always_lock_free);
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

std::int64_t milliseconds_now() noexcept {
  timespec now{};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

extern "C" void on_signal(int signal) noexcept {
  const int interrupted = errno;
  // A signal is often sent twice at once, to a process and to its group: only one that comes later is impatience.
  std::int64_t first = 0;
  if (!first_at.compare_exchange_strong(first, milliseconds_now()) && milliseconds_now() - first >= kImpatienceMs) {
    (void)std::signal(signal, SIG_DFL);
    (void)raise(signal);
  }
  received.store(signal);
  if (const CancelToken* token = cancel_target.load()) token->cancel();
  const std::uint64_t one = 1;
  (void)!write(wake_up.load(), &one, sizeof one);
  errno = interrupted;
}

bool wait_for(pollfd entry, int stop) {
  std::array<pollfd, 3> entries = {entry, pollfd{wake_up.load(), POLLIN, 0}, pollfd{stop, POLLIN, 0}};
  while (signal_received() == 0 && poll(entries.data(), entries.size(), -1) < 0 && errno == EINTR) {
  }
  return signal_received() == 0;
}

}  // namespace

void cancel_on_signals(const CancelToken& token) {
  static const CancelToken kept = token;  // outlives every signal
  cancel_target.store(&kept);
  wake_up.store(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = 0;  // no SA_RESTART: a blocked read or write has to end
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

bool wait_readable(int descriptor, int stop) {
  return wait_for({descriptor, POLLIN, 0}, stop);
}

bool wait_writable(int descriptor) {
  if (wait_for({descriptor, POLLOUT, 0}, -1)) return true;
  pollfd entry{descriptor, POLLOUT, 0};
  return poll(&entry, 1, 0) > 0;
}

}  // namespace objectstore::cli
