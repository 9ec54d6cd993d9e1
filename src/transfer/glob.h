// One shell-style pattern over paths.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objectstore/result.h"

namespace objectstore::transfer {

/// The grammar stands in objectstore/path_filter.h. Thread-safety: immutable; may be used concurrently.
class Glob {
 public:
  /// `whole`: a pattern without '/' is compared with the whole path too. Errors: invalid_argument.
  static Result<Glob> parse(std::string_view pattern, bool whole);

  [[nodiscard]] bool matches(std::string_view path) const;
  /// Whatever lies beneath the folder matches.
  [[nodiscard]] bool matches_all_beneath(std::string_view folder) const;
  /// What every path that matches begins with.
  [[nodiscard]] std::string prefix() const;

 private:
  struct Token {
    enum class Kind : std::uint8_t {
      text,      ///< these bytes, one character
      one,       ///< one character but '/'
      set,       ///< one of some characters
      run,       ///< characters but '/', as many as there are
      anything,  ///< any characters
      folders,   ///< nothing, or any characters up to a '/'
    };
    Kind kind = Kind::text;
    std::string text = {};
    std::vector<std::pair<char32_t, char32_t>> ranges = {};
    bool negated = false;
  };

  static Result<Token> parse_set(std::string_view& rest);
  [[nodiscard]] static bool takes(const Token& token, std::string_view character);

  std::vector<Token> tokens_;
};

}  // namespace objectstore::transfer
