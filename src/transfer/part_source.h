// The parts of a body: in place where it lies in memory, into a buffer from wherever it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>

#include "base/condition.h"
#include "objectstore/body.h"
#include "objectstore/result.h"
#include "transfer/buffer_pool.h"
#include "transfer/part_plan.h"

namespace objectstore::transfer {

struct Part {
  std::uint32_t index = 0;  ///< from 0
  std::span<const std::byte> bytes{};
  Buffer buffer = {};  ///< holds `bytes`, where they are not the body's own
};

/// Cuts a body into parts. Thread-safety: `next` and `at` may be called concurrently.
class PartSource {
 public:
  /// A body of known size. `source` and `buffers` must outlive this.
  PartSource(BodySource& source, BufferPool& buffers, const PartPlan& plan)
      : source_(source), buffers_(buffers), plan_(plan), part_size_(plan.part_size) {}
  /// A body of unknown size, in parts of `part_size`.
  PartSource(BodySource& source, BufferPool& buffers, std::uint64_t part_size)
      : source_(source), buffers_(buffers), part_size_(part_size) {}

  /// Part `index` need not be sent; for bodies with random access, before the first `next`.
  void skip(std::uint32_t index) { skipped_.insert(index); }
  /// The next part that is to be sent, nothing behind the last one. A body without bytes has one part without any.
  /// Errors: invalid_argument (the body is shorter or longer than it said, or needs more than 10,000 parts), the body's own. No part comes
  /// behind an error.
  Result<std::optional<Part>> next();
  /// The bytes of one part of a body with random access, to be sent or not. Errors: as next.
  Result<Part> at(std::uint32_t index);

  /// The body was read to its end, in order.
  [[nodiscard]] bool ended() const;
  /// Once `next` gave nothing: how many parts there are, and their bytes in all.
  [[nodiscard]] std::uint32_t count() const;
  [[nodiscard]] std::uint64_t size() const;

 private:
  [[nodiscard]] bool in_any_order() const { return plan_ && source_.random_access(); }
  Result<std::optional<Part>> next_in_order();
  /// Fills the front of `out` from where the body stands, as far as it goes.
  Result<std::size_t> read_full(std::span<std::byte> out);

  BodySource& source_;
  BufferPool& buffers_;
  const std::optional<PartPlan> plan_;
  const std::uint64_t part_size_;
  std::set<std::uint32_t> skipped_;

  mutable base::Mutex mutex_;  ///< held also while the body is read in order
  // Guarded by `mutex_`:
  std::uint32_t next_ = 0;   ///< index of the next part
  std::uint64_t given_ = 0;  ///< bytes read in order
  bool ended_ = false;
};

}  // namespace objectstore::transfer
