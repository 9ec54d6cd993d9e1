// The objects behind a prefix as entries.
#include "transfer/bucket_entries.h"

#include <utility>

namespace objectstore::transfer {

BucketEntries::BucketEntries(Bucket& bucket, std::string prefix, PathFilter filter, const CallOptions& call)
    : prefix_(std::move(prefix)),
      filter_(std::move(filter)),
      range_(list_objects(bucket, {.prefix = prefix_ + filter_.prefix(), .call = call})) {}

Result<std::optional<Entry>> BucketEntries::next() {
  while (true) {
    if (at_) {
      ++*at_;
    } else {
      at_ = range_.begin();
    }
    if (*at_ == ObjectRange::end()) return std::optional<Entry>();
    const Result<ListEntry>& listed = **at_;
    if (!listed) return listed.error();
    const ObjectInfo& object = listed->object;
    // Two listings are compared key by key, and what is missing may be deleted: that rests on the order.
    if (!last_.empty() && object.key <= last_) {
      return Error{.kind = ErrorKind::corrupt,
                   .message = "the listing is not in the order of keys",
                   .operation = "list",
                   .bucket = object.bucket,
                   .key = object.key};
    }
    last_ = object.key;
    std::string path = object.key.substr(prefix_.size());
    if (path.empty() || !filter_.matches(path)) continue;
    return std::optional(Entry{std::move(path), object.size, object.last_modified, object.etag});
  }
}

}  // namespace objectstore::transfer
