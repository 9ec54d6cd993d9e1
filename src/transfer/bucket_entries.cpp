// The objects behind a prefix as entries.
#include "transfer/bucket_entries.h"

#include <utility>

namespace objectstore::transfer {

namespace {

/// A comparison is seldom faster than this many pages at a time.
constexpr std::uint32_t kLanes = 4;

}  // namespace

BucketEntries::BucketEntries(Bucket& bucket, std::string prefix, PathFilter filter, const CallOptions& call)
    : prefix_(std::move(prefix)),
      filter_(std::move(filter)),
      listing_(bucket, {.list = {.prefix = prefix_ + filter_.prefix(), .call = call}, .concurrency = kLanes}) {}

Result<std::optional<Entry>> BucketEntries::next() {
  while (true) {
    if (next_ == page_.size()) {
      auto page = listing_.next();
      if (!page) return std::move(page).error();
      if (page->empty()) return std::optional<Entry>();
      page_ = std::move(*page);
      next_ = 0;
    }
    ObjectInfo& object = page_[next_++];
    std::string path = object.key.substr(prefix_.size());
    if (path.empty() || !filter_.matches(path)) continue;
    return std::optional(Entry{std::move(path), object.size, object.last_modified, std::move(object.etag)});
  }
}

}  // namespace objectstore::transfer
