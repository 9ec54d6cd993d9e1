// One object in ranges that are downloaded beside each other.
#pragma once

#include <string_view>

#include "objectstore/transfer.h"
#include "transfer/resources.h"

namespace objectstore::transfer {

/// Remembers which ranges of a download have arrived, across runs. Thread-safety: `arrived` may be called concurrently.
class DownloadJournal {
 public:
  virtual ~DownloadJournal() = default;
  /// The object as it is now and the size of its ranges, before anything is fetched. Returns the size of the ranges to use: that of the earlier
  /// run where there was one of the same object.
  virtual Result<std::uint64_t> open(const ObjectInfo& object, std::uint64_t part_size) = 0;
  [[nodiscard]] virtual bool has(std::uint32_t index) const = 0;
  virtual Status arrived(std::uint32_t index) = 0;
};

/// See TransferManager::download. `journal` may be null.
Result<Downloaded> download_in_ranges(Resources& resources, Bucket& bucket, std::string_view key, BodySink& sink,
                                      const TransferDownloadOptions& options, DownloadJournal* journal);

}  // namespace objectstore::transfer
