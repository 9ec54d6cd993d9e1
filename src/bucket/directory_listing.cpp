// Merges the two trees and describes their objects.
#include "bucket/directory_listing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "bucket/attributes.h"
#include "bucket/directory_keys.h"
#include "bucket/directory_object.h"
#include "bucket/directory_sidecar.h"

namespace objectstore::directory {

namespace {

constexpr std::size_t kMaxListings = 4;

}  // namespace

void DirectoryListing::begin_page(const BucketFolder& bucket, const std::string& name, const Verb& verb) {
  bucket_ = &bucket;
  name_ = name;
  verb_ = &verb;
}

void DirectoryListing::end_page() {
  folder_.reset();
  meta_.reset();
  bucket_ = nullptr;
  verb_ = nullptr;
}

Result<std::optional<KeyWalk::Item>> DirectoryListing::merged() {
  const Found& first = !ordinary_item_ || (mapped_item_ && mapped_item_->key < ordinary_item_->key) ? mapped_item_ : ordinary_item_;
  if (!first) return std::optional<Item>();
  return std::optional(Item{first->key, first->folder});
}

Result<std::optional<KeyWalk::Item>> DirectoryListing::seek(std::string_view from) {
  // The mapped tree first: an object that moves while we list moves from there to its ordinary path.
  auto mapped = mapped_.seek(*bucket_, from);
  if (!mapped) return std::move(mapped).error();
  auto ordinary = ordinary_.seek(*bucket_, from);
  if (!ordinary) return std::move(ordinary).error();
  mapped_item_ = *mapped;
  ordinary_item_ = *ordinary;
  return merged();
}

Result<std::optional<KeyWalk::Item>> DirectoryListing::next() {
  const bool both = mapped_item_ && ordinary_item_ && mapped_item_->key == ordinary_item_->key;
  const bool mapped_is_first = mapped_item_ && (!ordinary_item_ || mapped_item_->key < ordinary_item_->key);
  if (mapped_is_first || both) {
    auto moved = mapped_.next(*bucket_);
    if (!moved) return std::move(moved).error();
    mapped_item_ = *moved;
  }
  if (!mapped_is_first) {
    auto moved = ordinary_.next(*bucket_);
    if (!moved) return std::move(moved).error();
    ordinary_item_ = *moved;
  }
  return merged();
}

Status DirectoryListing::open_folder(const TreeWalk& walk) {
  if (folder_.is_open() && folder_path_ == walk.folder_path()) return {};
  folder_path_ = walk.folder_path();
  folder_ = io::FileDescriptor(open_beneath(bucket_->get(), folder_path_.empty() ? "." : folder_path_, O_PATH | O_DIRECTORY), {});
  if (folder_.is_open() || means_absent(errno)) return {};
  return bucket_->failed("open", folder_path_, errno);
}

bool DirectoryListing::read_known(const std::string& hash, std::string_view key, const Stamp& stamp, ObjectInfo& info) {
  if (!meta_.is_open()) {
    meta_ = io::FileDescriptor(open_beneath(bucket_->get(), std::string(kMetaFolder), O_PATH | O_DIRECTORY), {});
    if (!meta_.is_open()) return false;
  }
  std::array<char, 64> path{};
  hash.copy(path.data(), 2);
  path[2] = '/';
  hash.copy(path.data() + 3, hash.size() - 2, 2);
  io::FileDescriptor file(::openat(meta_.get(), path.data(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC), {});
  if (!file.is_open() || !read_whole(file, text_)) return false;
  auto version = find_listed_version(text_, key, stamp);
  if (!version) return false;
  info.etag = std::move(version->etag);
  info.last_modified = version->modified;
  info.storage_class = version->storage_class.empty() ? "STANDARD" : std::move(version->storage_class);
  return true;
}

Result<bool> DirectoryListing::describe(ObjectInfo& info) {
  const bool mapped = !ordinary_item_ || (mapped_item_ && mapped_item_->key < ordinary_item_->key);
  const TreeWalk& walk = mapped ? mapped_ : ordinary_;
  const std::string_view key = mapped ? mapped_item_->key : ordinary_item_->key;
  info.bucket = name_;
  if (auto opened = open_folder(walk); !opened) return std::move(opened).error();
  const std::string leaf = walk.file_name();
  struct stat before {};
  if (::fstatat(folder_.get(), leaf.c_str(), &before, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(before.st_mode)) {
    const Stamp stamp = stamp_of(before);
    info.size = stamp.size;
    if (read_known(hash_of(key), key, stamp, info)) return true;
    struct stat after {};
    if (::fstatat(folder_.get(), leaf.c_str(), &after, AT_SYMLINK_NOFOLLOW) == 0 && after.st_ino == before.st_ino &&
        stamp_of(after) == stamp) {
      auto version = computed_version(stamp);  // nobody here wrote it
      info.etag = std::move(version.etag);
      info.last_modified = version.modified;
      info.storage_class = storage_class_of(version.attributes);
      return true;
    }
  }
  // It was replaced, moved or deleted meanwhile: look closely.
  auto found = find_object(*bucket_, Address(key), O_PATH, *verb_);
  if (!found) return std::move(found).error();
  if (!*found) return false;
  Version& version = (*found)->version;
  info.size = version.stamp.size;
  info.etag = std::move(version.etag);
  info.last_modified = version.modified;
  info.storage_class = storage_class_of(version.attributes);
  return true;
}

std::unique_ptr<DirectoryListing> ListingCache::take(const Key& key) {
  const std::lock_guard lock(mutex_);
  for (auto at = listings_.begin(); at != listings_.end(); ++at) {
    if (!(at->first == key)) continue;
    auto listing = std::move(at->second);
    listings_.erase(at);
    return listing;
  }
  return nullptr;
}

void ListingCache::put(Key key, std::unique_ptr<DirectoryListing> listing) {
  const std::lock_guard lock(mutex_);
  listings_.emplace_front(std::move(key), std::move(listing));
  if (listings_.size() > kMaxListings) listings_.pop_back();
}

}  // namespace objectstore::directory
