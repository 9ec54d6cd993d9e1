// Buffers that are lent and kept within a budget.
#include "transfer/buffer_pool.h"

#include <algorithm>
#include <new>
#include <string>

namespace objectstore::transfer {

namespace {

/// Smaller ones cost less to make than to look for, and come in any size.
constexpr std::size_t kWorthKeeping = std::size_t{1} << 20U;

}  // namespace

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    reset();
    pool_ = std::exchange(other.pool_, nullptr);
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void Buffer::reset() noexcept {
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->put(std::move(bytes_), std::exchange(size_, 0));
}

std::size_t BufferPool::room_for(std::size_t size) const {
  return static_cast<std::size_t>(std::max<std::uint64_t>(1, budget_ / std::max<std::size_t>(1, size)));
}

Result<Buffer> BufferPool::take(std::size_t size) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return has_room(size); });
  return lend(std::move(lock), size);
}

std::optional<Buffer> BufferPool::take_at_once(std::size_t size) {
  std::unique_lock lock(mutex_);
  if (!has_room(size)) return std::nullopt;
  auto lent = lend(std::move(lock), size);
  if (!lent) return std::nullopt;
  return std::move(*lent);
}

Result<Buffer> BufferPool::lend(std::unique_lock<std::mutex> lock, std::size_t size) {
  used_ += size;
  const auto fitting = std::find_if(idle_.begin(), idle_.end(), [&](const Idle& each) { return each.size == size; });
  if (fitting != idle_.end()) {
    auto bytes = std::move(fitting->bytes);
    idle_.erase(fitting);
    kept_ -= size;
    return Buffer(this, std::move(bytes), size);
  }
  if (used_ + kept_ > budget_) {  // others' sizes must not push this one over
    idle_.clear();
    kept_ = 0;
  }
  lock.unlock();
  std::unique_ptr<std::byte[]> bytes(new (std::nothrow) std::byte[size]);
  if (bytes) return Buffer(this, std::move(bytes), size);
  lock.lock();
  used_ -= size;
  lock.unlock();
  room_.notify_all();
  return Error{.message = "out of memory for a buffer of " + std::to_string(size) + " bytes"};
}

void BufferPool::put(std::unique_ptr<std::byte[]> bytes, std::size_t size) noexcept {
  {
    const std::scoped_lock lock(mutex_);
    used_ -= size;
    if (size >= kWorthKeeping && used_ + kept_ + size <= budget_) {
      try {
        idle_.push_back({std::move(bytes), size});
        kept_ += size;
      } catch (const std::bad_alloc&) {  // then it is freed
      }
    }
  }
  room_.notify_all();
}

}  // namespace objectstore::transfer
