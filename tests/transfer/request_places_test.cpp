// Places for requests: how many hold one at a time, and who hears of a new limit.
#include "transfer/request_places.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/fake_clock.h"

using namespace objectstore;
using namespace std::chrono_literals;
using objectstore::testing::FakeClock;
using objectstore::transfer::AdaptiveLimit;
using objectstore::transfer::limit_bounds;
using objectstore::transfer::LimitBounds;
using objectstore::transfer::RequestPlaces;

TEST_CASE("a number fixes the limit, and without one it begins at eight or at what is allowed at most") {
  CHECK(RequestPlaces(limit_bounds(3, 64), system_clock(), [](std::size_t) {}).most() == 3);
  for (const std::size_t most : {0U, 1U, 5U, 8U, 100U}) {
    const RequestPlaces places(limit_bounds(0, most), system_clock(), [](std::size_t) {});
    CAPTURE(most);
    CHECK(places.count() == std::clamp<std::size_t>(most, 1, 8));
    CHECK(places.most() == std::max<std::size_t>(most, 1));
  }
}

TEST_CASE("no more threads hold a place than there may ever be, while throttling and throughput move the limit") {
  std::atomic<std::size_t> limit = 8;
  std::atomic<std::size_t> moves = 0;
  RequestPlaces places(limit_bounds(0, 24), system_clock(), [&](std::size_t now) {
    limit = now;
    ++moves;
  });
  std::atomic<std::size_t> held = 0;
  std::atomic<bool> too_many = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 30; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        AdaptiveLimit::Request request = places.acquire();
        if (++held > 24) too_many = true;
        std::this_thread::yield();
        if (t == 0 && i % 100 == 99) places.throttled(request);
        --held;
        places.release(request, 1000);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_FALSE(too_many);
  CHECK(moves > 0);
  CHECK(limit == places.count());
}

TEST_CASE("all who wait for a place are woken when the limit rises by more than one") {
  for (int repetition = 0; repetition < 20; ++repetition) {
    const auto clock = std::make_shared<FakeClock>();
    RequestPlaces places({.start = 2, .ceiling = 64}, clock, [](std::size_t) {});
    const auto round = [&](AdaptiveLimit::Request first, AdaptiveLimit::Request second) {
      clock->advance(1s);
      places.release(first, 0);
      places.release(second, 0);
    };
    round(places.acquire(), places.acquire());  // the first opens the window
    const AdaptiveLimit::Request first = places.acquire();
    const AdaptiveLimit::Request second = places.acquire();
    std::vector<std::thread> waiting;
    for (int i = 0; i < 4; ++i) waiting.emplace_back([&] { (void)places.acquire(); });
    round(first, second);
    for (std::thread& thread : waiting) thread.join();  // four places at once
    CHECK(places.count() == 4);
  }
}
