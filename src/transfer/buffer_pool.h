// Buffers for parts on their way, within a budget of memory that all transfers share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/condition.h"
#include "objectstore/result.h"

namespace objectstore::transfer {

class BufferPool;

/// Goes back to its pool when it goes. Move-only. Thread-safety: one instance, one thread.
class Buffer {
 public:
  Buffer() = default;
  ~Buffer() { reset(); }
  Buffer(Buffer&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept;

  [[nodiscard]] std::span<std::byte> bytes() const { return {bytes_.get(), size_}; }
  void reset() noexcept;

 private:
  friend class BufferPool;
  Buffer(BufferPool* pool, std::unique_ptr<std::byte[]> bytes, std::size_t size) : pool_(pool), bytes_(std::move(bytes)), size_(size) {}

  BufferPool* pool_ = nullptr;
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

/// Thread-safety: every member may be called concurrently. It must outlive its buffers.
class BufferPool {
 public:
  explicit BufferPool(std::uint64_t budget) : budget_(budget) {}
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  /// Waits until the budget has room; one buffer is had in any case. The bytes are not initialised. Errors: internal (out of memory).
  Result<Buffer> take(std::size_t size);
  /// The same, but nothing where it would have to wait, or memory is short.
  std::optional<Buffer> take_at_once(std::size_t size);
  /// How many buffers of that size fit into the budget, at least 1.
  [[nodiscard]] std::size_t room_for(std::size_t size) const;

 private:
  friend class Buffer;
  [[nodiscard]] bool has_room(std::size_t size) const { return used_ == 0 || used_ + size <= budget_; }
  /// With `mutex_` held by `lock`, and room.
  Result<Buffer> lend(std::unique_lock<std::mutex> lock, std::size_t size);
  void put(std::unique_ptr<std::byte[]> bytes, std::size_t size) noexcept;

  struct Idle {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };

  const std::uint64_t budget_;  ///< bytes
  std::mutex mutex_;
  base::Condition room_;
  // Guarded by `mutex_`:
  std::uint64_t used_ = 0;  ///< bytes in buffers that are out
  std::vector<Idle> idle_;  ///< kept for the next; together with `used_` never over the budget
  std::uint64_t kept_ = 0;  ///< bytes in `idle_`
};

}  // namespace objectstore::transfer
