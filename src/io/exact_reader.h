// Reads a body of declared length: a source that gives fewer or more bytes fails, and it fails before the last byte is handed out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "objectstore/body.h"
#include "objectstore/result.h"

namespace objectstore::io {

/// Whoever sends what this gives can never complete an upload of an over-long or short body: the last bytes are only handed out once the
/// source has said that nothing follows them. Thread-safety: one instance, one thread.
class ExactReader {
 public:
  /// `source` must outlive the reader.
  ExactReader(BodySource& source, std::uint64_t length) : source_(&source), length_(length) {}

  /// Fills the front of `out`, 0 = all was given. Errors: invalid_argument (the source ended early or goes on), the source's own. The first
  /// error stays.
  Result<std::size_t> read(std::span<std::byte> out);
  /// Back to the first byte. Errors: the source's own (unsupported: it can be read only once).
  Status rewind();

 private:
  Status expect_end();

  BodySource* source_;
  std::uint64_t length_;
  std::uint64_t given_ = 0;  ///< bytes handed out since the start or the last rewind
  bool ended_ = false;       ///< the source said so, after the last byte
  std::optional<Error> error_;
};

}  // namespace objectstore::io
