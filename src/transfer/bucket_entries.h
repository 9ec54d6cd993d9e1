// The objects behind a prefix as entries.
#pragma once

#include <optional>
#include <string>

#include "objectstore/bucket.h"
#include "objectstore/path_filter.h"
#include "transfer/entries.h"

namespace objectstore::transfer {

/// Holds one page of the listing at a time. Left out: what `filter` excludes, and an object under the prefix itself.
class BucketEntries final : public EntrySource {
 public:
  /// `bucket` must outlive it.
  BucketEntries(Bucket& bucket, std::string prefix, PathFilter filter, const CallOptions& call);
  /// Errors: those of Bucket::list; corrupt (the listing is not in order).
  Result<std::optional<Entry>> next() override;

 private:
  std::string prefix_;
  PathFilter filter_;
  ObjectRange range_;
  std::optional<ObjectRange::Iterator> at_;
  std::string last_;  ///< the key before
};

}  // namespace objectstore::transfer
