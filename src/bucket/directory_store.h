// What the handles of one directory backend share.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "bucket/backends.h"
#include "bucket/directory_folder.h"
#include "bucket/directory_listing.h"
#include "bucket/verb.h"
#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore::directory {

/// Thread-safety: every member may be called concurrently.
class DirectoryStore {
 public:
  DirectoryStore(std::filesystem::path root, std::shared_ptr<Clock> clock, std::shared_ptr<Random> random, DirectoryOptions options)
      : root_(std::move(root)), clock_(std::move(clock)), random_(std::move(random)), options_(options) {}

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] Clock& clock() const { return *clock_; }
  [[nodiscard]] Random& random() const { return *random_; }
  [[nodiscard]] bool durable() const { return options_.durable; }
  [[nodiscard]] ListingCache& listings() { return listings_; }

  [[nodiscard]] Verb begin(std::string_view operation, std::string_view bucket, std::string_view key, const CallOptions& options) const {
    return {operation, bucket, key, options, *clock_, options_.deadline};
  }

  /// The bucket's folder. Errors: not_found with code NoSuchBucket, unsupported (its format).
  Result<BucketFolder> open(const std::string& bucket);
  /// The same for writing: prepared on the first time, and swept.
  Result<BucketFolder> open_to_write(const std::string& bucket);

 private:
  const std::filesystem::path root_;
  const std::shared_ptr<Clock> clock_;
  const std::shared_ptr<Random> random_;
  const DirectoryOptions options_;
  ListingCache listings_;
  std::mutex mutex_;
  std::set<std::string> checked_;  ///< guarded by mutex_: buckets whose format is known to be ours
  std::set<std::string> swept_;    ///< guarded by mutex_
};

std::shared_ptr<Bucket> make_directory_bucket(std::shared_ptr<DirectoryStore> store, std::string name);

}  // namespace objectstore::directory
