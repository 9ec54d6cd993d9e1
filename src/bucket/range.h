// Byte ranges against an object's size, for the backends that have no server to do it.
#pragma once

#include <cstdint>

#include "objectstore/bucket.h"
#include "objectstore/result.h"

namespace objectstore {

struct ByteSpan {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
  bool operator==(const ByteSpan&) const = default;
};

/// The bytes of an object of `size` bytes that `range` means. What goes beyond the end is cut, as in RFC 9110, section 14.1.2.
/// Errors: invalid_argument with code InvalidRange (it starts at or beyond the end, which every range of an empty object does; a suffix of
/// 0 bytes; last before first).
Result<ByteSpan> resolve_range(const ByteRange& range, std::uint64_t size);

}  // namespace objectstore
