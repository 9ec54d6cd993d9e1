// What trees are compared by: entries in the order of their paths' bytes, whether they come from a bucket or from a folder.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore::transfer {

/// One object or file, by its path below the root.
struct Entry {
  std::string path;  ///< UTF-8, parts divided by '/'
  std::uint64_t size = 0;
  SystemTime modified{};
  std::string etag = {};  ///< of an object
};

/// What of a tree could not become an entry.
struct Skipped {
  std::string path;                           ///< as it is, UTF-8 or not
  std::string reason = {};                    ///< left out by rule, and no failure
  std::optional<Error> error = std::nullopt;  ///< a failure
  bool hides = false;                         ///< entries may lie behind it: what else is there cannot be told
};
using SkippedHandler = std::function<void(Skipped)>;

/// Entries in ascending order of their paths. Thread-safety: one instance, one thread.
class EntrySource {
 public:
  virtual ~EntrySource() = default;
  /// The next one; nothing = that was all. An error ends it.
  virtual Result<std::optional<Entry>> next() = 0;
};

}  // namespace objectstore::transfer
