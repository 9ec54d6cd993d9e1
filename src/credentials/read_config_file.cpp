// Reads a configuration file in one go from one descriptor, so that a file replaced meanwhile is seen whole: the old or the new one.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "base/digest.h"
#include "credentials/config_file.h"

namespace objectstore::credentials {
namespace {

Error unreadable(const std::filesystem::path& path, std::string_view why) {
  return {.kind = ErrorKind::invalid_argument, .message = path.string() + ": cannot be read: " + std::string(why)};
}

std::string errno_text(int code) {
  return std::generic_category().message(code);
}

FileStamp stamp_from(const struct stat& status) {
  const auto nanoseconds = [](const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::int64_t>(time.tv_nsec);
  };
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .modified_ns = nanoseconds(status.st_mtim),
          .changed_ns = nanoseconds(status.st_ctim)};
}

struct Descriptor {
  int fd;
  explicit Descriptor(int opened) : fd(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

/// Room for what the file holds and one byte more: it never grows, so no copy of a secret is left behind.
struct Buffer {
  std::string bytes;
  ~Buffer() { base::wipe(bytes.data(), bytes.size()); }
};

enum class Reading : std::uint8_t { done, changed_meanwhile };

/// Fills `buffer` with the file's bytes and `status` with what they belong to.
Result<Reading> read_once(const std::filesystem::path& path, int fd, Buffer& buffer, struct stat& status) {
  if (::fstat(fd, &status) != 0) return unreadable(path, errno_text(errno));
  if (S_ISREG(status.st_mode) && status.st_size > static_cast<off_t>(kMaxConfigBytes)) {
    return unreadable(path, "larger than 1 MiB: not a configuration file");
  }
  // Of all that is no regular file only /dev/null has a meaning here: no configuration.
  if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) return unreadable(path, "not a regular file");
  const auto expected = static_cast<std::size_t>(S_ISREG(status.st_mode) ? status.st_size : 0);
  buffer.bytes.resize(expected + 1);
  std::size_t size = 0;
  while (size < buffer.bytes.size()) {
    const ssize_t got = ::pread(fd, buffer.bytes.data() + size, buffer.bytes.size() - size, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, errno_text(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (!S_ISREG(status.st_mode) && size != 0) return unreadable(path, "not a regular file");
  struct stat after {};
  if (::fstat(fd, &after) != 0) return unreadable(path, errno_text(errno));
  if (size != expected || stamp_from(after) != stamp_from(status)) return Reading::changed_meanwhile;
  buffer.bytes.resize(size);
  return Reading::done;
}

}  // namespace

FileStamp stamp_of(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? stamp_from(status) : FileStamp{};
}

Result<ReadConfig> read_config_file(const std::filesystem::path& path, ConfigFileKind kind) {
  // O_NONBLOCK: a pipe without a writer must not hang us.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return ReadConfig{};
    return unreadable(path, errno_text(errno));
  }
  struct stat status {};
  Buffer buffer;
  for (int tries_left = 5;; --tries_left) {
    auto reading = read_once(path, file.fd, buffer, status);
    if (!reading) return reading.error();
    if (*reading == Reading::done) break;
    if (tries_left == 1) return unreadable(path, "it kept changing while it was read");
  }

  auto parsed = ConfigFile::parse(std::move(buffer.bytes), kind, path);
  if (!parsed) return parsed.error();
  return ReadConfig{.file = std::move(*parsed), .stamp = stamp_from(status)};
}

}  // namespace objectstore::credentials
