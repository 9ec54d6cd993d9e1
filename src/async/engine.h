// A few threads that carry very many operations, each on a fiber of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/condition.h"
#include "base/fiber.h"
#include "base/scheduler.h"
#include "http/reactor.h"
#include "objectstore/result.h"

namespace objectstore::async {

/// An operation begins on the thread that has the fewest, and stays there. Its threads hold references to the engine until they end.
/// Thread-safety: every member may be called concurrently.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  struct Options {
    int threads = 0;                                         ///< 0 = one for each core, at most 4
    std::size_t max_running = 1024;                          ///< operations under way at a time; more wait in a queue
    std::size_t max_waiting = 1U << 16U;                     ///< in that queue, before `submit` blocks
    std::size_t stack_bytes = base::Scheduler::kStackBytes;  ///< of each operation
  };

  /// Errors: internal (the machine gives no thread or file descriptor).
  static Result<std::shared_ptr<Engine>> start(const Options& options);
  /// The threads have ended, or were never started.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Runs `task`, once, on a thread of the engine. While the queue is full it blocks; on a thread of the engine it never does, as it would
  /// be waiting for itself. When the engine is shut down, or another process's (fork), it cancels the task and runs it: on the thread of the
  /// engine that it is called from, else there and then.
  /// Throws std::bad_alloc, and the task is gone then.
  void submit(std::unique_ptr<base::Task> task, const void* name = nullptr);
  /// Begins the task of that name, which was cancelled, at once if it is still in the queue.
  void hurry(const void* name);
  /// Takes no more operations, cancels those in the queue, and waits until those under way have ended and the threads with them. On a
  /// thread of the engine it does not wait. In a forked child it does nothing: the threads are the parent's.
  void shut_down();

  [[nodiscard]] std::size_t running() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Worker {
    Worker(Engine& engine, std::unique_ptr<http::Reactor> its_reactor, std::size_t stack_bytes);
    const std::unique_ptr<http::Reactor> reactor;
    base::Scheduler scheduler;
    std::thread thread;
    std::size_t load = 0;  ///< guarded by Engine::mutex_
  };

  struct Waiting {
    std::unique_ptr<base::Task> task;
    const void* name;
  };

  explicit Engine(const Options& options);
  Worker* worker_here() const noexcept;
  void begin(std::unique_ptr<base::Task> task, Worker& worker);
  Worker& idlest() const;
  std::unique_ptr<base::Task> next(Worker& worker);

  const std::size_t max_running_;
  const std::size_t max_waiting_;
  const std::uint64_t owner_;  ///< the process
  std::vector<std::unique_ptr<Worker>> workers_;

  mutable std::mutex mutex_;
  base::Condition room_;
  std::deque<Waiting> queue_;  ///< guarded by mutex_, as all below
  std::size_t running_ = 0;
  std::size_t blocked_ = 0;  ///< submissions that wait for room
  bool closed_ = false;
};

}  // namespace objectstore::async
