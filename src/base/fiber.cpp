// Stacks and the changes between them.
#include "base/fiber.h"

#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <utility>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OBJECTSTORE_FIBER_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define OBJECTSTORE_FIBER_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define OBJECTSTORE_FIBER_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define OBJECTSTORE_FIBER_TSAN 1
#endif

#if defined(OBJECTSTORE_FIBER_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(OBJECTSTORE_FIBER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace objectstore::base {
namespace {

void start_switch([[maybe_unused]] void** keep, [[maybe_unused]] const void* stack, [[maybe_unused]] std::size_t bytes) noexcept {
#if defined(OBJECTSTORE_FIBER_ASAN)
  __sanitizer_start_switch_fiber(keep, stack, bytes);
#endif
}

void finish_switch([[maybe_unused]] void* kept, [[maybe_unused]] const void** stack, [[maybe_unused]] std::size_t* bytes) noexcept {
#if defined(OBJECTSTORE_FIBER_ASAN)
  __sanitizer_finish_switch_fiber(kept, stack, bytes);
#endif
}

}  // namespace

Fiber::Fiber(std::size_t stack_bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  stack_bytes_ = (stack_bytes + page - 1) / page * page;
  mapped_bytes_ = stack_bytes_ + page;
  void* mapped = ::mmap(nullptr, mapped_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  mapped_ = static_cast<std::byte*>(mapped);
  stack_ = mapped_ + page;
  if (::mprotect(stack_, stack_bytes_, PROT_READ | PROT_WRITE) != 0) {
    ::munmap(mapped_, mapped_bytes_);
    throw std::bad_alloc();
  }
#if defined(OBJECTSTORE_FIBER_TSAN)
  own_identity_ = __tsan_create_fiber(0);
#endif
  here_.begin(stack_, stack_bytes_, &Fiber::enter, this);
}

Fiber::~Fiber() {
  ending_ = true;
  resume();  // lets the sanitizers see the end of the stack
#if defined(OBJECTSTORE_FIBER_TSAN)
  __tsan_destroy_fiber(own_identity_);
#endif
#if defined(OBJECTSTORE_FIBER_ASAN)
  __asan_unpoison_memory_region(stack_, stack_bytes_);  // of the frames that were left for good
#endif
  ::munmap(mapped_, mapped_bytes_);
}

bool Fiber::start(std::unique_ptr<Task> task) {
  task_ = std::move(task);
  return resume();
}

bool Fiber::resume() {
  swap_exceptions();
  start_switch(&host_fake_stack_, stack_, stack_bytes_);
#if defined(OBJECTSTORE_FIBER_TSAN)
  host_identity_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(own_identity_, 0);
#endif
  host_.leave_for(here_);
  finish_switch(host_fake_stack_, nullptr, nullptr);
  swap_exceptions();
  return task_ == nullptr;
}

void Fiber::pause() {
  leave(false);
}

void Fiber::leave(bool for_good) {
  start_switch(for_good ? nullptr : &own_fake_stack_, host_stack_, host_stack_bytes_);
#if defined(OBJECTSTORE_FIBER_TSAN)
  __tsan_switch_to_fiber(host_identity_, 0);
#endif
  here_.leave_for(host_);
  finish_switch(own_fake_stack_, &host_stack_, &host_stack_bytes_);
}

void Fiber::enter(void* fiber) {
  static_cast<Fiber*>(fiber)->main();
}

void Fiber::main() {
  finish_switch(nullptr, &host_stack_, &host_stack_bytes_);
  while (!ending_) {
    try {
      task_->run();
    } catch (...) {  // NOLINT(bugprone-empty-catch): see Task::run
    }
    task_.reset();
    leave(false);
  }
  leave(true);
}

void Fiber::swap_exceptions() noexcept {
  Exceptions theirs;
  void* globals = abi::__cxa_get_globals();
  std::memcpy(&theirs, globals, sizeof theirs);
  std::memcpy(globals, &exceptions_, sizeof exceptions_);
  exceptions_ = theirs;
}

}  // namespace objectstore::base
