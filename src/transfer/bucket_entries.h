// The objects behind a prefix as entries.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "objectstore/bucket.h"
#include "objectstore/listing.h"
#include "objectstore/path_filter.h"
#include "transfer/entries.h"

namespace objectstore::transfer {

/// Fetches pages ahead, in bounded memory. Left out: what `filter` excludes, and an object under the prefix itself.
class BucketEntries final : public EntrySource {
 public:
  /// `bucket` must outlive it.
  BucketEntries(Bucket& bucket, std::string prefix, PathFilter filter, const CallOptions& call);
  /// Errors: those of ParallelListing.
  Result<std::optional<Entry>> next() override;

 private:
  std::string prefix_;
  PathFilter filter_;
  ParallelListing listing_;
  std::vector<ObjectInfo> page_;
  std::size_t next_ = 0;  ///< in page_
};

}  // namespace objectstore::transfer
