// Fibers of one thread: who runs next, who sleeps until when, who is woken by whom.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <vector>

#include "base/fiber.h"
#include "objectstore/clock.h"

namespace objectstore::base {

/// What a scheduler's thread waits in when no fiber can run.
class Poller {
 public:
  virtual ~Poller() = default;
  /// Returns after `limit` (nothing = any time), after an `interrupt`, when it woke a fiber by Scheduler::wake, or for no reason.
  virtual void wait(std::optional<std::chrono::milliseconds> limit) = 0;
  /// Ends the `wait` under way, or the next one at once. Any thread.
  virtual void interrupt() noexcept = 0;
};

/// Runs each task on a fiber, all of them on the thread that called `run`.
/// Thread-safety: post, wake and stop from any thread; run from one; the rest on its fibers.
class Scheduler {
  struct Strand;

 public:
  /// Enough for every verb of this library several times over. Without sanitizers a download over S3 touches some 12 KiB.
  static constexpr std::size_t kStackBytes = std::size_t{256} << 10U;

  enum class Wake : std::uint8_t { woken, timed_out, cancelled };

  /// Names one pause of one fiber: once that is over, nothing happens to who wakes by it.
  class Ticket {
    friend class Scheduler;
    Strand* strand = nullptr;
    std::uint64_t pause = 0;
  };

  /// `poller` must outlive the scheduler. `next` is asked whenever a task ended, on the thread of `run`: nothing, or the task to begin in its
  /// place.
  explicit Scheduler(Poller& poller, std::function<std::unique_ptr<Task>()> next = {}, std::size_t stack_bytes = kStackBytes);
  /// `run` has returned, or was never called.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// The scheduler whose fiber is running on this thread; null off fibers, and in a forked child, to which the other fibers do not belong.
  static Scheduler* current() noexcept;
  /// The scheduler that runs on this thread, whether a fiber of it is running or its poller.
  static Scheduler* of_this_thread() noexcept;
  [[nodiscard]] Poller& poller() const noexcept { return poller_; }

  // Any thread ------------------------------------------------------------------------------------------------------------------------

  /// Begins `task` soon. Without memory for a further stack it waits until a fiber is free; with none under way it runs on the thread's own
  /// stack. Throws std::bad_alloc, and `task` is gone then.
  void post(std::unique_ptr<Task> task);
  /// Ends the pause that `ticket` names.
  void wake(const Ticket& ticket) noexcept;
  /// `run` returns once no task is left. What is posted before that is still run.
  void stop() noexcept;

  // The one thread --------------------------------------------------------------------------------------------------------------------

  void run();

  // On a fiber of this scheduler ------------------------------------------------------------------------------------------------------

  /// Names the next pause of the running fiber. May be handed to other threads before the pause begins.
  [[nodiscard]] Ticket ticket() const noexcept;
  /// Lets the other fibers run until this one is woken, `until` has come or `cancel` (may be null) is cancelled, which is looked at every
  /// 50 ms.
  Wake pause(std::optional<SteadyTime> until, const CancelToken* cancel);

  /// Stacks that are mapped: as many as tasks were under way at a time.
  [[nodiscard]] std::size_t stacks() const noexcept { return strands_.size(); }

 private:
  struct Strand {
    explicit Strand(std::size_t stack_bytes) : fiber(stack_bytes) {}
    Fiber fiber;
    std::uint64_t pause = 0;  ///< the one that it is in, or that comes next
    bool paused = false;
    bool woken_early = false;  ///< before the pause began
    Wake reason = Wake::woken;
    const CancelToken* cancel = nullptr;
    std::size_t watched_at = 0;  ///< its place in watched_, while it pauses with `cancel`
    // Guarded by inbox_mutex_.
    Strand* next_in_inbox = nullptr;
    bool in_inbox = false;
    std::uint64_t woken_pause = 0;
  };
  struct Timer {
    SteadyTime at{};
    Strand* strand = nullptr;
    std::uint64_t pause = 0;
    bool operator<(const Timer& other) const noexcept { return at > other.at; }  // the earliest on top
  };

  void take_inbox();
  void begin(std::unique_ptr<Task> task);
  void go_on(Strand& strand);
  void settle(Strand& strand, bool ended);
  void begin_next();
  void end_pause(Strand& strand, std::uint64_t pause, Wake reason) noexcept;
  void end_due_pauses();
  [[nodiscard]] std::optional<std::chrono::milliseconds> patience() const;

  Poller& poller_;
  const std::function<std::unique_ptr<Task>()> next_;
  const std::size_t stack_bytes_;
  const std::uint64_t owner_;  ///< the process

  // Of the one thread.
  std::vector<std::unique_ptr<Strand>> strands_;
  std::vector<Strand*> idle_;
  std::deque<std::unique_ptr<Task>> tasks_;  ///< to begin
  std::vector<Strand*> ready_;               ///< to go on; room for all strands is reserved
  std::vector<Strand*> going_on_;
  std::vector<Strand*> watched_;  ///< pause with a token; room for all strands is reserved
  std::priority_queue<Timer> timers_;
  SteadyTime next_look_{};  ///< at tokens
  Strand* running_ = nullptr;
  std::size_t under_way_ = 0;
  bool stopping_ = false;

  std::mutex inbox_mutex_;
  std::vector<std::unique_ptr<Task>> posted_;  ///< guarded by inbox_mutex_, as all below
  Strand* woken_ = nullptr;
  bool stop_asked_ = false;
};

}  // namespace objectstore::base
