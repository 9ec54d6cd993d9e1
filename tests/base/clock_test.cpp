// Tests of the machine's clock and of the random sources.
#include "objectstore/clock.h"

#include <set>
#include <thread>
#include <vector>

#include "support/catch.h"

namespace objectstore {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the machine's clock tells the machine's time") {
  auto clock = system_clock();
  const SystemTime before = std::chrono::system_clock::now();
  const SystemTime now = clock->now();
  CHECK(now >= before);
  CHECK(now <= std::chrono::system_clock::now());
  const SteadyTime steady = clock->steady_now();
  CHECK(clock->steady_now() >= steady);
}

TEST_CASE("sleep lasts as long as it was told") {
  auto clock = system_clock();
  const CancelToken token;
  const SteadyTime start = clock->steady_now();
  CHECK(clock->sleep(30ms, &token));
  CHECK(clock->sleep(5ms, nullptr));
  CHECK(clock->steady_now() - start >= 35ms);
  CHECK(clock->sleep(0ms, &token));
  CHECK(clock->sleep(-5ms, nullptr));
  CHECK(clock->sleep(-5ms, &token));
}

TEST_CASE("a sleep that is cancelled ends at once and says so") {
  auto clock = system_clock();
  const CancelToken token;
  std::thread canceller([copy = token, &clock] {
    clock->sleep(10ms, nullptr);
    copy.cancel();
  });
  const SteadyTime start = clock->steady_now();
  CHECK_FALSE(clock->sleep(10min, &token));
  canceller.join();
  CHECK(clock->steady_now() - start < 5s);
  CHECK_FALSE(clock->sleep(10min, &token));
  CHECK_FALSE(clock->sleep(0ms, &token));
}

TEST_CASE("system random numbers do not repeat") {
  auto random = system_random();
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random->next());
  CHECK(seen.size() == 1000);
}

TEST_CASE("a seed gives one sequence, another seed another") {
  auto a = seeded_random(42);
  auto b = seeded_random(42);
  auto c = seeded_random(43);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = a->next();
    CHECK(value == b->next());
    CHECK(value != c->next());
    seen.insert(value);
  }
  CHECK(seen.size() == 1000);
  // The published first values of SplitMix64 for seed 1234567.
  auto known = seeded_random(1234567);
  CHECK(known->next() == 6457827717110365317u);
  CHECK(known->next() == 3203168211198807973u);
}

TEST_CASE("a seeded sequence gives each number to one thread only") {
  auto shared = seeded_random(5);
  std::vector<std::set<std::uint64_t>> parts(4);
  std::vector<std::thread> threads;
  for (auto& part : parts) {
    threads.emplace_back([&part, &shared] {
      for (int i = 0; i < 1000; ++i) part.insert(shared->next());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint64_t> all;
  for (const auto& part : parts) all.insert(part.begin(), part.end());
  CHECK(all.size() == 4000);
}

}  // namespace
}  // namespace objectstore
