// The files of a local tree in the order of the keys that they become.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objectstore/path_filter.h"
#include "transfer/entries.h"

namespace objectstore::transfer {

enum class Links : unsigned char { follow, skip };

/// Reads one folder at a time, when the walk gets there: memory is bounded by the depth times the largest folder. A folder's names are sorted
/// with a '/' behind those of folders, which is the order of keys ("a-b" is less than "a/x").
/// Handed to `skipped`: links that are not followed, that lead nowhere or to a folder above themselves; devices, FIFOs and sockets; folders
/// that cannot be read; names that are not UTF-8. Left out in silence: what `filter` excludes, and temporary files of this library.
class FolderEntries final : public EntrySource {
 public:
  FolderEntries(std::filesystem::path root, Links links, PathFilter filter, SkippedHandler skipped);
  /// Errors: of the root alone: not_found, permission_denied, invalid_argument (no folder).
  Result<std::optional<Entry>> next() override;

 private:
  struct Level {
    std::size_t path_size;  ///< of the part of `path_` that leads here
    dev_t device;
    ino_t inode;
    std::vector<std::string> names;  ///< a folder's ends in '/'
    std::size_t at = 0;
  };

  /// Reads the folder that `path_` names ("" or "a/b/") and makes it the current level.
  Status push();
  [[nodiscard]] std::filesystem::path local_path(std::string_view relative) const { return root_ / relative; }
  /// What an entry of a folder is listed under; nothing: it is left out.
  std::optional<std::string> listed_name(int folder, std::string_view name, unsigned char type);
  void tell(std::string path, std::string reason) { skipped_({.path = std::move(path), .reason = std::move(reason)}); }
  void fail(std::string path, Error error, bool hides);

  std::filesystem::path root_;
  Links links_;
  PathFilter filter_;
  SkippedHandler skipped_;
  std::string path_;
  std::vector<Level> levels_;
  bool started_ = false;
};

/// The file's entry, a link followed. Errors: those of stat(2).
Result<Entry> entry_of_file(const std::filesystem::path& file, std::string path);

/// A name that AtomicFile gives its temporary files.
bool is_temporary_name(std::string_view name);

}  // namespace objectstore::transfer
