// How an object is cut into parts: all of one size but the last, within the limits of S3.
#pragma once

#include <cstdint>
#include <optional>

#include "objectstore/result.h"
#include "objectstore/transfer.h"

namespace objectstore::transfer {

/// Parts are equal, since some servers (R2) demand it and since a part's place then follows from its number.
struct PartPlan {
  std::uint64_t size = 0;       ///< of the object
  std::uint64_t part_size = 0;  ///< of every part but the last
  std::uint32_t count = 0;      ///< at least 1

  /// Of part `index`, counted from 0.
  [[nodiscard]] std::uint64_t offset(std::uint32_t index) const { return part_size * index; }
  [[nodiscard]] std::uint64_t size_of(std::uint32_t index) const { return index + 1 < count ? part_size : size - offset(index); }
};

inline constexpr std::uint64_t kDefaultPartBytes = 8ull << 20;

/// The part size for bodies of unknown length. Errors: invalid_argument (outside 5 MiB .. 5 GiB).
Result<std::uint64_t> part_size_for_streams(std::uint64_t wanted);
/// `wanted` = 0: 8 MiB, or the whole MiB with which 10,000 parts hold `size`.
/// Errors: invalid_argument (over 5 TiB, a part size outside 5 MiB .. 5 GiB, more than 10,000 parts of the size wanted).
Result<PartPlan> plan_parts(std::uint64_t size, std::uint64_t wanted);

}  // namespace objectstore::transfer
