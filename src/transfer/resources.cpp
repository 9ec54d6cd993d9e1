// What the bounds of a manager come to.
#include "transfer/resources.h"

#include <algorithm>
#include <cstddef>

namespace objectstore::transfer {

namespace {

/// Lanes that wait for a worker; more than that are not missed.
constexpr std::size_t kQueuedLanes = 1024;

TransferOptions complete(TransferOptions options) {
  options.multipart_threshold = std::min(options.multipart_threshold, kMaxSinglePutBytes);
  options.copy_threshold = std::min(options.copy_threshold, kMaxSinglePutBytes);
  return options;
}

}  // namespace

Resources::Resources(const TransferOptions& chosen)
    : options(complete(chosen)),
      clock(chosen.clock ? chosen.clock : system_clock()),
      buffers(options.memory),
      requests(limit_bounds(options.concurrency, options.max_concurrency), clock, [this](std::size_t limit) { pool.set_workers(limit); }),
      pool(requests.count(), kQueuedLanes, requests.most()) {}

}  // namespace objectstore::transfer
