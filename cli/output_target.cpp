// The process's standard output.
#include "output_target.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "interrupt.h"

namespace objectstore::cli {

int StandardOutput::write(std::span<const std::byte> data) {
  // A signal breaks off a write of the main thread only, and only the first one: otherwise none may be held up.
  const bool main_thread = gettid() == getpid();
  while (!data.empty()) {
    const bool may_block = main_thread && signal_received() == 0;
    if (!may_block && !wait_writable(STDOUT_FILENO)) return EINTR;
    const ssize_t written = ::write(STDOUT_FILENO, data.data(), may_block ? data.size() : std::min<std::size_t>(data.size(), PIPE_BUF));
    if (written >= 0) {
      data = data.subspan(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      if (!wait_writable(STDOUT_FILENO)) return EINTR;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

int StandardOutput::close() {
  return ::close(STDOUT_FILENO) == 0 || errno == EBADF || errno == EINTR ? 0 : errno;
}

}  // namespace objectstore::cli
