// Sizes of objects as a benchmark draws them: one, a range, or several by their weights.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore::cli {

/// Sizes in bytes. Thread-safety: const members may be called concurrently.
class SizeMix {
 public:
  /// "4KiB": always this. "1KiB-1MiB": any between, uniform in the logarithm (as many up to twice a size as up to twice another). "1KiB:90,1MiB:10":
  /// each by its weight; an entry may be a range. Errors: invalid_argument with the flag and its value.
  static Result<SizeMix> parse(std::string_view flag, std::string_view text);

  [[nodiscard]] std::uint64_t draw(Random& random) const;
  [[nodiscard]] std::uint64_t largest() const;
  /// As it was given.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Entry {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t weight = 1;
  };
  std::string text_;
  std::vector<Entry> entries_;  ///< one at least
  std::uint64_t weights_ = 0;   ///< their sum, above 0
};

/// A number below `bound` (above 0), uniform as far as anybody can tell.
std::uint64_t draw_below(Random& random, std::uint64_t bound);

}  // namespace objectstore::cli
