// Checks byte ranges, and cuts them to an object's size.
#include "s3/range.h"

#include <algorithm>
#include <string>
#include <utility>

namespace objectstore::s3 {

namespace {

Error not_satisfiable(std::string message) {
  return Error{.kind = ErrorKind::invalid_argument, .message = std::move(message), .service_code = "InvalidRange"};
}

}  // namespace

Status check_range(const ByteRange& range) {
  if (range.form == ByteRange::Form::first_last && range.last < range.first) {
    return not_satisfiable("the range's first byte (" + std::to_string(range.first) + ") lies behind its last (" +
                           std::to_string(range.last) + ")");
  }
  if (range.form == ByteRange::Form::suffix && range.count == 0) return not_satisfiable("a suffix of 0 bytes is no range");
  return {};
}

Result<ByteSpan> resolve_range(const ByteRange& range, std::uint64_t size) {
  if (auto fine = check_range(range); !fine) return std::move(fine).error();
  const auto beyond = [&](std::uint64_t first) {
    return not_satisfiable("the range starts at byte " + std::to_string(first) + " of an object of " + std::to_string(size) + " bytes");
  };
  switch (range.form) {
    case ByteRange::Form::whole: return ByteSpan{0, size};
    case ByteRange::Form::first_last:
      if (range.first >= size) return beyond(range.first);
      return ByteSpan{range.first, std::min(range.last, size - 1) - range.first + 1};
    case ByteRange::Form::from:
      if (range.first >= size) return beyond(range.first);
      return ByteSpan{range.first, size - range.first};
    case ByteRange::Form::suffix: {
      if (size == 0) return beyond(0);
      const std::uint64_t count = std::min(range.count, size);
      return ByteSpan{size - count, count};
    }
  }
  return not_satisfiable("not a form of range");
}

Result<ByteSpan> resolve_copied_range(const ByteRange& range, std::uint64_t size) {
  if (range.form == ByteRange::Form::first_last && range.last >= size) {
    return not_satisfiable("the range ends at byte " + std::to_string(range.last) + " of a source of " + std::to_string(size) + " bytes");
  }
  return resolve_range(range, size);
}

}  // namespace objectstore::s3
