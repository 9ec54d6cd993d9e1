// Bytes from a descriptor as a body: as they come, or kept in a nameless temporary file until they are sent.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "objectstore/body.h"
#include "objectstore/result.h"

namespace objectstore::cli {

/// What `descriptor` gives from here to its end, as a body that can be rewound. A pipe or device is copied into a file of mode 0600 in
/// TMPDIR (or /tmp) that has no name any more when the first byte is written; a regular file is read where it is. `name` is for messages.
/// Errors: cancelled (a signal came), internal and permission_denied (the temporary file, reading).
Result<Body> spool(int descriptor, std::string_view name);

/// What `descriptor` gives from here to its end, read as it is sent: a pipe or device as a body of unknown length, a regular file as one that
/// can be read at any place. Errors: as spool.
Result<Body> stream_of(int descriptor, std::string_view name);

/// An error of the operating system, with the kind that fits `number` (errno).
Error system_error(std::string_view what, int number);

/// A file of mode 0600 in TMPDIR (or /tmp) that has no name; -1 with errno where there can be none.
int open_nameless_file();
/// All of `data`. Returns 0, or why not (an errno).
int write_all(int descriptor, std::span<const std::byte> data);

/// Closes when it goes.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(other.value_) { other.value_ = -1; }
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

}  // namespace objectstore::cli
