// Workers and their queue.
#include "transfer/worker_pool.h"

#include <csignal>

#include <algorithm>
#include <exception>
#include <utility>

namespace objectstore::transfer {

namespace {

/// As much as a thread usually has: tasks call functions of the library's user. Pages that were never touched cost nothing.
constexpr std::size_t kFiberStackBytes = std::size_t{8} << 20U;

/// While it lives, threads that are started take no signal but those that a fault of their own raises.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&all, fault);
    blocked_ = pthread_sigmask(SIG_BLOCK, &all, &before_) == 0;
  }
  ~SignalsBlocked() {
    if (blocked_) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
  bool blocked_ = false;
};

}  // namespace

/// A fiber that works for a pool.
class WorkerPool::Shift final : public base::Task {
 public:
  explicit Shift(WorkerPool& pool) : pool_(pool) {}
  void run() override {
    if (!cancelled_) pool_.work_a_shift();
  }
  void cancel() noexcept override { cancelled_ = true; }

 private:
  WorkerPool& pool_;
  bool cancelled_ = false;
};

WorkerPool::WorkerPool(std::size_t workers, std::size_t queued, std::size_t most)
    : queued_(std::max<std::size_t>(1, queued)), most_(std::max(workers, most)), limit_(std::max<std::size_t>(1, workers)) {}

WorkerPool::~WorkerPool() {
  cancel();
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  if (engine_) engine_->shut_down();
}

bool WorkerPool::start_worker() {
  try {
    if (most_ <= kMostThreads) {
      const SignalsBlocked blocked;
      threads_.emplace_back([this] { work(); });
    } else if (!start_shift()) {
      return workers_ > 0;
    }
  } catch (const std::exception&) {  // no thread, or no memory for one
    return workers_ > 0;             // the ones that there are will do it
  }
  ++workers_;
  return true;
}

bool WorkerPool::start_shift() {
  if (!engine_) {
    auto engine = async::Engine::start({.max_running = most_, .stack_bytes = kFiberStackBytes});
    if (!engine) return false;
    engine_ = std::move(*engine);
  }
  engine_->submit(std::make_unique<Shift>(*this));
  return true;
}

bool WorkerPool::submit(Task task) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return cancelled_ || tasks_.size() < queued_; });
  if (cancelled_) return false;
  if (waiting_ <= tasks_.size() && workers_ < limit_ && !start_worker()) {
    ++running_;
    lock.unlock();
    task();
    lock.lock();
    --running_;
    // Who came meanwhile found no room to run, and a worker that came meanwhile nothing to do.
    if (tasks_.empty()) {
      if (running_ == 0) idle_.notify_all();
    } else if (workers_ >= limit_ || start_worker()) {
      ready_.notify_one();
    } else {
      work_off(lock);
    }
    return true;
  }
  tasks_.push_back(std::move(task));
  lock.unlock();
  ready_.notify_one();
  return true;
}

bool WorkerPool::offer(Task task) {
  std::unique_lock lock(mutex_);
  if (cancelled_ || tasks_.size() >= queued_) return false;
  if (waiting_ <= tasks_.size() && workers_ < limit_ && !start_worker()) return false;
  tasks_.push_back(std::move(task));
  lock.unlock();
  ready_.notify_one();
  return true;
}

void WorkerPool::wait() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return tasks_.empty() && running_ == 0; });
}

void WorkerPool::set_workers(std::size_t workers) {
  {
    const std::scoped_lock lock(mutex_);
    limit_ = std::max<std::size_t>(1, workers);
    if (ended_) return;
    for (std::size_t i = waiting_; i < tasks_.size() && workers_ < limit_; ++i) {
      if (!start_worker()) break;
    }
  }
  ready_.notify_all();
}

void WorkerPool::cancel() {
  std::deque<Task> dropped;  // their destructors run without the lock
  {
    const std::scoped_lock lock(mutex_);
    cancelled_ = true;
    dropped.swap(tasks_);
    if (running_ == 0) idle_.notify_all();
  }
  room_.notify_all();
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++waiting_;
    ready_.wait(lock, [this] { return ended_ || (!tasks_.empty() && running_ < limit_); });
    --waiting_;
    if (tasks_.empty()) return;
    work_off(lock);
  }
}

void WorkerPool::work_a_shift() {
  std::unique_lock lock(mutex_);
  work_off(lock);
  --workers_;
}

void WorkerPool::work_off(std::unique_lock<std::mutex>& lock) {
  while (!tasks_.empty() && running_ < limit_) {
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    ++running_;
    lock.unlock();
    room_.notify_one();
    task();
    task = nullptr;  // what it holds goes before `wait` returns
    lock.lock();
    --running_;
    if (running_ == 0 && tasks_.empty()) idle_.notify_all();
  }
}

}  // namespace objectstore::transfer
