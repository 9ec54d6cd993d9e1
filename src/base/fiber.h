// A stack of its own for blocking code, so that one thread can have many calls under way.
#pragma once

#include <cstddef>
#include <memory>

#include "base/stack_switch.h"

namespace objectstore::base {

/// A piece of work for a fiber. Move-only by pointer.
class Task {
 public:
  virtual ~Task() = default;
  /// Once, on a fiber. What it throws is dropped: nothing may leave a fiber, and who waits for an outcome is told by the task itself.
  virtual void run() = 0;
  /// Makes a `run` that is still to come do nothing but tell that it was cancelled. Any thread.
  virtual void cancel() noexcept = 0;
};

/// Runs tasks, one after the other, each from its start to its end, with any number of pauses in between. The stack is mapped with a guard
/// page below it, so that an overflow is a fault and no corruption; pages that were never touched cost nothing.
///
/// RULE: no lock is held across a pause, and no signal mask of its own. Whoever waits for the lock on the same thread would wait for ever,
/// and the mask is the thread's, not the fiber's. Of the locks base::Mutex is the exception.
///
/// Exceptions may be in flight or in a catch block when a fiber pauses: what the C++ runtime notes of them per thread goes with the fiber.
/// Move-only by pointer. Thread-safety: one thread at a time; a task must end on the thread where it began, as what is thread_local may have
/// been looked up before the pause.
class Fiber {
 public:
  /// Throws std::bad_alloc when there is no memory for a stack.
  explicit Fiber(std::size_t stack_bytes);
  /// No task may be under way.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Begins `task`; false = it paused, true = it came to its end. Not from a fiber.
  bool start(std::unique_ptr<Task> task);
  /// Goes on after a pause; false and true as above.
  bool resume();
  /// On the fiber: back to whoever called start or resume, until the next resume.
  void pause();

 private:
  /// What the runtime keeps per thread of exceptions under way (Itanium C++ ABI, 2.2.2: __cxa_eh_globals).
  struct Exceptions {
    void* caught = nullptr;
    unsigned int uncaught = 0;
  };

  static void enter(void* fiber);
  void main();
  void leave(bool for_good);
  void swap_exceptions() noexcept;

  std::size_t mapped_bytes_;  ///< stack and guard page
  std::byte* mapped_;
  std::byte* stack_;
  std::size_t stack_bytes_;
  StackSwitch here_;  ///< of the fiber
  StackSwitch host_;  ///< of whoever resumed it
  Exceptions exceptions_;
  std::unique_ptr<Task> task_;
  bool ending_ = false;

  // For the sanitizers, which must be told of every change of stacks.
  void* own_fake_stack_ = nullptr;
  void* host_fake_stack_ = nullptr;
  const void* host_stack_ = nullptr;
  std::size_t host_stack_bytes_ = 0;
  void* own_identity_ = nullptr;
  void* host_identity_ = nullptr;
};

}  // namespace objectstore::base
