// Counts a source's bytes against the declared length.
#include "io/exact_reader.h"

#include <algorithm>
#include <string>

namespace objectstore::io {

Result<std::size_t> ExactReader::read(std::span<std::byte> out) {
  if (error_) return *error_;
  std::uint64_t left = length_ - given_;
  if (left == 0) {
    if (auto end = expect_end(); !end) return std::move(end).error();
    return std::size_t{0};
  }
  if (out.empty()) return std::size_t{0};
  std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size()));
  auto count = source_->read(out.first(wanted));
  if (!count) {
    error_ = count.error();
    return count;
  }
  if (*count == 0 || *count > wanted) {
    error_ = Error{.kind = ErrorKind::invalid_argument,
                   .message = *count == 0 ? "the body ended after " + std::to_string(given_) + " of " + std::to_string(length_) + " bytes"
                                          : "the body's read gave more bytes than it was asked for"};
    return *error_;
  }
  if (*count == left) {
    if (auto end = expect_end(); !end) return std::move(end).error();
  }
  given_ += *count;
  return count;
}

Status ExactReader::expect_end() {
  if (ended_) return {};
  std::byte beyond{};
  auto count = source_->read({&beyond, 1});
  if (!count) {
    error_ = count.error();
  } else if (*count != 0) {
    error_ = Error{.kind = ErrorKind::invalid_argument, .message = "the body goes on after its " + std::to_string(length_) + " bytes"};
  }
  if (error_) return *error_;
  ended_ = true;
  return {};
}

Status ExactReader::rewind() {
  auto rewound = source_->rewind();
  if (!rewound) {
    error_ = rewound.error();
    return rewound;
  }
  given_ = 0;
  ended_ = false;
  error_.reset();
  return {};
}

}  // namespace objectstore::io
