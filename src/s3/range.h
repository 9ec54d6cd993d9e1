// Byte ranges: which are none, and what one means against an object's size.
#pragma once

#include <cstdint>

#include "objectstore/bucket.h"
#include "objectstore/result.h"

namespace objectstore::s3 {

struct ByteSpan {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
  [[nodiscard]] std::uint64_t end() const { return first + size; }
  bool operator==(const ByteSpan&) const = default;
};

/// Errors: invalid_argument with code InvalidRange (last before first, a suffix of 0 bytes).
Status check_range(const ByteRange& range);

/// The bytes of an object of `size` bytes that `range` means: what a server must send, and what the backends without one do. What goes beyond
/// the end is cut, as in RFC 9110, section 14.1.2.
/// Errors: those of check_range, and the same where it starts at or beyond the end, which every range of an empty object does.
Result<ByteSpan> resolve_range(const ByteRange& range, std::uint64_t size);

/// The same for a part that is copied: a range given by first and last byte must lie within the source, and an empty one can be copied whole.
Result<ByteSpan> resolve_copied_range(const ByteRange& range, std::uint64_t size);

}  // namespace objectstore::s3
