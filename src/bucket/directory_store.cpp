// Opens buckets, looking after each once.
#include "bucket/directory_store.h"

#include "bucket/directory_sweep.h"

namespace objectstore::directory {

Result<BucketFolder> DirectoryStore::open(const std::string& bucket) {
  auto folder = BucketFolder::open(root_, bucket, options_.durable);
  if (!folder) return folder;
  {
    const std::lock_guard lock(mutex_);
    if (checked_.contains(bucket)) return folder;
  }
  auto known = folder->check_format();
  if (!known) return std::move(known).error();
  if (*known) {
    const std::lock_guard lock(mutex_);
    checked_.insert(bucket);
  }
  return folder;
}

Result<BucketFolder> DirectoryStore::open_to_write(const std::string& bucket) {
  auto folder = open(bucket);
  if (!folder) return folder;
  {
    const std::lock_guard lock(mutex_);
    if (!swept_.insert(bucket).second) return folder;
  }
  sweep(*folder, *clock_, options_.sweep_age);
  return folder;
}

}  // namespace objectstore::directory
