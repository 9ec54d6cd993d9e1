// The limit on requests in flight, held against servers that are simulated.
#include "transfer/adaptive_limit.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "objectstore/clock.h"
#include "support/catch.h"

using namespace objectstore;
using namespace std::chrono_literals;
using objectstore::transfer::AdaptiveLimit;
using objectstore::transfer::LimitBounds;

namespace {

/// Serves `places` requests beside each other, each for `time` times a factor drawn from 1 - noise .. 1 + noise; the others queue.
struct Server {
  std::size_t places = 16;
  std::chrono::microseconds time = 20ms;
  double noise = 0;
  std::uint64_t bytes = 0;  ///< of each object
  /// Whoever comes while more are in flight is refused after a millisecond, and comes again after ten.
  std::size_t refuses_beyond = 1'000'000;
};

/// A pipeline with its server, in simulated time.
class Pipeline {
 public:
  explicit Pipeline(LimitBounds bounds, Server its, std::uint64_t seed = 1)
      : server(its), limit_(bounds), random_(seeded_random(seed)), free_at_(kMostPlaces, now_) {}

  Server server;

  /// Lets time pass, with as many requests in flight as the limit and the `work` at hand allow.
  void run(std::chrono::milliseconds duration, std::size_t work = SIZE_MAX) {
    const SteadyTime until = now_ + duration;
    while (true) {
      while (limit_.has_room() && limit_.in_flight() < work) attempt(limit_.begin(now_));
      if (events_.empty() || events_.top().at > until) break;
      Event event = events_.top();
      events_.pop();
      now_ = event.at;
      happen(event);
      lowest_ = std::min(lowest_, limit_.limit());
      highest_ = std::max(highest_, limit_.limit());
    }
    now_ = until;
  }
  /// What is counted begins anew.
  void forget() {
    lowest_ = SIZE_MAX;
    highest_ = 0;
    sum_ = done_ = refused_ = 0;
  }

  [[nodiscard]] std::size_t limit() const { return limit_.limit(); }
  [[nodiscard]] std::size_t lowest() const { return lowest_; }
  [[nodiscard]] std::size_t highest() const { return highest_; }
  /// The limit, over all requests that ended.
  [[nodiscard]] double mean() const { return static_cast<double>(sum_) / static_cast<double>(done_); }
  [[nodiscard]] std::uint64_t done() const { return done_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  static constexpr std::size_t kMostPlaces = 1000;
  enum class What : std::uint8_t { done, refused, again };
  struct Event {
    SteadyTime at;
    What what;
    AdaptiveLimit::Request request;
    bool operator>(const Event& other) const { return at > other.at; }
  };

  void attempt(AdaptiveLimit::Request request) {
    if (limit_.in_flight() > server.refuses_beyond) {
      events_.push({now_ + 1ms, What::refused, request});
      return;
    }
    const auto place = std::min_element(free_at_.begin(), free_at_.begin() + static_cast<std::ptrdiff_t>(server.places));
    const double drawn = static_cast<double>(random_->next() >> 11U) / static_cast<double>(1ULL << 53U);
    const double factor = 1 + server.noise * (2 * drawn - 1);
    *place = std::max(*place, now_) + std::chrono::duration_cast<SteadyTime::duration>(server.time * factor);
    events_.push({*place, What::done, request});
  }

  void happen(Event& event) {
    switch (event.what) {
      case What::again: return attempt(event.request);
      case What::refused:
        ++refused_;
        limit_.throttled(event.request, now_);
        events_.push({now_ + 10ms, What::again, event.request});
        return;
      case What::done:
        limit_.end(event.request, server.bytes, now_);
        ++done_;
        sum_ += limit_.limit();
    }
  }

  SteadyTime now_{1h};
  AdaptiveLimit limit_;
  std::shared_ptr<Random> random_;
  std::vector<SteadyTime> free_at_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::size_t lowest_ = SIZE_MAX;
  std::size_t highest_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace

TEST_CASE("the limit starts at eight and rises at once where more requests bring more") {
  Pipeline pipeline({}, {.places = 1000});
  CHECK(pipeline.limit() == 8);
  pipeline.run(600ms);
  CHECK(pipeline.limit() == 64);
  pipeline.run(10s);
  CHECK(pipeline.highest() == 64);
  CHECK(pipeline.lowest() >= 8);
}

TEST_CASE("the limit settles where the server's throughput ends") {
  for (const std::size_t places : {4U, 8U, 12U, 16U, 24U, 32U, 48U}) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
      CAPTURE(places, seed);
      Pipeline pipeline({}, {.places = places, .noise = 0.3}, seed);
      pipeline.run(30s);
      pipeline.forget();
      pipeline.run(30s);
      CHECK(pipeline.mean() >= static_cast<double>(places) / 2);
      CHECK(pipeline.mean() <= static_cast<double>(places) * 2);
      CHECK(pipeline.done() >= 30 * 50 * places * 9 / 10);  // of what the server can serve
    }
  }
}

TEST_CASE("the limit settles there as well with large parts that take a second each") {
  for (const std::size_t places : {8U, 32U}) {
    CAPTURE(places);
    Pipeline pipeline({}, {.places = places, .time = 1s, .noise = 0.1, .bytes = 8U << 20U});
    pipeline.run(60s);
    CHECK(pipeline.limit() >= places / 2);
    CHECK(pipeline.limit() <= places * 2);
  }
}

TEST_CASE("throughput counts bytes, and of objects without any their number") {
  // The limit after it was tried with eight in flight and then with sixteen, in the same time a round.
  const auto after = [](std::uint64_t bytes_of_eight, std::uint64_t bytes_of_sixteen) {
    AdaptiveLimit limit({});
    SteadyTime now{1h};
    for (int round = 0; round < 12; ++round) {
      std::vector<AdaptiveLimit::Request> requests;
      while (limit.has_room()) requests.push_back(limit.begin(now));
      now += 25ms;
      for (const auto& request : requests) limit.end(request, requests.size() == 8 ? bytes_of_eight : bytes_of_sixteen, now);
      if (limit.limit() != 8 && limit.limit() != 16) break;
    }
    return limit.limit();
  };
  CHECK(after(0, 0) == 32);
  CHECK(after(8U << 20U, 8U << 20U) == 32);
  CHECK(after(8U << 20U, 4U << 20U) == 8);  // twice the requests, with the same bytes in all
}

TEST_CASE("noise does not drive the limit to its floor, nor away from where it does well") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    Pipeline pipeline({}, {.places = 32, .noise = 0.9}, seed);
    pipeline.run(5s);
    pipeline.forget();
    pipeline.run(120s);
    CHECK(pipeline.lowest() >= 12);
    CHECK(pipeline.mean() >= 20);
    CHECK(pipeline.done() >= 120 * 50 * 32 * 9 / 10);
  }
}

