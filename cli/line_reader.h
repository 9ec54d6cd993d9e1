// Lines of a file or of standard input, one at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "objectstore/result.h"

namespace objectstore::cli {

inline constexpr std::size_t kLongestLine = 64u << 20;  ///< bytes

/// Thread-safety: one instance, one thread.
class LineReader {
 public:
  /// `descriptor` stays open and the caller's; `name` is for messages. No more lines are read once `stop` (-1 = none) can be.
  LineReader(int descriptor, std::string name, int stop = -1) : descriptor_(descriptor), stop_(stop), name_(std::move(name)) {}

  /// The next line without its line end; nothing at the end, or when a signal came or `stop` can be read. The text is good until the next call.
  /// Errors: invalid_argument (over 64 MiB; the line is skipped, the next call goes on behind it), internal (reading).
  Result<std::optional<std::string_view>> next();
  /// The number of the line returned last, from 1.
  [[nodiscard]] std::size_t number() const { return number_; }
  /// No more lines will come.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  Status fill();

  int descriptor_;
  int stop_;
  std::string name_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t number_ = 0;
  bool source_ended_ = false;
  bool ended_ = false;
};

}  // namespace objectstore::cli
