// The change of stacks, by hand for two processors.
//
// Both routines below keep to the procedure call standard of their platform: to who calls it, objectstore_switch_stack is a function that
// took a while. It saves on the stack what a callee must preserve, notes the stack pointer, and takes both back from the other stack; saved
// areas look the same on each, so that the call frame information holds on either side of the change. objectstore_begin_stack is where a
// new stack starts: it says that there is no caller, which is where debuggers and the unwinder stop.
// Sources: System V ABI, AMD64 supplement, 3.2.1 and 3.2.3; Procedure Call Standard for the Arm 64-bit Architecture, 6.1.
#include "base/stack_switch.h"

#include <array>
#include <cstdint>
#include <cstring>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OBJECTSTORE_PORTABLE_STACKS 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define OBJECTSTORE_PORTABLE_STACKS 1
#endif

#if !defined(OBJECTSTORE_PORTABLE_STACKS) && defined(__ELF__) && defined(__x86_64__) && defined(__LP64__)
#define OBJECTSTORE_STACKS_X86_64 1
#elif !defined(OBJECTSTORE_PORTABLE_STACKS) && defined(__ELF__) && defined(__aarch64__) && defined(__LP64__) && defined(__AARCH64EL__)
#define OBJECTSTORE_STACKS_AARCH64 1
#endif

#if defined(OBJECTSTORE_STACKS_X86_64)
// "ret" and not a jump: with indirect branch tracking the place that it returns to needs no mark.
asm(R"(
.pushsection .text
.p2align 4
.globl objectstore_switch_stack
.hidden objectstore_switch_stack
.type objectstore_switch_stack, @function
objectstore_switch_stack:
  .cfi_startproc
  pushq %rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbp, 0
  pushq %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  pushq %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r12, 0
  pushq %r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r13, 0
  pushq %r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r14, 0
  pushq %r15
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r15, 0
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  popq %r15
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r15
  popq %r14
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r14
  popq %r13
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r13
  popq %r12
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r12
  popq %rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbx
  popq %rbp
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbp
  ret
  .cfi_endproc
.size objectstore_switch_stack, .-objectstore_switch_stack

.p2align 4
.globl objectstore_begin_stack
.hidden objectstore_begin_stack
.type objectstore_begin_stack, @function
objectstore_begin_stack:
  .cfi_startproc
  .cfi_undefined %rip
  movq %r12, %rdi
  callq *%rbx
  ud2
  .cfi_endproc
.size objectstore_begin_stack, .-objectstore_begin_stack
.popsection
)");
#endif

