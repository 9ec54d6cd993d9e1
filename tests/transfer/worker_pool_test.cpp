// A pool of workers, threads or fibers: what runs, what waits, what is dropped.
#include "transfer/worker_pool.h"

#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "base/condition.h"
#include "objectstore/clock.h"
#include "support/catch.h"

namespace {

using objectstore::transfer::WorkerPool;

/// A pool whose workers are fibers, however few of them a test has at work.
constexpr std::size_t kFibers = 2 * WorkerPool::kMostThreads;

/// A door that tasks wait at until it opens, and that counts who came.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++came_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return came_ >= count; });
  }
  int came() {
    const std::scoped_lock lock(mutex_);
    return came_;
  }

 private:
  std::mutex mutex_;
  objectstore::base::Condition changed_;  // a fiber that waits lets others run
  int came_ = 0;
  bool open_ = false;
};

int threads_now() {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) ++count;
  return count;
}

}  // namespace

TEST_CASE("every task that is handed over runs once before wait returns") {
  std::atomic<int> runs = 0;
  WorkerPool pool(GENERATE(std::size_t{4}, kFibers), 8);
  for (int i = 0; i < 1000; ++i) CHECK(pool.submit([&] { ++runs; }));
  pool.wait();
  CHECK(runs == 1000);
  CHECK(pool.submit([&] { ++runs; }));  // a pool that was waited for goes on
  pool.wait();
  CHECK(runs == 1001);
}

TEST_CASE("as many tasks run at once as the pool has threads, and no more") {
  Gate gate;
  WorkerPool pool(3, 5);
  for (int i = 0; i < 8; ++i) CHECK(pool.submit([&] { gate.pass(); }));
  gate.wait_for(3);
  CHECK(gate.came() == 3);
  gate.open();
  pool.wait();
  CHECK(gate.came() == 8);
}

TEST_CASE("many tasks that wait need four threads at most") {
  constexpr int kTasks = 500;
  const int before = threads_now();
  Gate gate;
  {
    WorkerPool pool(kTasks, 1);
    for (int i = 0; i < kTasks; ++i) CHECK(pool.submit([&] { gate.pass(); }));
    gate.wait_for(kTasks);  // all of them are inside at once
    CHECK(threads_now() - before <= 4);
    gate.open();
    pool.wait();
  }
  CHECK(threads_now() == before);
}

TEST_CASE("who waits on a fiber of a pool lets other tasks run, and one may hand over more") {
  std::atomic<int> runs = 0;
  WorkerPool pool(kFibers, 1000);
  for (int i = 0; i < 100; ++i) {
    CHECK(pool.submit([&] {
      objectstore::system_clock()->sleep(std::chrono::milliseconds(1), nullptr);
      pool.offer([&] { ++runs; });
    }));
  }
  pool.wait();
  CHECK(runs == 100);
}

TEST_CASE("a pool that gets more workers runs what waits at once") {
  Gate gate;
  WorkerPool pool(1, 10, GENERATE(std::size_t{0}, kFibers));
  for (int i = 0; i < 6; ++i) CHECK(pool.submit([&] { gate.pass(); }));
  gate.wait_for(1);
  CHECK(gate.came() == 1);
  pool.set_workers(4);
  gate.wait_for(4);
  CHECK(gate.came() == 4);
  gate.open();
  pool.wait();
  CHECK(gate.came() == 6);
}

TEST_CASE("a pool that gets fewer workers lets end what runs, and begins no more than it may") {
  WorkerPool pool(4, 200, GENERATE(std::size_t{0}, kFibers));
  Gate gate;
  for (int i = 0; i < 4; ++i) CHECK(pool.submit([&] { gate.pass(); }));
  gate.wait_for(4);
  pool.set_workers(1);
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  for (int i = 0; i < 100; ++i) {
    CHECK(pool.submit([&] {
      const int now = ++running;
      if (now > most) most = now;
      std::this_thread::yield();
      --running;
    }));
  }
  CHECK(running == 0);
  gate.open();
  pool.wait();
  CHECK(most == 1);
}

