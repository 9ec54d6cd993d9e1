// System calls of file descriptors.
#include "io/file_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "io/errno_error.h"

namespace objectstore::io {
namespace {

template <class Call>
auto again_on_eintr(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

Result<FileDescriptor> FileDescriptor::open(const std::filesystem::path& path, int flags, mode_t mode) {
  int fd = again_on_eintr([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
  if (fd < 0) return errno_error((flags & O_CREAT) != 0 ? "create" : "open", path, errno);
  return FileDescriptor(fd, path);
}

Result<FileDescriptor> FileDescriptor::open_regular(const std::filesystem::path& path, struct stat& information) {
  // O_NONBLOCK: a FIFO without a writer must not hang us; regular files ignore it.
  auto file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) return file;
  auto status = file->status();
  if (!status) return status.error();
  information = *status;
  if (!S_ISREG(information.st_mode)) {
    return Error{.kind = ErrorKind::invalid_argument,
                 .message = path.native() + (S_ISDIR(information.st_mode) ? " is a folder" : " is no regular file")};
  }
  return file;
}

Result<std::size_t> FileDescriptor::read(std::span<std::byte> out) {
  ssize_t count = again_on_eintr([&] { return ::read(fd_, out.data(), out.size()); });
  if (count < 0) return errno_error("read", path_, errno);
  return static_cast<std::size_t>(count);
}

Result<std::size_t> FileDescriptor::read_at(std::span<std::byte> out, std::uint64_t offset) const {
  ssize_t count = again_on_eintr([&] { return ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset)); });
  if (count < 0) return errno_error("read", path_, errno);
  return static_cast<std::size_t>(count);
}

Status FileDescriptor::read_all_at(std::span<std::byte> out, std::uint64_t offset) const {
  while (!out.empty()) {
    auto count = read_at(out, offset);
    if (!count) return std::move(count).error();
    if (*count == 0) return Error{.kind = ErrorKind::conflict, .message = path_.native() + " was cut while it was read"};
    out = out.subspan(*count);
    offset += *count;
  }
  return {};
}

Status FileDescriptor::write_all(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t count = again_on_eintr([&] { return ::write(fd_, bytes.data(), bytes.size()); });
    if (count < 0) return errno_error("write", path_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Status FileDescriptor::write_all_at(std::span<const std::byte> bytes, std::uint64_t offset) const {
  while (!bytes.empty()) {
    ssize_t count = again_on_eintr([&] { return ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (count < 0) return errno_error("write", path_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Status FileDescriptor::preallocate(std::uint64_t size) {
#ifdef __linux__
  if (size == 0) return {};
  if (again_on_eintr([&] { return ::fallocate(fd_, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)); }) != 0 && errno != EOPNOTSUPP &&
      errno != ENOSYS && errno != EINVAL) {
    return errno_error("take room for " + std::to_string(size) + " bytes in", path_, errno);
  }
#else
  static_cast<void>(size);
#endif
  return {};
}

Status FileDescriptor::seek(std::uint64_t offset) {
  if (::lseek(fd_, static_cast<off_t>(offset), SEEK_SET) < 0) return errno_error("seek in", path_, errno);
  return {};
}

Result<struct stat> FileDescriptor::status() const {
  struct stat information {};
  if (::fstat(fd_, &information) != 0) return errno_error("stat", path_, errno);
  return information;
}

Status FileDescriptor::sync() {
  if (again_on_eintr([&] { return ::fsync(fd_); }) != 0) return errno_error("sync", path_, errno);
  return {};
}

void FileDescriptor::reset() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Status sync_folder(const std::filesystem::path& folder) {
  auto handle = FileDescriptor::open(folder.empty() ? std::filesystem::path(".") : folder, O_RDONLY | O_DIRECTORY);
  if (!handle) return std::move(handle).error();
  if (again_on_eintr([&] { return ::fsync(handle->get()); }) != 0 && errno != EINVAL && errno != ENOTSUP) {
    return errno_error("sync folder", handle->path(), errno);
  }
  return {};
}

}  // namespace objectstore::io