#if defined(OBJECTSTORE_STACKS_AARCH64)
asm(R"(
.pushsection .text
.p2align 4
.globl objectstore_switch_stack
.hidden objectstore_switch_stack
.type objectstore_switch_stack, %function
objectstore_switch_stack:
  .cfi_startproc
  sub sp, sp, #176
  .cfi_adjust_cfa_offset 176
  stp x19, x20, [sp, #0]
  .cfi_rel_offset x19, 0
  .cfi_rel_offset x20, 8
  stp x21, x22, [sp, #16]
  .cfi_rel_offset x21, 16
  .cfi_rel_offset x22, 24
  stp x23, x24, [sp, #32]
  .cfi_rel_offset x23, 32
  .cfi_rel_offset x24, 40
  stp x25, x26, [sp, #48]
  .cfi_rel_offset x25, 48
  .cfi_rel_offset x26, 56
  stp x27, x28, [sp, #64]
  .cfi_rel_offset x27, 64
  .cfi_rel_offset x28, 72
  stp x29, x30, [sp, #80]
  .cfi_rel_offset x29, 80
  .cfi_rel_offset x30, 88
  stp d8, d9, [sp, #96]
  .cfi_rel_offset d8, 96
  .cfi_rel_offset d9, 104
  stp d10, d11, [sp, #112]
  .cfi_rel_offset d10, 112
  .cfi_rel_offset d11, 120
  stp d12, d13, [sp, #128]
  .cfi_rel_offset d12, 128
  .cfi_rel_offset d13, 136
  stp d14, d15, [sp, #144]
  .cfi_rel_offset d14, 144
  .cfi_rel_offset d15, 152
  mrs x9, fpcr
  str x9, [sp, #160]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldr x9, [sp, #160]
  msr fpcr, x9
  ldp d14, d15, [sp, #144]
  ldp d12, d13, [sp, #128]
  ldp d10, d11, [sp, #112]
  ldp d8, d9, [sp, #96]
  ldp x29, x30, [sp, #80]
  ldp x27, x28, [sp, #64]
  ldp x25, x26, [sp, #48]
  ldp x23, x24, [sp, #32]
  ldp x21, x22, [sp, #16]
  ldp x19, x20, [sp, #0]
  add sp, sp, #176
  .cfi_adjust_cfa_offset -176
  .cfi_restore x19
  .cfi_restore x20
  .cfi_restore x21
  .cfi_restore x22
  .cfi_restore x23
  .cfi_restore x24
  .cfi_restore x25
  .cfi_restore x26
  .cfi_restore x27
  .cfi_restore x28
  .cfi_restore x29
  .cfi_restore x30
  .cfi_restore d8
  .cfi_restore d9
  .cfi_restore d10
  .cfi_restore d11
  .cfi_restore d12
  .cfi_restore d13
  .cfi_restore d14
  .cfi_restore d15
  ret
  .cfi_endproc
.size objectstore_switch_stack, .-objectstore_switch_stack

.p2align 4
.globl objectstore_begin_stack
.hidden objectstore_begin_stack
.type objectstore_begin_stack, %function
objectstore_begin_stack:
  .cfi_startproc
  .cfi_undefined x30
  mov x0, x20
  blr x19
  brk #1
  .cfi_endproc
.size objectstore_begin_stack, .-objectstore_begin_stack
.popsection
)");
#endif

#if defined(OBJECTSTORE_STACKS_X86_64) || defined(OBJECTSTORE_STACKS_AARCH64)
extern "C" {
/// Saves, notes the stack pointer in `*from`, and goes on with what was saved at `to`.
[[gnu::visibility("hidden")]] void objectstore_switch_stack(void** from, void* to);
[[gnu::visibility("hidden")]] void objectstore_begin_stack();
}
#endif

namespace objectstore::base {
namespace {

using Entry = void (*)(void*);

#if defined(OBJECTSTORE_STACKS_X86_64)

/// As objectstore_switch_stack leaves it, from the stack pointer upwards.
struct Saved {
  std::uint32_t sse_control = 0;
  std::uint16_t x87_control = 0;
  std::uint16_t unused = 0;
  std::array<std::uintptr_t, 3> r15_to_r13{};
  void* r12 = nullptr;
  Entry rbx = nullptr;
  std::uintptr_t rbp = 0;  // ends the chain of frames
  void (*return_to)() = nullptr;
};
static_assert(sizeof(Saved) == 64);

Saved saved_for(Entry entry, void* argument) noexcept {
  Saved saved{.r12 = argument, .rbx = entry, .return_to = &objectstore_begin_stack};
  asm volatile("stmxcsr %0" : "=m"(saved.sse_control));
  asm volatile("fnstcw %0" : "=m"(saved.x87_control));
  return saved;
}

/// RDSSPQ leaves its operand alone where shadow stacks are off, or unknown.
bool returns_are_guarded() noexcept {
  std::uint64_t shadow_stack = 0;
  asm volatile(".byte 0xf3, 0x48, 0x0f, 0x1e, 0xc8" : "+a"(shadow_stack));
  return shadow_stack != 0;
}

#elif defined(OBJECTSTORE_STACKS_AARCH64)

/// As objectstore_switch_stack leaves it, from the stack pointer upwards.
struct Saved {
  Entry x19 = nullptr;
  void* x20 = nullptr;
  std::array<std::uintptr_t, 8> x21_to_x28{};
  std::uintptr_t x29 = 0;  // ends the chain of frames
  void (*x30)() = nullptr;
  std::array<std::uint64_t, 8> d8_to_d15{};
  std::uint64_t float_control = 0;
  std::uint64_t unused = 0;
};
static_assert(sizeof(Saved) == 176);

Saved saved_for(Entry entry, void* argument) noexcept {
  Saved saved{.x19 = entry, .x20 = argument, .x30 = &objectstore_begin_stack};
  asm volatile("mrs %0, fpcr" : "=r"(saved.float_control));
  return saved;
}

/// CHKFEAT X16 takes bit 0 away where guarded control stacks are on, and does nothing where it is unknown.
bool returns_are_guarded() noexcept {
  std::uint64_t feature = 1;
  asm volatile("mov x16, %0\n\thint #40\n\tmov %0, x16" : "+r"(feature) : : "x16");
  return feature == 0;
}

#endif

void begin_portable(unsigned int entry_high, unsigned int entry_low, unsigned int argument_high, unsigned int argument_low) {
  const auto whole = [](unsigned int high, unsigned int low) {
    return static_cast<std::uintptr_t>((static_cast<std::uint64_t>(high) << 32U) | low);
  };
  // NOLINTBEGIN(performance-no-int-to-ptr): makecontext takes ints only
  reinterpret_cast<Entry>(whole(entry_high, entry_low))(reinterpret_cast<void*>(whole(argument_high, argument_low)));
  // NOLINTEND(performance-no-int-to-ptr)
}

}  // namespace

void StackSwitch::begin(std::byte* stack, std::size_t bytes, Entry entry, void* argument) noexcept {
#if defined(OBJECTSTORE_STACKS_X86_64) || defined(OBJECTSTORE_STACKS_AARCH64)
  if (!returns_are_guarded()) {
    std::byte* top = stack + bytes;
    top -= reinterpret_cast<std::uintptr_t>(top) % 16;
    const Saved saved = saved_for(entry, argument);
    left_at_ = top - sizeof saved;
    std::memcpy(left_at_, &saved, sizeof saved);
    return;
  }
#endif
  ::getcontext(&portable_);
  portable_.uc_stack.ss_sp = stack;
  portable_.uc_stack.ss_size = bytes;
  portable_.uc_link = nullptr;
  const auto high = [](std::uint64_t value) { return static_cast<unsigned int>(value >> 32U); };
  const auto low = [](std::uint64_t value) { return static_cast<unsigned int>(value & 0xffffffffU); };
  const auto of_entry = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(entry));
  const auto of_argument = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(argument));
  ::makecontext(&portable_, reinterpret_cast<void (*)()>(&begin_portable), 4, high(of_entry), low(of_entry), high(of_argument),
                low(of_argument));
}

void StackSwitch::leave_for(StackSwitch& there) noexcept {
#if defined(OBJECTSTORE_STACKS_X86_64) || defined(OBJECTSTORE_STACKS_AARCH64)
  if (there.left_at_ != nullptr) return objectstore_switch_stack(&left_at_, there.left_at_);
#endif
  ::swapcontext(&portable_, &there.portable_);
}

}  // namespace objectstore::base
