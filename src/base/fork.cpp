// A page that the kernel empties in a child.
#include "base/fork.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <new>

namespace objectstore::base {
namespace {

using Mark = std::atomic<std::uint64_t>;
static_assert(Mark::is_always_lock_free);

/// Stands for the page where the kernel cannot empty one.
constinit Mark no_mark{0};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): the process's own, as the page is

std::size_t page_bytes() noexcept {
  return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

Mark* make_mark() noexcept {
  void* mapped = ::mmap(nullptr, page_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return &no_mark;
  // QEMU's user mode says yes to every advice and follows none: believe only who refuses one that does not exist.
  constexpr int kNoAdvice = -1;
  if (::madvise(mapped, page_bytes(), kNoAdvice) != 0 && ::madvise(mapped, page_bytes(), MADV_WIPEONFORK) == 0) {
    return ::new (mapped) Mark(0);
  }
  ::munmap(mapped, page_bytes());
  return &no_mark;
}

/// The generation of this process; zero in a child that did not ask yet. Made without a lock, which a fork could leave taken, and never
/// unmapped: who is destroyed last may still ask.
Mark& mark() noexcept {
  static constinit std::atomic<Mark*> the_mark{nullptr};
  Mark* known = the_mark.load(std::memory_order_acquire);
  if (known != nullptr) return *known;
  Mark* made = make_mark();
  if (the_mark.compare_exchange_strong(known, made, std::memory_order_acq_rel)) return *made;
  if (made != &no_mark) ::munmap(made, page_bytes());
  return *known;
}

}  // namespace

std::uint64_t fork_generation() noexcept {
  static constinit std::atomic<std::uint64_t> last{0};  // of this process and those that it comes from
  Mark& here = mark();
  if (&here == &no_mark) return static_cast<std::uint64_t>(::getpid());
  std::uint64_t generation = here.load(std::memory_order_acquire);
  if (generation != 0) return generation;
  const std::uint64_t next = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return here.compare_exchange_strong(generation, next, std::memory_order_acq_rel) ? next : generation;
}

}  // namespace objectstore::base
