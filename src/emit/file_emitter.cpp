// file:PATH: appends messages to an NDJSON file that several threads and processes may share.
//
// A line goes out in one write(2) on an O_APPEND descriptor, under flock: nobody's line lands inside another's, and who finds the disk full
// half-way may cut the file back to where its line began. A writer that died in its write leaves a line without its end; the next writer
// ends it first, so only the dead writer's line, acknowledged to nobody, is torn. Where flock is not supported, O_APPEND alone keeps lines
// whole (on local file systems), and nothing is cut back.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "base/condition.h"
#include "emit/emitters.h"
#include "io/errno_error.h"

namespace objectstore::emit {
namespace {

using std::chrono::milliseconds;

/// Holds flock(LOCK_EX) where the file system has it.
class FileLock {
 public:
  /// Errors: timeout (somebody else holds it for too long).
  Status take(const io::FileDescriptor& file, Clock& clock, milliseconds timeout) {
    constexpr milliseconds kPause{2};
    const SteadyTime start = clock.steady_now();
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) return {};
      if (timeout.count() > 0 && clock.steady_now() - start >= timeout) {
        return Error{
            .kind = ErrorKind::timeout, .message = "another process keeps " + file.path().native() + " locked", .operation = "emit"};
      }
      clock.sleep(kPause, nullptr);
    }
    fd_ = file.get();
    return {};
  }
  [[nodiscard]] bool held() const { return fd_ >= 0; }
  FileLock() = default;
  ~FileLock() {
    if (held()) ::flock(fd_, LOCK_UN);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_ = -1;
};

class FileEmitter final : public Emitter {
 public:
  FileEmitter(io::FileDescriptor file, bool regular, std::shared_ptr<Clock> clock, milliseconds timeout)
      : regular_(regular), clock_(std::move(clock)), timeout_(timeout), file_(std::move(file)) {}

  Status emit(const Message& message) override {
    auto line = to_line(message);
    if (!line) return line.error();
    const std::lock_guard lock(mutex_);
    if (lost_) return *lost_;
    Status status = append(*std::move(line));
    if (!status) return with_operation(std::move(status).error());
    ++appended_;
    return {};
  }

  /// One fsync serves everybody who waits for it.
  Status flush() override {
    std::uint64_t target = 0;
    {
      const std::lock_guard lock(mutex_);
      if (lost_) return *lost_;
      target = appended_;
    }
    const std::lock_guard flushing(flush_mutex_);
    {
      const std::lock_guard lock(mutex_);
      if (lost_) return *lost_;
      if (synced_ >= target) return {};
      target = appended_;
    }
    Status status;
    if (regular_) {
      status = file_.sync();
      if (status && !folder_synced_) status = io::sync_folder(file_.path().parent_path());
    }
    const std::lock_guard lock(mutex_);
    if (!status) {
      lost_ = with_operation(std::move(status).error());
      return *lost_;
    }
    folder_synced_ = true;
    synced_ = target;
    return {};
  }

  [[nodiscard]] std::string describe() const override { return "file(" + file_.path().native() + ")"; }

 private:
  static Error with_operation(Error error) {
    error.operation = "emit";
    return error;
  }

  Status append(std::string line) {
    FileLock lock;
    std::uint64_t size = 0;
    if (regular_) {
      if (Status taken = lock.take(file_, *clock_, timeout_); !taken) return taken;
      const auto status = file_.status();
      if (!status) return status.error();
      size = static_cast<std::uint64_t>(status->st_size);
      if (size > 0 && size != end_) {
        std::array<std::byte, 1> last{};
        const auto count = file_.read_at(last, size - 1);
        if (!count) return count.error();
        if (*count == 1 && last[0] != std::byte{'\n'}) line.insert(0, 1, '\n');
      }
    }
    Status written = file_.write_all(std::as_bytes(std::span(line)));
    if (written) {
      end_ = size + line.size();
    } else if (lock.held() && ::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) {
      end_ = 0;  // a torn line stays: look at the file's end next time
    }
    return written;
  }

  const bool regular_;
  const std::shared_ptr<Clock> clock_;
  const milliseconds timeout_;

  base::Mutex flush_mutex_;     ///< taken before mutex_
  bool folder_synced_ = false;  ///< guarded by flush_mutex_
  base::Mutex mutex_;           ///< held while waiting for the file's lock
  io::FileDescriptor file_;     ///< written under mutex_, synced under flush_mutex_
  std::uint64_t end_ = 0;       ///< where our last line ended; guarded by mutex_
  std::uint64_t appended_ = 0;  ///< guarded by mutex_
  std::uint64_t synced_ = 0;    ///< so many of them; guarded by mutex_
  std::optional<Error> lost_;   ///< the failed fsync; guarded by mutex_
};

}  // namespace

Result<std::shared_ptr<Emitter>> make_file_emitter(const std::filesystem::path& path, const EmitterOptions& options) {
  if (path.empty()) return Error{.kind = ErrorKind::invalid_argument, .message = "file: without a path", .operation = "emit"};
  // O_NONBLOCK: a FIFO without a reader must not hang us; regular files ignore it.
  auto file = io::FileDescriptor::open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, 0666);
  if (!file) {
    file.error().operation = "emit";
    return file.error();
  }
  const auto status = file->status();
  if (!status) return status.error();
  if (!S_ISREG(status->st_mode) && !S_ISCHR(status->st_mode)) {
    return Error{.kind = ErrorKind::invalid_argument, .message = path.native() + " is no regular file", .operation = "emit"};
  }
  return std::shared_ptr<Emitter>(std::make_shared<FileEmitter>(std::move(*file), S_ISREG(status->st_mode),
                                                                options.clock ? options.clock : system_clock(), options.timeout));
}

}  // namespace objectstore::emit
