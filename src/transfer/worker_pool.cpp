// A bounded number of threads that work off a bounded queue.
#include "transfer/worker_pool.h"

#include <csignal>

#include <algorithm>
#include <system_error>
#include <utility>

namespace objectstore::transfer {

namespace {

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

WorkerPool::WorkerPool(std::size_t threads, std::size_t queued)
    : limit_(std::max<std::size_t>(1, threads)), queued_(std::max<std::size_t>(1, queued)) {}

WorkerPool::~WorkerPool() {
  cancel();
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::start_thread() {
  const SignalsBlocked blocked;
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    return !threads_.empty();  // the ones that there are will do it
  }
  return true;
}

bool WorkerPool::submit(Task task) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return cancelled_ || tasks_.size() < queued_; });
  if (cancelled_) return false;
  if (waiting_ <= tasks_.size() && threads_.size() < limit_ && !start_thread()) {
    ++running_;
    lock.unlock();
    task();
    lock.lock();
    --running_;
    if (running_ == 0 && tasks_.empty()) idle_.notify_all();
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
  if (waiting_ <= tasks_.size() && threads_.size() < limit_ && !start_thread()) return false;
  tasks_.push_back(std::move(task));
  lock.unlock();
  ready_.notify_one();
  return true;
}

void WorkerPool::wait() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return tasks_.empty() && running_ == 0; });
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
    ready_.wait(lock, [this] { return ended_ || !tasks_.empty(); });
    --waiting_;
    if (tasks_.empty()) return;
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
