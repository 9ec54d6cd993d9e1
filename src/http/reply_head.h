// Reads the head of a reply line by line, within bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "objectstore/http.h"
#include "objectstore/result.h"

namespace objectstore::http {

inline constexpr std::size_t kMaxHeadBytes = 256u << 10;  ///< of all head blocks of one reply, interim ones (1xx) included
inline constexpr std::size_t kMaxLineBytes = 64u << 10;
inline constexpr std::size_t kMaxHeaders = 1000;

/// Collects status and headers of the final reply; interim replies (1xx) are dropped, trailers ignored.
class ReplyHead {
 public:
  /// Fills `status` and `headers` of `reply`, which must outlive this.
  explicit ReplyHead(HttpReply& reply) : reply_(&reply) {}

  /// One line with its line end. True when it completed the head of the final reply.
  /// Errors: corrupt (beyond the bounds, no header, a Content-Length that is no number or contradicts an earlier one).
  Result<bool> add_line(std::string_view line);

  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept { return content_length_; }

 private:
  Status add_header(std::string_view line);

  HttpReply* reply_;
  std::size_t bytes_ = 0;
  bool complete_ = false;
  std::optional<std::uint64_t> content_length_;
};

}  // namespace objectstore::http
