// The keys of one tree of a bucket's folder in order, folder by folder, from any key on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bucket/directory_folder.h"
#include "bucket/directory_object.h"
#include "objectstore/result.h"

namespace objectstore::directory {

/// Names of a folder that are held at a time; a larger one is read in several turns.
inline constexpr std::size_t kMaxNames = std::size_t{1} << 17U;

/// A folder's entries in the order of the keys that they lead to.
class SortedFolder {
 public:
  enum class Kind : std::uint8_t { file, folder, chunk };
  struct Entry {
    std::uint32_t offset;
    std::uint16_t size;
    Kind kind;
  };

  /// The first `max_names` names from `from` on. `place`: whose names they are.
  static Result<SortedFolder> read(const BucketFolder& bucket, const std::string& path, Place place, std::string_view from,
                                   std::size_t max_names = kMaxNames);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] Kind kind(std::size_t index) const { return entries_[index].kind; }
  /// The piece of the key: a file's name; a folder's with a slash; a chunk.
  [[nodiscard]] std::string_view piece(std::size_t index) const { return {names_.data() + entries_[index].offset, entries_[index].size}; }
  /// The first entry that is `from` or lies behind it, or that leads to keys which do.
  [[nodiscard]] std::size_t find(std::string_view from) const;
  /// Whether `from` lies in the part that was read.
  [[nodiscard]] bool covers(std::string_view from) const;
  /// There are more names behind the last.
  [[nodiscard]] bool cut() const { return cut_; }

 private:
  void add(std::string_view piece, Kind kind);
  void keep_first(std::size_t count);

  std::string names_;
  std::vector<Entry> entries_;
  std::string first_;  ///< what was read from
  bool cut_ = false;
};

/// Thread-safety: one instance, one thread. What it has read of folders stays as it was then.
class TreeWalk {
 public:
  /// Keys that begin with `prefix`. `roll_up`: a folder behind the prefix is given as a whole, if there is a file in it at all.
  TreeWalk(Place place, std::string prefix, bool roll_up, std::size_t max_names = kMaxNames)
      : place_(place), prefix_(std::move(prefix)), roll_up_(roll_up), max_names_(max_names) {}

  struct Item {
    std::string_view key;
    bool folder = false;
  };
  Result<std::optional<Item>> seek(const BucketFolder& bucket, std::string_view from);
  Result<std::optional<Item>> next(const BucketFolder& bucket);

  /// Of the item: the folder its file lies in, below the bucket's, and the file's name there.
  [[nodiscard]] const std::string& folder_path() const { return levels_.back().path; }
  [[nodiscard]] std::string file_name() const;

 private:
  struct Level {
    std::string path;      ///< below the bucket's folder
    std::size_t key_size;  ///< of the part of the key that leads here
    SortedFolder folder;
    std::size_t at = 0;
  };

  Status push(const BucketFolder& bucket, std::string path, std::size_t key_size, std::string_view from);
  Result<std::optional<Item>> settle(const BucketFolder& bucket);
  [[nodiscard]] std::string entry_path(const Level& level, std::size_t index) const;

  Place place_;
  std::string prefix_;
  bool roll_up_;
  std::size_t max_names_;
  std::string key_;  ///< of the current item, or the part that the levels stand for
  std::vector<Level> levels_;
};

/// True when there is an object anywhere in the folder. Stops at the first. Errors: what cannot be read is never taken for empty.
Result<bool> holds_object(const BucketFolder& bucket, const std::string& path, Place place);

}  // namespace objectstore::directory
