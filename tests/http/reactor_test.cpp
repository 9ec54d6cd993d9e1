// The reactor: exchanges of many fibers in one multi handle. (All other cases of this folder run on a fiber as well, see http_on_a_fiber.)
#include "http/reactor.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/scheduler.h"
#include "objectstore/http.h"
#include "support/catch.h"
#include "support/scripted_server.h"
#include "support/stub_server.h"
#include "support/waiting_poller.h"

namespace objectstore::http {
namespace {

using namespace testing;
using std::chrono::milliseconds;

struct Loop {
  std::unique_ptr<Reactor> reactor = std::move(*Reactor::create(100));
  base::Scheduler scheduler{*reactor};
  void post(std::function<void()> work) { scheduler.post(task(std::move(work))); }
  void run() {
    scheduler.stop();
    scheduler.run();
  }
};

}  // namespace

TEST_CASE("requests of many fibers are under way together, on one thread") {
  const StubServer server(milliseconds(50), 1024);
  const auto transport = make_curl_transport({});
  Loop loop;
  int good = 0;
  for (int i = 0; i < 100; ++i) {
    loop.post([&] {
      CHECK(Reactor::current() == loop.reactor.get());
      const auto reply = transport->send({.scheme = "http", .host = "127.0.0.1:" + std::to_string(server.port())});
      if (!reply.error && reply.body.size() == 1024 && reply.sends == 1) ++good;
    });
  }
  loop.run();
  CHECK(good == 100);
  CHECK(server.most_at_a_time() > 50);
  CHECK(Reactor::current() == nullptr);
}

TEST_CASE("a thread's fibers use its connections again, and not those that are too old") {
  const StubServer server(milliseconds(1), 10);
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  const auto clock = system_clock();
  const auto keeps = make_curl_transport({});
  const auto forgets = make_curl_transport({.max_idle = std::chrono::seconds(0)});
  Loop loop;
  loop.post([&] {
    for (int i = 0; i < 5; ++i) CHECK_FALSE(keeps->send({.scheme = "http", .host = host}).error);
    CHECK(server.connections() == 1);
    CHECK_FALSE(make_curl_transport({})->send({.scheme = "http", .host = host}).error);  // another transport, the same thread
    CHECK(server.connections() == 1);
    for (int i = 0; i < 3; ++i) CHECK_FALSE(forgets->send({.scheme = "http", .host = host}).error);
    CHECK(server.connections() >= 3);
  });
  loop.run();
}

TEST_CASE("a fiber whose request stands still does not hold up its neighbours, and is cancelled soon") {
  ScriptedServer server([](const ServerRequest&) { return ServerReply{.body = "quick"}; });
  server.script({read_request(), silence()});
  const auto transport = make_curl_transport({});
  const auto clock = system_clock();
  const CancelToken token;
  HttpReply stuck;
  int quick = 0;
  SteadyTime cancelled_at{};
  SteadyTime ended_at{};
  Loop loop;
  loop.post([&] {
    stuck = transport->send({.scheme = "http", .host = server.host(), .cancel = &token});
    ended_at = clock->steady_now();
  });
  loop.post([&] {
    while (server.request_count() == 0) clock->sleep(milliseconds(1), nullptr);
    for (int i = 0; i < 10; ++i) {
      if (transport->send({.scheme = "http", .host = server.host()}).body == "quick") ++quick;
    }
    cancelled_at = clock->steady_now();
    token.cancel();
  });
  loop.run();
  CHECK(quick == 10);
  REQUIRE(stuck.error);
  CHECK(stuck.error->kind == ErrorKind::cancelled);
  CHECK(stuck.sends == 1);
  CHECK(ended_at - cancelled_at < std::chrono::seconds(1));
}

TEST_CASE("a sink that sends a request of its own blocks its thread, and both come to their end") {
  ScriptedServer server([](const ServerRequest& request) { return ServerReply{.body = request.path}; });
  const auto transport = make_curl_transport({});
  struct Asks final : ReplyBody {
    Transport& transport;
    std::string host;
    std::string got;
    Asks(Transport& t, std::string h) : transport(t), host(std::move(h)) {}
    Status on_head(int, const Headers&) override { return {}; }
    Status on_bytes(std::span<const std::byte>) override {
      CHECK(Reactor::current() == nullptr);
      got += transport.send({.scheme = "http", .host = host, .path = "/inner"}).body;
      return {};
    }
  };
  Asks asks(*transport, server.host());
  Loop loop;
  loop.post([&] { CHECK_FALSE(transport->send({.scheme = "http", .host = server.host(), .path = "/outer", .reply_body = &asks}).error); });
  loop.run();
  CHECK(asks.got == "/inner");
}

TEST_CASE("a transport that is let go while its request is under way on a fiber lives to its end") {
  const StubServer server(milliseconds(20), 10);
  auto transport = make_curl_transport({});
  Loop loop;
  bool good = false;
  loop.post([&] {
    Transport& its = *transport;
    good = !its.send({.scheme = "http", .host = "127.0.0.1:" + std::to_string(server.port())}).error;
  });
  loop.post([&] { transport.reset(); });
  loop.run();
  CHECK(good);
}

}  // namespace objectstore::http
