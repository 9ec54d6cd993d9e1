// What tests of large objects share: content, bodies of every kind, a look at what an upload left behind.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/client.h"
#include "objectstore/transfer.h"
#include "support/catch.h"
#include "support/faulty_bucket.h"
#include "support/temp_dir.h"

namespace objectstore::testing {

inline constexpr std::uint64_t kPart = kMinPartBytes;

/// Bytes that differ from place to place, so that a part in a wrong place shows.
inline std::string content_of(std::uint64_t size, std::uint64_t seed = 1) {
  std::string text(static_cast<std::size_t>(size), '\0');
  std::uint64_t state = seed * 0x9e3779b97f4a7c15u;
  for (std::size_t i = 0; i < text.size(); i += 8) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    std::memcpy(text.data() + i, &state, std::min<std::size_t>(8, text.size() - i));
  }
  return text;
}

/// Small parts and everything over one of them in parts.
inline TransferOptions small_parts(std::uint32_t concurrency = 3) {
  return {.concurrency = concurrency, .part_size = kPart, .multipart_threshold = kPart};
}

/// Gives `content` in pieces of odd sizes.
inline std::function<Result<std::size_t>(std::span<std::byte>)> reader_of(std::string content) {
  auto position = std::make_shared<std::size_t>(0);
  return [content = std::move(content), position](std::span<std::byte> out) -> Result<std::size_t> {
    const std::size_t count = std::min({out.size(), std::size_t{700'001}, content.size() - *position});
    if (count > 0) std::memcpy(out.data(), content.data() + *position, count);
    *position += count;
    return count;
  };
}

inline std::shared_ptr<Bucket> memory_bucket() {
  auto client = connect({.endpoint = "memory:"});
  REQUIRE(client);
  REQUIRE(client->create_bucket("media"));
  return client->bucket("media");
}

inline std::size_t unfinished(Bucket& bucket) {
  auto page = bucket.list_multipart_uploads();
  REQUIRE(page);
  return page->uploads.size();
}

inline std::string stored(Bucket& bucket, std::string_view key) {
  auto got = bucket.download(key);
  if (!got) return "<" + std::string(to_string(got.error().kind)) + ">";
  return std::move(got->content);
}

/// How many of the operations begin with `verb`.
inline std::size_t count_of(const std::vector<std::string>& operations, std::string_view verb) {
  return static_cast<std::size_t>(
      std::count_if(operations.begin(), operations.end(), [&](const std::string& line) { return line.starts_with(verb); }));
}

}  // namespace objectstore::testing
