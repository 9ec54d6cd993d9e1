// A bounded number of workers on a bounded queue: what keeps several requests in flight.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "async/engine.h"
#include "base/condition.h"

namespace objectstore::transfer {

/// Where there are never more than kMostThreads workers, they are threads, which are started as tasks come and take no signals of the
/// process (a program's handlers run where it expects them). Where there can be more, they are fibers of an engine with at most 4 threads:
/// tasks that wait for the network or for a base::Condition let others run, tasks that wait for files do not. Where the system gives no
/// thread at all, `submit` runs the task itself.
/// Thread-safety: every member may be called concurrently; the destructor must be the last call. A task may cancel its own pool, but must
/// neither wait for it nor submit to it while the queue is full.
class WorkerPool {
 public:
  /// Must not throw.
  using Task = std::function<void()>;
  static constexpr std::size_t kMostThreads = 64;

  /// Up to `workers` tasks run at once and up to `queued` more wait; both at least 1. `most`: workers that `set_workers` will
  /// ever ask for, where that is more than `workers`.
  WorkerPool(std::size_t workers, std::size_t queued, std::size_t most = 0);
  /// Drops what waits, and returns when what runs has ended.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Hands `task` over, waiting for room. False: the pool was cancelled, and the task is dropped unrun.
  bool submit(Task task);
  /// As submit, without waiting: false also where the queue is full or there is no thread to be had.
  bool offer(Task task);
  /// Until every task that was handed over has ended or was dropped.
  void wait();
  /// From now on up to `workers` tasks run at once, at least 1. Workers for what waits are started now; where there are too many, what runs
  /// goes on, and the workers that are over rest.
  void set_workers(std::size_t workers);
  /// Drops what waits and refuses what comes. What runs goes on: it ends by a token of its own.
  void cancel();

 private:
  class Shift;

  /// What a thread does.
  void work();
  /// What a fiber does: ends when there is nothing to do.
  void work_a_shift();
  /// With `mutex_` held by `lock`; works until there is nothing to do.
  void work_off(std::unique_lock<std::mutex>& lock);
  /// With `mutex_` held. False: no worker is to be had, and there was none before.
  bool start_worker();
  // With `mutex_` held. False: none is to be had.
  bool start_shift();

  const std::size_t queued_;  ///< of waiting tasks
  const std::size_t most_;    ///< workers that there can ever be

  std::mutex mutex_;
  std::condition_variable ready_;  ///< there is a task that may run, or no more will come
  base::Condition room_;           ///< the queue has room, or the pool is cancelled
  base::Condition idle_;           ///< nothing waits and nothing runs
  // Guarded by `mutex_`:
  std::size_t limit_;  ///< of tasks that run
  std::deque<Task> tasks_;
  std::vector<std::thread> threads_;
  std::shared_ptr<async::Engine> engine_;
  std::size_t workers_ = 0;  ///< threads, or fibers that have not ended
  std::size_t running_ = 0;  ///< tasks that run now
  std::size_t waiting_ = 0;  ///< threads without a task
  bool cancelled_ = false;
  bool ended_ = false;
};

}  // namespace objectstore::transfer
