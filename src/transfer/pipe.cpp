// A bounded pipe between two threads.
#include "transfer/pipe.h"

#include <algorithm>
#include <utility>

namespace objectstore::transfer {

Status Pipe::write(std::span<const std::byte> bytes) {
  std::unique_lock lock(mutex_);
  while (!bytes.empty()) {
    changed_.wait(lock, [this] { return closed_ || count_ < ring_.size(); });
    if (closed_) return Error{.kind = ErrorKind::cancelled, .message = "the other end of the transfer has ended"};
    const std::size_t at = (first_ + count_) % ring_.size();
    const std::size_t size = std::min({bytes.size(), ring_.size() - count_, ring_.size() - at});
    std::copy_n(bytes.begin(), size, ring_.begin() + static_cast<std::ptrdiff_t>(at));
    count_ += size;
    bytes = bytes.subspan(size);
    changed_.notify_all();
  }
  return {};
}

void Pipe::end(Status how) {
  const std::scoped_lock lock(mutex_);
  end_ = std::move(how);
  changed_.notify_all();
}

Result<std::size_t> Pipe::read(std::span<std::byte> out) {
  std::unique_lock lock(mutex_);
  if (out.empty()) return std::size_t{0};
  changed_.wait(lock, [this] { return count_ > 0 || end_; });
  if (count_ == 0) {
    if (!*end_) return end_->error();
    return std::size_t{0};
  }
  const std::size_t size = std::min({out.size(), count_, ring_.size() - first_});
  std::copy_n(ring_.begin() + static_cast<std::ptrdiff_t>(first_), size, out.begin());
  first_ = (first_ + size) % ring_.size();
  count_ -= size;
  changed_.notify_all();
  return size;
}

void Pipe::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

}  // namespace objectstore::transfer
