// Bytes of unknown length on their way into an upload.
#include "spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include "interrupt.h"

namespace objectstore::cli {
namespace {

Error interrupted(std::string_view name) {
  return Error{.kind = ErrorKind::cancelled, .message = "interrupted while reading " + std::string(name), .operation = "read"};
}

std::string temporary_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder == nullptr || *folder == '\0' ? "/tmp" : folder;
}

/// Returns the number of bytes copied.
Result<std::uint64_t> copy_to_end(int from, int to, std::string_view name) {
  std::array<std::byte, std::size_t{64} * 1024> buffer{};
  std::uint64_t total = 0;
  while (true) {
    if (!wait_readable(from)) return interrupted(name);
    const ssize_t count = read(from, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return system_error(name, errno);
    if (count == 0) return total;
    const int failed = write_all(to, std::span(buffer).first(static_cast<std::size_t>(count)));
    if (failed != 0) return system_error("temporary file", failed);
    total += static_cast<std::uint64_t>(count);
  }
}

/// A stretch of a regular file.
class FilePart final : public BodySource {
 public:
  FilePart(Descriptor file, std::uint64_t start, std::uint64_t length, std::string name)
      : file_(std::move(file)), start_(start), length_(length), name_(std::move(name)) {}
  Result<std::optional<std::uint64_t>> size() override { return std::optional(length_); }
  Result<std::size_t> read(std::span<std::byte> out) override {
    Result<std::size_t> count = read_at(position_, out);
    if (count) position_ += *count;
    return count;
  }
  Status rewind() override {
    position_ = 0;
    return {};
  }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t count = pread(file_.get(), out.data() + done, out.size() - done, static_cast<off_t>(start_ + offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_error(name_, errno);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }
  [[nodiscard]] bool random_access() const override { return true; }

 private:
  const Descriptor file_;
  const std::uint64_t start_;
  const std::uint64_t length_;
  const std::string name_;
  std::uint64_t position_ = 0;
};

Body file_part(Descriptor file, std::uint64_t start, std::uint64_t length, std::string_view name) {
  return Body::from(std::make_unique<FilePart>(std::move(file), start, length, std::string(name)));
}

Result<Descriptor> own_copy(int descriptor, std::string_view name) {
  const int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return system_error(name, errno);
  return Descriptor(own);
}

/// A regular file from where it stands; nothing = it is a pipe or a device.
Result<std::optional<Body>> regular_file(int descriptor, std::string_view name) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return system_error(name, errno);
  if (S_ISDIR(status.st_mode)) return system_error(name, EISDIR);
  const off_t here = S_ISREG(status.st_mode) ? lseek(descriptor, 0, SEEK_CUR) : -1;
  if (here < 0) return std::optional<Body>();
  Result<Descriptor> own = own_copy(descriptor, name);
  if (!own) return own.error();
  const std::uint64_t length = status.st_size > here ? static_cast<std::uint64_t>(status.st_size - here) : 0;
  return std::optional(file_part(std::move(*own), static_cast<std::uint64_t>(here), length, name));
}

}  // namespace

int open_nameless_file() {
  const std::string folder = temporary_folder();
  int descriptor = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {  // not every file system has O_TMPFILE
    std::string path = folder + "/objstore-XXXXXX";
    descriptor = mkostemp(path.data(), O_CLOEXEC);
    if (descriptor >= 0) (void)unlink(path.c_str());
  }
  return descriptor;
}

int write_all(int descriptor, std::span<const std::byte> data) {
  while (!data.empty()) {
    const ssize_t written = write(descriptor, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    data = data.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

Descriptor::~Descriptor() {
  if (value_ >= 0) (void)close(value_);
}

Error system_error(std::string_view what, int number) {
  Error error;
  error.message = std::string(what) + ": " + std::generic_category().message(number);
  error.operation = "file";
  if (number == ENOENT || number == ENOTDIR) error.kind = ErrorKind::not_found;
  if (number == EACCES || number == EPERM || number == EROFS) error.kind = ErrorKind::permission_denied;
  return error;
}

Result<Body> spool(int descriptor, std::string_view name) {
  Result<std::optional<Body>> regular = regular_file(descriptor, name);
  if (!regular) return regular.error();
  if (*regular) return *std::move(*regular);
  Descriptor file(open_nameless_file());
  if (file.get() < 0) return system_error("temporary file in " + temporary_folder(), errno);
  const Result<std::uint64_t> length = copy_to_end(descriptor, file.get(), name);
  if (!length) return length.error();
  return file_part(std::move(file), 0, *length, name);
}

Result<Body> stream_of(int descriptor, std::string_view name) {
  Result<std::optional<Body>> regular = regular_file(descriptor, name);
  if (!regular) return regular.error();
  if (*regular) return *std::move(*regular);
  Result<Descriptor> own = own_copy(descriptor, name);
  if (!own) return own.error();
  const auto source = std::make_shared<Descriptor>(std::move(*own));
  return Body::until_end([source, name = std::string(name)](std::span<std::byte> out) -> Result<std::size_t> {
    while (true) {
      if (!wait_readable(source->get())) return interrupted(name);
      const ssize_t count = read(source->get(), out.data(), out.size());
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0) return system_error(name, errno);
      return static_cast<std::size_t>(count);
    }
  });
}

}  // namespace objectstore::cli
