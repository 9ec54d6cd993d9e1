// PathFilter: which paths of a tree take part, said by shell-style patterns.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/export.h"
#include "objectstore/result.h"

namespace objectstore {

/// Patterns over paths relative to a root, with '/' between their parts.
///   *        any characters but '/'         **     any characters, '/' too; "**/" also stands for nothing
///   ?        one character but '/'          [a-z]  one of these, [!a-z] one of all others, never '/'
///   \x       x itself
/// A pattern without '/' is compared with the last part of a path, wherever it lies: "*.tmp". One that holds a '/' is compared with the whole
/// path: "build/*.o", and "/notes.txt" only in the root. One that ends in '/' stands for all that lies beneath folders of that name: "cache/",
/// "/cache/". That is how .gitignore reads them, save that a folder's name alone does not stand for what it holds.
struct PathPatterns {
  std::vector<std::string> include = {};  ///< nothing = everything
  std::vector<std::string> exclude = {};  ///< wins over `include`, whatever the order
  /// A path has to match one of these besides, always as a whole; nothing = no such bound. What they begin with bounds a listing.
  std::vector<std::string> within = {};
};

/// Copies share the patterns. Thread-safety: immutable; may be used concurrently.
class OBJECTSTORE_EXPORT PathFilter {
 public:
  /// Lets everything through.
  PathFilter() = default;
  /// Errors: invalid_argument (an empty pattern, one that is not UTF-8, a '[' without its ']', a range that runs backwards, a '\' at the end).
  static Result<PathFilter> make(const PathPatterns& patterns);

  /// In time proportional to the path's length times the patterns'.
  [[nodiscard]] bool matches(std::string_view path) const;
  /// Nothing beneath the folder ("a/b", without a slash at the end) can match, because a pattern excludes all of it.
  [[nodiscard]] bool excludes_folder(std::string_view folder) const;
  /// The longest text that every path which matches begins with.
  [[nodiscard]] std::string prefix() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// `text` as a pattern that stands for itself.
OBJECTSTORE_EXPORT std::string escape_pattern(std::string_view text);

}  // namespace objectstore
