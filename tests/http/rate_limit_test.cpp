// The bound on bytes a second: turns, shares, and bytes that a server really has to wait for.
#include "http/rate_limit.h"

#include "objectstore/http.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/scripted_server.h"

using namespace objectstore;
using namespace objectstore::testing;
using namespace std::chrono_literals;

TEST_CASE("requests wait until the bytes of those before them have had their time") {
  const auto clock = std::make_shared<FakeClock>();
  http::RateLimit limit(1000, clock);
  REQUIRE(limit.enter(500, 0ms, nullptr));
  CHECK(clock->slept() == 0ms);
  REQUIRE(limit.enter(0, 0ms, nullptr));
  CHECK(clock->slept() == 500ms);
  limit.charge(2000);
  REQUIRE(limit.enter(0, 0ms, nullptr));
  CHECK(clock->slept() == 2500ms);
  clock->advance(10s);  // time that nobody used is not saved up
  REQUIRE(limit.enter(1000, 0ms, nullptr));
  REQUIRE(limit.enter(0, 0ms, nullptr));
  CHECK(clock->slept() == 3500ms);
}

TEST_CASE("who is under way shares the rate, and never falls under the floor") {
  const auto clock = std::make_shared<FakeClock>();
  http::RateLimit limit(1000, clock);
  CHECK(limit.share(1) == 1000);
  for (int i = 0; i < 4; ++i) REQUIRE(limit.enter(0, 0ms, nullptr));
  CHECK(limit.share(1) == 250);
  CHECK(limit.share(300) == 300);
  limit.leave();
  limit.leave();
  CHECK(limit.share(1) == 500);
}

TEST_CASE("bytes that did not travel hold up nobody") {
  const auto clock = std::make_shared<FakeClock>();
  http::RateLimit limit(1000, clock);
  REQUIRE(limit.enter(60'000, 0ms, nullptr));
  limit.refund(60'000);
  limit.leave();
  REQUIRE(limit.enter(0, 1s, nullptr));
  CHECK(clock->slept() == 0ms);
}

TEST_CASE("a turn that comes after the deadline or a cancellation is refused, and holds up nobody") {
  const auto clock = std::make_shared<FakeClock>();
  http::RateLimit limit(1000, clock);
  REQUIRE(limit.enter(5000, 0ms, nullptr));
  CHECK(kind_of(limit.enter(5000, 4s, nullptr)) == ErrorKind::timeout);
  const CancelToken cancel;
  cancel.cancel();
  CHECK(kind_of(limit.enter(0, 0ms, &cancel)) == ErrorKind::cancelled);
  CHECK(limit.share(1) == 1000);
  REQUIRE(limit.enter(0, 6s, nullptr));
  CHECK(clock->slept() == 5s);
}

TEST_CASE("many small requests keep to the rate as one large one does") {
  const std::string body(64 << 10, 'x');
  ScriptedServer server([&](const ServerRequest&) { return ServerReply{.body = body}; });
  TransportOptions options;
  options.bytes_per_second = 1 << 20;
  const auto transport = make_curl_transport(options);
  const auto begun = std::chrono::steady_clock::now();
  constexpr int kRequests = 17;  // over a mebibyte: the first one comes at once
  for (int i = 0; i < kRequests; ++i) {
    HttpRequest request;
    request.scheme = "http";
    request.host = server.host();
    const HttpReply reply = transport->send(request);
    REQUIRE_FALSE(reply.error);
    REQUIRE(reply.body.size() == body.size());
  }
  CHECK(std::chrono::steady_clock::now() - begun >= 900ms);
}
