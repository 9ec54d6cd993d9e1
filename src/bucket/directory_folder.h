// A bucket's open folder: everything in it is reached from here, and no symbolic link leads out of it.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "io/file_descriptor.h"
#include "objectstore/result.h"

namespace objectstore::directory {

/// openat2(2) that stays beneath `folder` and follows no symbolic link, by hand where the kernel lacks it. -1 and errno when it fails.
int open_beneath(int folder, const std::string& path, int flags, mode_t mode = 0666) noexcept;
/// The same, component by component; what open_beneath falls back on.
int open_beneath_by_steps(int folder, const std::string& path, int flags, mode_t mode) noexcept;

/// Nothing is there that could be an object: it is missing, a folder on the way is missing or no folder, or a symbolic link is in the way.
bool means_absent(int error_number) noexcept;

/// Move-only. Thread-safety: const members may be called concurrently.
class BucketFolder {
 public:
  /// Errors: not_found (there is no such bucket), others of open(2). `durable` false skips every fsync.
  static Result<BucketFolder> open(const std::filesystem::path& root, const std::string& name, bool durable);

  [[nodiscard]] int get() const noexcept { return folder_.get(); }
  [[nodiscard]] bool durable() const noexcept { return durable_; }
  /// The path for errors.
  [[nodiscard]] std::filesystem::path path_of(std::string_view relative) const;
  [[nodiscard]] Error failed(std::string_view action, std::string_view relative, int error_number) const;

  /// open_beneath with typed errors.
  Result<io::FileDescriptor> open(const std::string& relative, int flags, mode_t mode = 0666) const;
  /// The regular file under the path, opened; nothing when there is none.
  Result<std::optional<io::FileDescriptor>> open_file(const std::string& relative, int flags, struct stat& information) const;

  /// Makes the reserved folder with all it needs. Errors: not_found (the bucket is gone).
  Status prepare() const;
  /// False: there is no reserved folder, or not yet a whole one. Errors: unsupported (its format is not ours).
  Result<bool> check_format() const;

  /// fsync of a folder of the bucket, "" = the bucket's own.
  Status sync(const std::string& relative) const;
  Status sync(int folder, std::string_view relative) const;

  /// Opens the folder, and makes it and those on the way when they are missing. nothing: a file or a link is in the way.
  Result<std::optional<io::FileDescriptor>> open_or_make(const std::string& relative) const;
  /// Removes the folder and those above it as long as they are empty; never `keep` or what is above it.
  void remove_empty(std::string relative, std::string_view keep) const noexcept;
  /// True once the folder has been removed.
  [[nodiscard]] bool is_gone() const noexcept;

 private:
  BucketFolder(io::FileDescriptor folder, bool durable) : folder_(std::move(folder)), durable_(durable) {}

  io::FileDescriptor folder_;
  bool durable_;
};

}  // namespace objectstore::directory
