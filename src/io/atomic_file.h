// A file that appears under its name whole and durable, or not at all.
//
// create():  a temporary file of a random name is made with O_EXCL and mode 0600, in the target's folder or one of the caller's choice on
//            the same file system.
// write():   appends.
// publish(): mode as the umask says (or that of the file it replaces), fsync of the file, then one step that shows it under its name
//            (rename, or a link that fails where the name is taken), then fsync of the folder.
// A process that dies before that step leaves the target as it was and a temporary file of the prefix; one that dies after it leaves the
// new file.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "io/file_descriptor.h"
#include "objectstore/result.h"

namespace objectstore::io {

struct AtomicFileOptions {
  std::filesystem::path temp_folder{};        ///< empty = the target's folder; must lie on the target's file system
  std::string temp_prefix = ".objectstore-";  ///< 16 hex digits and ".tmp" follow
  std::optional<mode_t> mode{};               ///< of the published file; nothing = the replaced file's, or 0666 less the umask
  bool durable = true;                        ///< false skips every fsync: whole, but not safe from a power cut
};

/// Move-only; discards itself when it was not published. Thread-safety: one instance, one thread.
class AtomicFile {
 public:
  enum class Publish : unsigned char {
    replace,      ///< over whatever file stands under the name
    create_only,  ///< already_exists when the name is taken; atomic between processes
  };

  /// Errors: not_found (the folder is missing), permission_denied, internal (disk full, too many open files).
  static Result<AtomicFile> create(const std::filesystem::path& target, const AtomicFileOptions& options = {});
  /// Takes over a temporary file that is there already, such as one that an earlier run left: `file` is open under its own path for writing.
  static AtomicFile adopt(const std::filesystem::path& target, FileDescriptor file);
  ~AtomicFile() { discard(); }
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;

  Status write(std::span<const std::byte> bytes);
  /// fsync of the bytes, ahead of publish. A failure is final: every later sync or publish fails as well.
  Status sync();
  /// Shows the file under the target's name. Errors: already_exists (create_only), not_found (the target's folder is gone: it may be made
  /// and publish called again), outcome_unknown (the file stands under its name, but its folder could not be synced), others as create.
  Status publish(Publish how);
  /// Leaves the temporary file where it is, for another run to adopt.
  void keep() noexcept { pending_ = false; }
  /// Removes the temporary file. Nothing happens when it was published or discarded already.
  void discard() noexcept;

  [[nodiscard]] const std::filesystem::path& target() const noexcept { return target_; }
  [[nodiscard]] const std::filesystem::path& temp_path() const noexcept { return file_.path(); }
  /// For what else must be done to the file before it shows (fsetxattr, futimens).
  [[nodiscard]] FileDescriptor& file() noexcept { return file_; }

 private:
  AtomicFile(std::filesystem::path target, AtomicFileOptions options, FileDescriptor file);

  std::filesystem::path target_;
  AtomicFileOptions options_;
  FileDescriptor file_;
  std::optional<Error> lost_;  ///< the first failed write or fsync
  bool pending_ = true;        ///< the temporary file exists
};

/// What stands at `path` must be able to be replaced by a regular file: absent, a regular file or a link to either.
/// Errors: invalid_argument (a folder, device, FIFO or socket stands there), not_found (its folder is missing).
Status check_replaceable(const std::filesystem::path& path);

}  // namespace objectstore::io
