// All objects behind a prefix, by several requests at a time.
#include "object_walk.h"

#include <algorithm>
#include <utility>

#include "objectstore/listing.h"

namespace objectstore::cli {

Status walk_objects(Session& session, Bucket& bucket, ListOptions options, bool any_order, const std::function<bool(ObjectInfo&)>& visit) {
  options.call = session.call();
  constexpr unsigned kMostLanes = 16;  // more pages at a time than a server answers beside each other
  const unsigned lanes = session.in_run() ? 1 : std::min(fixed_concurrency(session.globals()), kMostLanes);
  ParallelListing listing(bucket, {.list = std::move(options), .concurrency = lanes, .ordered = !any_order});
  while (true) {
    Result<std::vector<ObjectInfo>> page = listing.next();
    if (!page) return page.error();
    if (page->empty()) return {};
    for (ObjectInfo& object : *page) {
      if (session.stopped() || !visit(object)) return {};
    }
  }
}

}  // namespace objectstore::cli
