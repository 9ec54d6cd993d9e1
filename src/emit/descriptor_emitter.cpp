// stdout: one line a message, into whatever the descriptor is: terminal, pipe, file.
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <utility>

#include "emit/emitters.h"
#include "io/broken_pipe_guard.h"
#include "io/errno_error.h"

namespace objectstore::emit {
namespace {

class DescriptorEmitter final : public Emitter {
 public:
  DescriptorEmitter(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  Status emit(const Message& message) override {
    const auto line = to_line(message);
    if (!line) return line.error();
    const std::lock_guard lock(mutex_);
    const io::BrokenPipeGuard guard;
    std::string_view rest = *line;
    while (!rest.empty()) {
      const ssize_t count = ::write(fd_, rest.data(), rest.size());
      if (count >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno == EAGAIN) {  // somebody made the descriptor non-blocking: wait as a blocking one does
        pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
        ::poll(&ready, 1, -1);
      } else if (errno != EINTR) {
        Error error = io::errno_error("write to", name_, errno);
        if (errno == EPIPE) error.kind = ErrorKind::unavailable;
        error.operation = "emit";
        return error;
      }
    }
    return {};
  }
  Status flush() override { return {}; }  // nothing is held back
  [[nodiscard]] std::string describe() const override { return name_; }

 private:
  const int fd_;
  const std::string name_;
  std::mutex mutex_;  ///< one line at a time
};

}  // namespace

std::shared_ptr<Emitter> make_descriptor_emitter(int fd, std::string name) {
  return std::make_shared<DescriptorEmitter>(fd, std::move(name));
}

}  // namespace objectstore::emit