TEST_CASE("who hands over more than the queue takes waits for room") {
  Gate gate;
  WorkerPool pool(1, 2);
  for (int i = 0; i < 3; ++i) {
    CHECK(pool.submit([&] { gate.pass(); }));
    if (i == 0) gate.wait_for(1);  // it runs, and the queue is empty
  }
  std::atomic<bool> handed_over = false;
  std::thread more([&] { handed_over = pool.submit([] {}); });
  CHECK_FALSE(handed_over);
  gate.open();
  more.join();
  CHECK(handed_over);
  pool.wait();
}

TEST_CASE("cancelling drops what waits, refuses what comes and lets end what runs") {
  const std::size_t workers = GENERATE(std::size_t{1}, kFibers);
  Gate gate;
  std::atomic<int> others = 0;
  const auto kept = std::make_shared<int>(1);
  WorkerPool pool(workers, 10);
  for (std::size_t i = 0; i < workers; ++i) CHECK(pool.submit([&] { gate.pass(); }));
  gate.wait_for(static_cast<int>(workers));
  for (int i = 0; i < 5; ++i) CHECK(pool.submit([&others, kept] { ++others; }));
  pool.cancel();
  CHECK(kept.use_count() == 1);
  CHECK_FALSE(pool.submit([&] { ++others; }));
  gate.open();
  pool.wait();
  CHECK(others == 0);
}

TEST_CASE("cancelling wakes who waits for room") {
  Gate gate;
  WorkerPool pool(1, 1);
  CHECK(pool.submit([&] { gate.pass(); }));
  gate.wait_for(1);
  CHECK(pool.submit([] {}));
  std::atomic<bool> refused = false;
  std::thread more([&] { refused = !pool.submit([] {}); });
  pool.cancel();
  more.join();
  CHECK(refused);
  gate.open();
}

TEST_CASE("a pool that goes waits for what runs and drops the rest") {
  Gate gate;
  std::atomic<bool> ended = false;
  std::atomic<bool> second = false;
  std::thread opener;
  {
    WorkerPool pool(1, 4);
    CHECK(pool.submit([&] {
      gate.pass();
      ended = true;
    }));
    gate.wait_for(1);
    CHECK(pool.submit([&] { second = true; }));
    pool.cancel();
    opener = std::thread([&] { gate.open(); });
  }
  CHECK(ended);
  CHECK_FALSE(second);
  opener.join();
}

TEST_CASE("the threads of a pool take no signals of the process") {
  std::atomic<bool> blocked = false;
  WorkerPool pool(GENERATE(std::size_t{1}, kFibers), 1);
  CHECK(pool.submit([&] {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGSEGV) == 0;
  }));
  pool.wait();
  CHECK(blocked);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  CHECK(sigismember(&mask, SIGINT) == 0);  // those of who starts them stay as they are
}

TEST_CASE("a task on a fiber has as much of a stack as on a thread") {
  std::atomic<int> sum = 0;
  WorkerPool pool(1, 1, kFibers);
  CHECK(pool.submit([&] {
    volatile char large[2 << 20] = {};
    large[0] = 1;
    large[sizeof large - 1] = 2;
    sum = large[0] + large[sizeof large - 1];
  }));
  pool.wait();
  CHECK(sum == 3);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose checks need file descriptors of their own
TEST_CASE("what comes while a task runs where it was handed over, for want of a worker, is run behind it") {
  Gate gate;
  std::atomic<bool> second = false;
  WorkerPool pool(1, 10, kFibers);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{3, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);  // an engine cannot be made
  std::thread first([&] { pool.submit([&] { gate.pass(); }); });
  gate.wait_for(1);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(pool.submit([&] { second = true; }));
  gate.open();
  first.join();
  pool.wait();
  CHECK(second);
}
#endif
