// A list of keys that may be longer than memory: what is to be deleted at the end.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/result.h"

namespace objectstore::transfer {

/// Keys up to 1 MiB in all are held in memory, more in a temporary file without a name. Written first, then read once.
/// Thread-safety: one instance, one thread.
class KeySpool {
 public:
  /// `key` holds no NUL byte. Errors: internal (the disk is full).
  Status add(std::string_view key);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The next keys, `most` of them at most; none = that was all. Errors: internal.
  Result<std::vector<std::string>> take(std::size_t most);

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const noexcept { (void)std::fclose(file); }
  };
  Status spill();

  std::string buffer_;  ///< each key ended by a NUL byte
  std::size_t at_ = 0;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::uint64_t count_ = 0;
  bool reading_ = false;
};

}  // namespace objectstore::transfer
