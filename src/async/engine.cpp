// Threads, the queue before them, and the end of both.
#include "async/engine.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

#include "base/fork.h"

namespace objectstore::async {
namespace {

constexpr int kMostThreads = 4;

/// For the threads that start while it lives: signals are for the program's own threads, but for those that a fault of the thread raises.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all{};
    ::sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF}) ::sigdelset(&all, fault);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_{};
};

void refuse(std::unique_ptr<base::Task> task) {
  task->cancel();
  try {
    task->run();
  } catch (...) {  // NOLINT(bugprone-empty-catch): see base::Task::run
  }
}

int thread_count(int asked) {
  if (asked > 0) return asked;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMostThreads);
}

}  // namespace

Engine::Worker::Worker(Engine& engine, std::unique_ptr<http::Reactor> its_reactor, std::size_t stack_bytes)
    : reactor(std::move(its_reactor)),
      scheduler(
          *reactor, [&engine, this] { return engine.next(*this); }, stack_bytes) {}

Engine::Engine(const Options& options)
    : max_running_(std::max<std::size_t>(options.max_running, 1)),
      max_waiting_(std::max<std::size_t>(options.max_waiting, 1)),
      owner_(base::fork_generation()) {}

Engine::~Engine() {
  if (owner_ == base::fork_generation()) return;
  for (auto& worker : workers_) static_cast<void>(worker.release());  // the connections are the parent's
}

Result<std::shared_ptr<Engine>> Engine::start(const Options& options) {
  const std::shared_ptr<Engine> engine(new Engine(options));
  for (int i = 0; i < thread_count(options.threads); ++i) {
    auto reactor = http::Reactor::create(std::max<std::size_t>(options.max_running, 1));
    if (!reactor) return annotate(std::move(reactor).error(), "asynchronous engine");
    engine->workers_.push_back(std::make_unique<Worker>(*engine, std::move(*reactor), options.stack_bytes));
  }
  const NoSignals none;
  try {
    for (auto& worker : engine->workers_) worker->thread = std::thread([engine, &scheduler = worker->scheduler] { scheduler.run(); });
  } catch (const std::system_error& failed) {
    engine->shut_down();
    return Error{.message = std::string("asynchronous engine: no thread: ") + failed.what()};
  }
  return engine;
}

void Engine::submit(std::unique_ptr<base::Task> task, const void* name) {
  if (owner_ != base::fork_generation()) return refuse(std::move(task));  // the lock may be in the hands of a thread that is not here
  Worker* here = worker_here();
  std::unique_lock lock(mutex_);
  const auto must_wait = [&] { return !closed_ && here == nullptr && running_ >= max_running_ && queue_.size() >= max_waiting_; };
  if (must_wait()) {
    ++blocked_;
    room_.wait(lock, [&] { return !must_wait(); });
    --blocked_;
  }
  if (closed_) {
    task->cancel();
    if (here != nullptr) return begin(std::move(task), *here);
    lock.unlock();
    return refuse(std::move(task));
  }
  if (running_ >= max_running_) {
    queue_.push_back({std::move(task), name});
  } else {
    begin(std::move(task), idlest());
  }
}

void Engine::hurry(const void* name) {
  if (owner_ != base::fork_generation()) return;
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(queue_.begin(), queue_.end(), [&](const Waiting& each) { return each.name == name; });
  if (found == queue_.end()) return;
  auto cancelled = std::move(found->task);
  queue_.erase(found);
  room_.notify_one();
  begin(std::move(cancelled), idlest());
}

void Engine::shut_down() {
  if (owner_ != base::fork_generation()) return;
  const Worker* here = worker_here();
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
    while (!queue_.empty()) {
      auto task = std::move(queue_.front().task);
      queue_.pop_front();
      task->cancel();
      begin(std::move(task), idlest());
    }
  }
  for (auto& worker : workers_) worker->scheduler.stop();
  for (auto& worker : workers_) {
    if (!worker->thread.joinable()) continue;
    if (here != nullptr) {
      worker->thread.detach();
    } else {
      worker->thread.join();
    }
  }
}

std::size_t Engine::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

std::size_t Engine::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

/// The one whose thread this is.
Engine::Worker* Engine::worker_here() const noexcept {
  const base::Scheduler* scheduler = base::Scheduler::of_this_thread();
  if (scheduler == nullptr) return nullptr;
  for (const auto& worker : workers_) {
    if (&worker->scheduler == scheduler) return worker.get();
  }
  return nullptr;
}

/// With mutex_ held. The bound on operations under way may be exceeded by those that were cancelled: they are over at once.
void Engine::begin(std::unique_ptr<base::Task> task, Worker& worker) {
  worker.scheduler.post(std::move(task));
  ++running_;
  ++worker.load;
}

Engine::Worker& Engine::idlest() const {
  return **std::min_element(workers_.begin(), workers_.end(), [](const auto& one, const auto& other) { return one->load < other->load; });
}

/// A task has ended on `worker`: what it does in its place.
std::unique_ptr<base::Task> Engine::next(Worker& worker) {
  const std::lock_guard lock(mutex_);
  if (queue_.empty() || running_ > max_running_) {
    --running_;
    --worker.load;
    return nullptr;
  }
  auto task = std::move(queue_.front().task);
  queue_.pop_front();
  if (blocked_ > 0) room_.notify_one();
  return task;
}

}  // namespace objectstore::async
