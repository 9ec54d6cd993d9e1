// The folder that downloads are written below: nothing leaves it, by name or by link.
#pragma once

#include <filesystem>
#include <string>

#include "io/atomic_file.h"
#include "io/file_descriptor.h"
#include "objectstore/body.h"
#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore::transfer {

/// Paths are such that `check_local_path` passed. Thread-safety: const members may be called concurrently.
class TargetFolder {
 public:
  /// Makes the folder, and those above it, when they are missing. Errors: invalid_argument (something else stands there), permission_denied.
  static Result<TargetFolder> open(const std::filesystem::path& root);

  [[nodiscard]] std::filesystem::path path_of(std::string_view relative) const { return root_ / relative; }
  /// A sink for the file at `relative`, whose folders are made when its first byte arrives. `modified` becomes its time. `create_only`: a
  /// file that stands under the name, or under one that the file system takes for the same, is left alone (already_exists). `durable`: synced
  /// before it shows. The folder must outlive the sink.
  [[nodiscard]] Sink sink(std::string relative, SystemTime modified, bool create_only, bool durable) const;
  /// Deletes a file, and the folders that it leaves empty. Errors: those of unlink(2); what is not there is success.
  Status remove(const std::string& relative) const;
  /// Everything written so far outlasts a power cut.
  Status sync() const;
  /// Whether names that differ in case only are one name here. Tried with a file of its own. Errors: it could not be made.
  Result<bool> folds_case() const;

  /// Makes the folder of `relative`; nothing on the way may be a link. Errors: conflict (a file stands in the way), permission_denied (a link does).
  Status make_folder_of(const std::string& relative) const;

 private:
  TargetFolder(std::filesystem::path root, io::FileDescriptor folder) : root_(std::move(root)), folder_(std::move(folder)) {}

  std::filesystem::path root_;
  io::FileDescriptor folder_;
};

}  // namespace objectstore::transfer
