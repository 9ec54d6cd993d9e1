// The scheduler of fibers: order, sleep, waking, stacks; and what waits on top of it.
#include "base/scheduler.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "base/condition.h"
#include "objectstore/clock.h"
#include "support/catch.h"
#include "support/waiting_poller.h"

namespace objectstore::base {
namespace {

using std::chrono::milliseconds;
using testing::task;

/// Runs what is posted to it, and stops when all of that has ended.
struct Loop {
  testing::WaitingPoller poller;
  Scheduler scheduler{poller};
  void post(std::function<void()> work) { scheduler.post(task(std::move(work))); }
  void run() {
    scheduler.stop();
    scheduler.run();
  }
};

}  // namespace

TEST_CASE("sleeping fibers share one thread, and each wakes in its time") {
  Loop loop;
  const auto clock = system_clock();
  std::vector<int> order;
  for (const int delay : {60, 20, 40}) {
    loop.post([&, delay] {
      CHECK(Scheduler::current() == &loop.scheduler);
      const SteadyTime start = clock->steady_now();
      CHECK(clock->sleep(milliseconds(delay), nullptr));
      CHECK(clock->steady_now() - start >= milliseconds(delay));
      order.push_back(delay);
    });
  }
  const SteadyTime start = clock->steady_now();
  loop.run();
  CHECK(order == std::vector<int>{20, 40, 60});
  CHECK(clock->steady_now() - start < milliseconds(115));  // one after the other they would take 120
  CHECK(loop.scheduler.stacks() == 3);
  CHECK(Scheduler::current() == nullptr);
}

TEST_CASE("a thousand sleepers need a thousand stacks once, and none in the second round") {
  Loop loop;
  const auto clock = system_clock();
  int done = 0;
  loop.post([&] {
    for (int round = 0; round < 3; ++round) {
      const int before = done;
      for (int i = 0; i < 1000; ++i) {
        loop.scheduler.post(task([&] {
          clock->sleep(milliseconds(5), nullptr);
          ++done;
        }));
      }
      while (done < before + 1000) clock->sleep(milliseconds(1), nullptr);
      CHECK(loop.scheduler.stacks() <= 1001);
    }
  });
  loop.run();
  CHECK(done == 3000);
}

TEST_CASE("cancelling from another thread ends the sleep of a fiber soon") {
  Loop loop;
  const auto clock = system_clock();
  const CancelToken token;
  bool slept = true;
  loop.post([&] { slept = clock->sleep(std::chrono::seconds(30), &token); });
  std::thread other([&] { token.cancel(); });
  const SteadyTime start = clock->steady_now();
  loop.run();
  other.join();
  CHECK_FALSE(slept);
  CHECK(clock->steady_now() - start < std::chrono::seconds(5));
}

TEST_CASE("a scheduler with nothing to do waits without looking around") {
  Loop loop;
  Scheduler::Ticket ticket;
  std::atomic<bool> waiting = false;
  loop.post([&] {
    ticket = loop.scheduler.ticket();
    waiting = true;
    CHECK(loop.scheduler.pause(std::nullopt, nullptr) == Scheduler::Wake::woken);
  });
  std::thread waker([&] {
    while (!waiting) std::this_thread::yield();
    std::this_thread::sleep_for(milliseconds(200));
    loop.scheduler.wake(ticket);
  });
  loop.run();
  waker.join();
  CHECK(loop.poller.waits() <= 4);  // by the clock it would be many
}

TEST_CASE("a ticket wakes the pause that it names and no later one") {
  Loop loop;
  loop.post([&] {
    const auto old = loop.scheduler.ticket();
    CHECK(loop.scheduler.pause(std::chrono::steady_clock::now(), nullptr) == Scheduler::Wake::timed_out);
    loop.scheduler.wake(old);
    CHECK(loop.scheduler.pause(std::chrono::steady_clock::now() + milliseconds(5), nullptr) == Scheduler::Wake::timed_out);
    const auto early = loop.scheduler.ticket();
    loop.scheduler.wake(early);
    CHECK(loop.scheduler.pause(std::nullopt, nullptr) == Scheduler::Wake::woken);
  });
  loop.run();
}

TEST_CASE("without memory for a stack a task runs on the thread's own") {
  testing::WaitingPoller poller;
  int asked = 0;
  Scheduler scheduler(
      poller,
      [&]() -> std::unique_ptr<Task> {
        ++asked;
        return nullptr;
      },
      std::size_t{1} << 60U);
  bool ran = false;
  scheduler.post(task([&] {
    ran = true;
    CHECK(Scheduler::current() == nullptr);
  }));
  scheduler.stop();
  scheduler.run();
  CHECK(ran);
  CHECK(asked == 1);
}

TEST_CASE("fibers and threads wait for one condition, and all are woken") {
  Loop loop;
  std::mutex mutex;
  Condition changed;
  bool open = false;
  int through = 0;
  const auto wait = [&] {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return open; });
    ++through;
  };
  for (int i = 0; i < 5; ++i) loop.post(wait);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(wait);
  std::thread opener([&] {
    std::this_thread::sleep_for(milliseconds(20));
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  });
  loop.run();
  for (auto& thread : threads) thread.join();
  opener.join();
  CHECK(through == 8);
}

TEST_CASE("a mutex that is held across a pause holds up who wants it, and nobody else") {
  Loop loop;
  const auto clock = system_clock();
  Mutex mutex;
  std::vector<std::string> order;
  const auto with_lock = [&](const std::string& name) {
    const std::lock_guard lock(mutex);
    order.push_back(name + " in");
    clock->sleep(milliseconds(10), nullptr);
    order.push_back(name + " out");
  };
  loop.post([&] { with_lock("a"); });
  loop.post([&] { with_lock("b"); });
  loop.post([&] { order.emplace_back("c"); });
  loop.run();
  CHECK(order == std::vector<std::string>{"a in", "c", "a out", "b in", "b out"});
}

TEST_CASE("fibers on two threads pass a turn back and forth without losing one") {
  Loop one;
  Loop two;
  std::mutex mutex;
  Condition changed;
  int turn = 0;
  const auto play = [&](int parity) {
    for (int i = 0; i < 500; ++i) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return turn % 2 == parity; });
      ++turn;
      changed.notify_one();
    }
  };
  one.post([&] { play(0); });
  two.post([&] { play(1); });
  std::thread other([&] { two.run(); });
  one.run();
  other.join();
  CHECK(turn == 1000);
}

}  // namespace objectstore::base
