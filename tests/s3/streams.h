// Bodies that are read piece by piece, and what they give.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "objectstore/body.h"
#include "support/catch.h"

namespace objectstore::testing {

/// `text` as a stream, given in pieces of `piece` bytes.
inline Body stream_of(std::string text, std::size_t piece, bool rewindable) {
  auto position = std::make_shared<std::size_t>(0);
  const std::uint64_t length = text.size();
  auto read = [text = std::move(text), position, piece](std::span<std::byte> out) -> Result<std::size_t> {
    const std::size_t count = std::min({out.size(), piece, text.size() - *position});
    std::memcpy(out.data(), text.data() + *position, count);
    *position += count;
    return count;
  };
  if (!rewindable) return Body::stream(length, std::move(read));
  return Body::stream(length, std::move(read), [position]() -> Status {
    *position = 0;
    return {};
  });
}

inline std::string read_all(BodySource& source, std::size_t buffer_size) {
  std::string text;
  std::vector<std::byte> buffer(buffer_size);
  while (true) {
    auto count = source.read(buffer);
    REQUIRE(count);
    if (*count == 0) return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
}

}  // namespace objectstore::testing
