// Lists a bucket's folder: both trees merged, each object with what its sidecar says.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "bucket/directory_folder.h"
#include "bucket/directory_walk.h"
#include "bucket/listing.h"
#include "bucket/verb.h"

namespace objectstore::directory {

/// Lives over the pages of a listing, so that folders are read and sorted once. Thread-safety: one instance, one thread.
class DirectoryListing final : public KeyWalk {
 public:
  DirectoryListing(const std::string& prefix, bool roll_up)
      : mapped_(Place::mapped, prefix, roll_up), ordinary_(Place::ordinary, prefix, roll_up) {}

  /// For one page; `bucket` and `verb` must outlive it.
  void begin_page(const BucketFolder& bucket, const std::string& name, const Verb& verb);
  /// Gives back the open folders.
  void end_page();

  Result<std::optional<Item>> seek(std::string_view from) override;
  Result<std::optional<Item>> next() override;
  Result<bool> describe(ObjectInfo& info) override;

 private:
  using Found = std::optional<TreeWalk::Item>;

  [[nodiscard]] Result<std::optional<Item>> merged();
  Status open_folder(const TreeWalk& walk);
  bool read_known(const std::string& hash, std::string_view key, const Stamp& stamp, ObjectInfo& info);

  TreeWalk mapped_;
  TreeWalk ordinary_;
  Found mapped_item_;
  Found ordinary_item_;

  const BucketFolder* bucket_ = nullptr;
  std::string name_;
  const Verb* verb_ = nullptr;
  io::FileDescriptor folder_;  ///< the current object's
  std::string folder_path_;
  io::FileDescriptor meta_;
  std::string text_;  ///< of a sidecar; kept for its memory
};

/// Listings between two of their pages: the few that were used last. Thread-safety: every member may be called concurrently.
class ListingCache {
 public:
  struct Key {
    std::uint64_t number = 0;
    std::string bucket;
    std::string prefix;
    bool roll_up = false;
    bool operator==(const Key&) const = default;
  };
  /// null: it is not there (any more); begin a new one.
  std::unique_ptr<DirectoryListing> take(const Key& key);
  void put(Key key, std::unique_ptr<DirectoryListing> listing);

 private:
  std::mutex mutex_;
  std::list<std::pair<Key, std::unique_ptr<DirectoryListing>>> listings_;  // guarded by mutex_; the last used in front
};

}  // namespace objectstore::directory
