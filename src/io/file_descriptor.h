// A file descriptor that closes itself, with calls that survive EINTR and name the path in their errors.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

#include "objectstore/result.h"

namespace objectstore::io {

/// Move-only. Thread-safety: one instance, one thread (the calls at an offset excepted: they may be made concurrently).
class FileDescriptor {
 public:
  FileDescriptor() = default;
  /// Takes `fd` over; `path` stands in errors.
  FileDescriptor(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;

  /// open(2) with O_CLOEXEC added.
  static Result<FileDescriptor> open(const std::filesystem::path& path, int flags, mode_t mode = 0666);
  /// Opens a regular file for reading, with its size; a folder, device or FIFO is invalid_argument (and is never waited for).
  static Result<FileDescriptor> open_regular(const std::filesystem::path& path, struct stat& information);

  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Fills the front of `out`, as much as one read(2) gives; 0 = the end.
  Result<std::size_t> read(std::span<std::byte> out);
  /// As read, at an offset and without moving the position.
  Result<std::size_t> read_at(std::span<std::byte> out, std::uint64_t offset) const;
  /// Fills all of `out`. Errors besides: conflict (the file ends before that).
  Status read_all_at(std::span<std::byte> out, std::uint64_t offset) const;
  /// Writes all of `bytes`.
  Status write_all(std::span<const std::byte> bytes);
  /// As write_all, at an offset and without moving the position.
  Status write_all_at(std::span<const std::byte> bytes, std::uint64_t offset) const;
  /// Takes room for `size` bytes now, so that a full disk shows before the bytes are fetched; the file's length stays. Nothing happens on a
  /// file system that cannot.
  Status preallocate(std::uint64_t size);
  Status seek(std::uint64_t offset);
  Result<struct stat> status() const;
  /// fsync(2). After a failure the bytes count as lost: a second, successful fsync would prove nothing.
  Status sync();
  void reset() noexcept;

 private:
  int fd_ = -1;
  std::filesystem::path path_;
};

/// fsync of a folder, so that names made or changed in it last. File systems that cannot do it (EINVAL, ENOTSUP) count as synced.
Status sync_folder(const std::filesystem::path& folder);

}  // namespace objectstore::io
