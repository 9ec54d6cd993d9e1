// What the handles of one directory backend share.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "bucket/client_backend.h"
#include "bucket/directory_folder.h"
#include "bucket/directory_listing.h"
#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore::directory {

struct DirectoryOptions {
  bool durable = true;                      ///< false skips every fsync: a power cut may cost what was written last
  std::chrono::seconds sweep_age{15 * 60};  ///< leftovers of dead writers stay this long
};

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

/// make_directory_backend with more to choose.
Result<std::shared_ptr<ClientBackend>> make_directory_backend(const std::filesystem::path& root, std::shared_ptr<Clock> clock,
                                                              std::shared_ptr<Random> random, DirectoryOptions options);

}  // namespace objectstore::directory
