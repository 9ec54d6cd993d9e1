// Hands parts that arrive in any order to a sink in their order.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>

#include "base/condition.h"
#include "base/digest.h"
#include "objectstore/body.h"

namespace objectstore::transfer {

/// Thread-safety: every member may be called concurrently.
class OrderedWriter {
 public:
  explicit OrderedWriter(BodySink& sink) : sink_(sink) {}

  /// Waits until all parts in front of `index` were written, then writes, and lets `hasher` (may be null) see the bytes. False: the writer was
  /// stopped. Errors: the sink's own; the writer is stopped then.
  Result<bool> write(std::uint32_t index, std::span<const std::byte> bytes, base::Hasher* hasher);
  /// Nothing more is written; who waits returns.
  void stop();

 private:
  BodySink& sink_;
  std::mutex mutex_;
  base::Condition turn_;
  std::uint32_t next_ = 0;  ///< guarded by `mutex_`
  bool stopped_ = false;    ///< guarded by `mutex_`
};

}  // namespace objectstore::transfer