TEST_CASE("a network that becomes faster is found out, and one that becomes slower") {
  Pipeline pipeline({}, {.places = 6, .noise = 0.1});
  pipeline.run(20s);
  CHECK(pipeline.limit() <= 12);
  pipeline.server.places = 48;
  pipeline.run(60s);
  CHECK(pipeline.limit() >= 24);
  pipeline.server.places = 6;
  pipeline.run(240s);
  CHECK(pipeline.limit() <= 16);
}

TEST_CASE("where too little is to be done the limit does not move") {
  Pipeline pipeline({}, {.places = 1000});
  pipeline.run(30s, 5);
  CHECK(pipeline.lowest() == 8);
  CHECK(pipeline.highest() == 8);
  pipeline.run(2s);
  CHECK(pipeline.limit() == 64);
}

TEST_CASE("a pause is not taken for a low throughput") {
  Pipeline pipeline({}, {.places = 1000});
  for (int i = 0; i < 20; ++i) {
    pipeline.run(90ms);
    pipeline.run(10s, 0);
  }
  CHECK(pipeline.lowest() >= 8);
  pipeline.run(2s);
  CHECK(pipeline.limit() == 64);
}

TEST_CASE("throttling halves what is in flight, once for all attempts that had set out") {
  AdaptiveLimit limit({.start = 16});
  SteadyTime now{1h};
  std::vector<AdaptiveLimit::Request> requests;
  while (limit.has_room()) requests.push_back(limit.begin(now));
  REQUIRE(requests.size() == 16);
  for (AdaptiveLimit::Request& request : requests) limit.throttled(request, now += 1ms);
  CHECK(limit.limit() == 8);
  CHECK_FALSE(limit.has_room());
  limit.throttled(requests.front(), now += 1ms);  // its next attempt set out after the drop
  CHECK(limit.limit() == 4);
  limit.throttled(requests[1], now += 1ms);
  CHECK(limit.limit() == 4);
}

TEST_CASE("throttling halves what is in flight, and not what would be allowed") {
  AdaptiveLimit limit({.start = 64});
  SteadyTime now{1h};
  std::vector<AdaptiveLimit::Request> requests;
  for (int i = 0; i < 6; ++i) requests.push_back(limit.begin(now));
  limit.throttled(requests.front(), now += 1ms);
  CHECK(limit.limit() == 3);
}

TEST_CASE("throttling never takes the last place") {
  AdaptiveLimit limit({});
  SteadyTime now{1h};
  AdaptiveLimit::Request request = limit.begin(now);
  for (int i = 0; i < 10; ++i) limit.throttled(request, now += 1s);
  CHECK(limit.limit() == 1);
  limit.end(request, 0, now);
  CHECK(limit.has_room());
}

TEST_CASE("after throttling the limit grows step by step, to where it was") {
  Pipeline pipeline({}, {.places = 1000});
  pipeline.run(2s);
  REQUIRE(pipeline.limit() == 64);
  pipeline.server.refuses_beyond = 60;
  pipeline.run(30ms);
  pipeline.server.refuses_beyond = 1000;
  REQUIRE(pipeline.limit() == 32);
  pipeline.run(1s);
  CHECK(pipeline.limit() > 34);
  CHECK(pipeline.limit() < 48);
  pipeline.run(10s);
  CHECK(pipeline.limit() >= 48);  // or a trial below it
}

TEST_CASE("under a server that refuses what is beyond its limit few are refused and most of it is used") {
  Pipeline pipeline({}, {.places = 1000, .noise = 0.2, .refuses_beyond = 20});
  pipeline.run(60s);
  CHECK(pipeline.refused() * 50 < pipeline.done());
  CHECK(pipeline.done() > 60 * 50 * 20 * 6 / 10);
  CHECK(pipeline.mean() <= 20);
}

TEST_CASE("a fixed limit never moves") {
  Pipeline pipeline(LimitBounds::fixed(16), {.places = 1000, .noise = 0.3, .refuses_beyond = 12});
  pipeline.run(10s);
  CHECK(pipeline.refused() > 0);
  CHECK(pipeline.lowest() == 16);
  CHECK(pipeline.highest() == 16);
}
