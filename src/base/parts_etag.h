// The ETag that S3 gives an object of an upload in parts: the MD5 of the parts' MD5s, "-" and their count.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace objectstore::base {

/// Collects parts in their order. Thread-safety: one instance, one thread.
class PartsEtag {
 public:
  /// False: `etag` is no MD5 in hex, and the object's ETag cannot be told.
  bool add(std::string_view etag);
  [[nodiscard]] std::string text() const;

 private:
  std::string digests_;
  std::size_t count_ = 0;
};

}  // namespace objectstore::base
