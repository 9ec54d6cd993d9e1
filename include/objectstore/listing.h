// ParallelListing: all keys behind a prefix, by several requests at a time, in bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "objectstore/bucket.h"
#include "objectstore/export.h"
#include "objectstore/result.h"

namespace objectstore {

struct ParallelListOptions {
  ListOptions list = {};          ///< without delimiter and continuation
  std::uint32_t concurrency = 8;  ///< pages asked for at a time, each on a thread; at least 1
  bool ordered = true;            ///< pages in the order of keys; else as they arrive, which needs no page to wait for another
};

/// Lists what `list_objects` would without a delimiter, faster where the server is far away: pages are fetched ahead, and a listing of many pages is
/// split into ranges of keys that are fetched beside each other. Where ranges begin is estimated from the keys seen so far; ranges that
/// turn out long are split again. What exists during the whole listing is listed once, whoever else writes.
/// Memory: some 16 pages, or 2 for each request in flight where that is more, however many keys there are. Requests: one for each page, and
/// a tenth to a quarter more where the listing was split, up to twice as many where keys stand in clusters. A listing of one page starts no thread, and
/// where no thread can be had the pages are fetched by the caller.
/// On a `memory:` or `file:` bucket it works as well, but is not faster than list_objects.
/// Thread-safety: one listing, one thread (or fiber). `bucket` must outlive it.
class OBJECTSTORE_EXPORT ParallelListing {
 public:
  /// The first request is made by `next`.
  explicit ParallelListing(Bucket& bucket, ParallelListOptions options = {});
  /// Cancels what is in flight and waits for its end.
  ~ParallelListing();
  ParallelListing(const ParallelListing&) = delete;
  ParallelListing& operator=(const ParallelListing&) = delete;

  /// The objects of the next page, in the order of keys within it; empty = that were all. An error ends the listing: with `ordered` it comes
  /// behind all pages in front of it. Errors: those of Bucket::list; invalid_argument (a delimiter, a continuation); corrupt (a server that
  /// lists out of order or without end).
  Result<std::vector<ObjectInfo>> next();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace objectstore
