// Cuts byte ranges to an object's size.
#include "bucket/range.h"

#include <algorithm>
#include <string>
#include <utility>

namespace objectstore {

namespace {

Error not_satisfiable(std::string message) {
  Error error;
  error.kind = ErrorKind::invalid_argument;
  error.message = std::move(message);
  error.service_code = "InvalidRange";
  return error;
}

}  // namespace

Result<ByteSpan> resolve_range(const ByteRange& range, std::uint64_t size) {
  const auto beyond = [&](std::uint64_t first) {
    return not_satisfiable("the range starts at byte " + std::to_string(first) + " of an object of " + std::to_string(size) + " bytes");
  };
  switch (range.form) {
    case ByteRange::Form::whole: return ByteSpan{0, size};
    case ByteRange::Form::first_last:
      if (range.last < range.first) return not_satisfiable("the range ends before it starts");
      if (range.first >= size) return beyond(range.first);
      return ByteSpan{range.first, std::min(range.last, size - 1) - range.first + 1};
    case ByteRange::Form::from:
      if (range.first >= size) return beyond(range.first);
      return ByteSpan{range.first, size - range.first};
    case ByteRange::Form::suffix: {
      if (range.count == 0) return not_satisfiable("a suffix of 0 bytes is no range");
      if (size == 0) return beyond(0);
      const std::uint64_t count = std::min(range.count, size);
      return ByteSpan{size - count, count};
    }
  }
  return not_satisfiable("not a form of range");
}

}  // namespace objectstore
