// Deleting many objects in batches, for the commands rm and rb.
#pragma once

#include <string>
#include <vector>

#include "objectstore/bucket.h"
#include "objectstore/path_filter.h"
#include "session.h"

namespace objectstore::cli {

/// Gathers keys of one bucket and deletes them a thousand at a time. What cannot be deleted is reported and counted.
class Deletion {
 public:
  /// A dry run prints the addresses instead.
  Deletion(Session& session, std::shared_ptr<Bucket> bucket, bool dry_run);
  /// Errors: the whole batch could not be tried.
  Status add(std::string key);
  Status flush();
  /// Every key that begins with `prefix` and matches behind it.
  Status add_all(std::string_view prefix, const PathFilter& filter = {});
  [[nodiscard]] std::uint64_t deleted() const { return deleted_; }

 private:
  void print(const std::string& key);

  Session& session_;
  std::shared_ptr<Bucket> bucket_;
  bool dry_run_;
  std::vector<std::string> keys_;
  std::uint64_t deleted_ = 0;
};

}  // namespace objectstore::cli
