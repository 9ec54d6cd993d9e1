// The program's malloc stands before that of the C library, which it calls.
#include "bench/allocations.h"

#include <atomic>
#include <cstddef>

namespace {
std::atomic<std::uint64_t> count = 0;
}  // namespace

namespace objectstore::bench {
std::uint64_t allocations() noexcept {
  return count;
}
}  // namespace objectstore::bench

// Names of glibc's.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);

[[gnu::noinline]] void* malloc(std::size_t size) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(size);
}
[[gnu::noinline]] void* calloc(std::size_t number, std::size_t size) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
  return __libc_calloc(number, size);
}
[[gnu::noinline]] void* realloc(void* memory, std::size_t size) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
  return __libc_realloc(memory, size);
}
}
