// A bounded pipe between a thread that downloads and one that uploads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "objectstore/result.h"

namespace objectstore::transfer {

/// One writer, one reader. Thread-safety: every member may be called concurrently.
class Pipe {
 public:
  explicit Pipe(std::size_t capacity) : ring_(capacity) {}

  /// Waits for room. Errors: cancelled (the reader has gone).
  Status write(std::span<const std::byte> bytes);
  /// The writer's end: all was written, or why not.
  void end(Status how);
  /// Fills the front of `out`, waiting for bytes; 0 = the end. Errors: that of the writer.
  Result<std::size_t> read(std::span<std::byte> out);
  /// The reader wants no more.
  void close();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by `mutex_`:
  std::vector<std::byte> ring_;
  std::size_t first_ = 0;  ///< of the bytes in the ring
  std::size_t count_ = 0;
  std::optional<Status> end_;
  bool closed_ = false;
};

}  // namespace objectstore::transfer
