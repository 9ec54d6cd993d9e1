// From one stack to another and back, without a system call where the machine allows it.
#pragma once

#include <ucontext.h>

#include <cstddef>

namespace objectstore::base {

/// Where a stack was left: with the registers that a callee preserves, and how floating point rounds and traps. The signal mask is not part
/// of it: it is the thread's, whatever stack that runs on.
///
/// On x86-64 and AArch64 a change of stacks is some twenty instructions. Elsewhere, under the thread sanitizer, and where the processor
/// keeps return addresses on a stack of its own (Intel's shadow stacks, Arm's guarded control stacks) it is swapcontext, which needs two
/// system calls a round and does save the mask.
/// Thread-safety: one thread at a time; a stack goes on on the thread where it began.
class StackSwitch {
 public:
  StackSwitch() = default;
  StackSwitch(const StackSwitch&) = delete;
  StackSwitch& operator=(const StackSwitch&) = delete;

  /// Whoever goes on here first begins `entry(argument)` on `stack`, with floating point as it is now. `entry` must never return, and
  /// nothing may be thrown out of it.
  void begin(std::byte* stack, std::size_t bytes, void (*entry)(void*), void* argument) noexcept;
  /// Leaves the stack that is in use here and goes on `there`; returns when someone goes on here.
  void leave_for(StackSwitch& there) noexcept;

 private:
  void* left_at_ = nullptr;  ///< the stack pointer, above which everything was saved; null = portable_ is in use
  ucontext_t portable_{};
};

}  // namespace objectstore::base
