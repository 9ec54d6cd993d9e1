// AsyncEngine and AsyncBucket: callbacks, futures, coroutines, cancelling, the queue, and the end of the engine.
#include "objectstore/async.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "objectstore/client.h"
#include "support/catch.h"
#include "support/fake_s3.h"
#include "support/quiet_fork.h"
#include "support/scripted_server.h"
#include "support/stub_server.h"
#include "support/tls_server.h"

namespace objectstore {
namespace {

using namespace testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Counts down; a test waits for zero.
class Countdown {
 public:
  explicit Countdown(int count) : left_(count) {}
  void arrive() {
    const std::lock_guard lock(mutex_);
    --left_;
    changed_.notify_all();
  }
  bool wait(seconds limit = seconds(60)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return left_ <= 0; });
  }
  int left() {
    const std::lock_guard lock(mutex_);
    return left_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int left_;  ///< guarded by mutex_
};

AsyncEngine engine_with(AsyncOptions options = {}) {
  auto engine = AsyncEngine::start(options);
  REQUIRE(engine);
  return std::move(*engine);
}

std::shared_ptr<Bucket> bucket_at(const std::string& endpoint, ConnectOptions options = {}) {
  options.endpoint = endpoint;
  options.region = "us-east-1";
  options.credentials = anonymous_credentials();
  auto client = connect(std::move(options));
  REQUIRE(client);
  return client->bucket("media");
}

std::shared_ptr<Bucket> memory_bucket() {
  auto client = connect({.endpoint = "memory:"});
  REQUIRE(client);
  REQUIRE(client->create_bucket("media"));
  return client->bucket("media");
}

/// Waits for an operation that ends somehow.
template <class T>
Result<T> outcome(AsyncOperation<T> operation) {
  auto future = std::move(operation).as_future();
  if (future.wait_for(seconds(60)) != std::future_status::ready) return Error{.message = "the test gave up"};
  return future.get();
}

/// Does its work after main, and after whatever was registered for the end of the process once main ran.
struct LastOfAll {
  std::function<void()> work;
  ~LastOfAll() {
    if (work) work();
  }
};
LastOfAll last_of_all;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): its place in the order of destruction is its point

/// A coroutine that runs by itself.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

}  // namespace

TEST_CASE("three hundred downloads are under way together on two threads, each called back once") {
  constexpr int kTogether = 300;
  constexpr int kCount = 600;
  const StubServer server({}, 1024, 0, kTogether);
  const auto engine = engine_with({.threads = 2});
  const AsyncBucket bucket(engine, bucket_at(server.endpoint()));
  std::vector<std::atomic<int>> calls(kCount);
  std::atomic<int> good = 0;
  std::mutex mutex;
  std::set<std::thread::id> threads;
  Countdown done(kCount);
  for (int i = 0; i < kCount; ++i) {
    bucket.download("key").start([&, i](Result<Downloaded> got) {
      ++calls[static_cast<std::size_t>(i)];
      if (got && got->content.size() == 1024) ++good;
      {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      }
      done.arrive();
    });
  }
  REQUIRE(done.wait());
  CHECK(good == kCount);
  for (const auto& count : calls) CHECK(count == 1);
  CHECK(threads.size() == 2);
  CHECK_FALSE(threads.contains(std::this_thread::get_id()));
  CHECK(server.most_at_a_time() >= kTogether);
}

TEST_CASE("every verb gives what the blocking one gives, errors with their context included") {
  const auto engine = engine_with();
  const auto blocking = memory_bucket();
  const AsyncBucket bucket(engine, blocking);
  auto put = outcome(bucket.upload("a", Body::text("text"), {.content_type = "text/plain"}));
  REQUIRE(put);
  CHECK(put->ref.key == "a");
  CHECK(outcome(bucket.download("a"))->content == "text");
  CHECK(outcome(bucket.download("a", Sink::memory(), {.range = ByteRange::suffix(2)}))->content == "xt");
  CHECK(outcome(bucket.head("a"))->content_type == "text/plain");
  CHECK(outcome(bucket.copy({.key = "a"}, "b")));
  CHECK(outcome(bucket.list())->objects.size() == 2);
  CHECK(outcome(bucket.delete_objects({"b"}))->size() == 1);
  CHECK(outcome(bucket.delete_object("a")));
  CHECK(outcome(bucket.list())->objects.empty());
  CHECK(kind_of(outcome(bucket.presign("a"))) == ErrorKind::unsupported);
  auto missing = outcome(bucket.download("a"));
  REQUIRE(kind_of(missing) == ErrorKind::not_found);
  CHECK(missing.error().operation == "download");
  CHECK(missing.error().bucket == "media");
  CHECK(missing.error().key == "a");
}

TEST_CASE("a callback may start further operations and call blocking verbs") {
  const StubServer server(milliseconds(1), 16);
  auto engine = std::make_unique<AsyncEngine>(engine_with({.threads = 1, .max_running = 4, .max_waiting = 1}));
  const AsyncBucket bucket(*engine, bucket_at(server.endpoint()));
  Countdown done(200);
  std::function<void(int)> next = [&](int left) {
    bucket.download("k").start([&, left](Result<Downloaded> got) {
      CHECK(got);
      CHECK(bucket.blocking()->download("k"));
      done.arrive();
      if (left > 1) next(left - 1);
    });
  };
  for (int i = 0; i < 10; ++i) next(20);
  CHECK(done.wait());
  engine.reset();
  CHECK(done.left() == 0);
}

TEST_CASE("what a callback throws is dropped, and what an operation throws is internal") {
  const auto engine = engine_with({.threads = 1});
  const AsyncBucket bucket(engine, memory_bucket());
  Countdown done(1);
  bucket.list().start([&](Result<ListPage>) {
    done.arrive();
    throw std::runtime_error("nobody hears it");
  });
  REQUIRE(done.wait());
  const auto thrown = outcome(engine.operation([](const CancelToken&) -> Result<int> { throw std::runtime_error("broken backend"); }));
  REQUIRE(kind_of(thrown) == ErrorKind::internal);
  CHECK(thrown.error().message == "broken backend");
  CHECK(*outcome(engine.operation([](const CancelToken&) { return Result<int>(7); })) == 7);
}

TEST_CASE("cancelling ends an operation under way and leaves those alone that share its token") {
  ScriptedServer server([](const ServerRequest& request) {
    return ServerReply{.headers = {{"ETag", "\"e\""}, {"Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"}}, .body = request.path};
  });
  Gate reached;
  Gate go_on;
  server.script({read_request(), open_gate(reached), silence()});
  const auto engine = engine_with({.threads = 1});
  const AsyncBucket bucket(engine, bucket_at(server.endpoint()));
  const CancelToken shared;
  Countdown stuck_done(1);
  std::optional<ErrorKind> stuck;
  const AsyncCall call = bucket.download("stuck", {}, {.call = {.cancel = shared}}).start([&](Result<Downloaded> got) {
    stuck = kind_of(got);
    stuck_done.arrive();
  });
  REQUIRE(reached.wait_for(seconds(30)));
  const auto start = std::chrono::steady_clock::now();
  call.cancel();
  REQUIRE(stuck_done.wait());
  CHECK(std::chrono::steady_clock::now() - start < seconds(1));
  CHECK(stuck == ErrorKind::cancelled);
  CHECK_FALSE(shared.cancelled());
  CHECK(outcome(bucket.download("next", {}, {.call = {.cancel = shared}})));
  call.cancel();  // long over

  shared.cancel();
  CHECK(kind_of(outcome(bucket.download("last", {}, {.call = {.cancel = shared}}))) == ErrorKind::cancelled);
  AsyncCall().cancel();
}

TEST_CASE("a queued operation that is cancelled calls back at once, and the others keep their turn") {
  Gate gate;
  ScriptedServer server([&](const ServerRequest&) {
    return ServerReply{.headers = {{"ETag", "\"e\""}, {"Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"}}, .body = "x", .wait_for = &gate};
  });
  const auto engine = engine_with({.threads = 1, .max_running = 1});
  const AsyncBucket bucket(engine, bucket_at(server.endpoint()));
  Countdown first(1);
  Countdown third(1);
  bool first_good = false;
  bool third_good = false;
  bucket.download("first").start([&](Result<Downloaded> got) {
    first_good = got.has_value();
    first.arrive();
  });
  Countdown cancelled(1);
  std::optional<Error> error;
  const auto call = bucket.download("second").start([&](Result<Downloaded> got) {
    if (!got) error = got.error();
    cancelled.arrive();
  });
  bucket.download("third").start([&](Result<Downloaded> got) {
    third_good = got.has_value();
    third.arrive();
  });
  CHECK(engine.waiting() == 2);
  call.cancel();
  REQUIRE(cancelled.wait());
  REQUIRE(error);
  CHECK(error->kind == ErrorKind::cancelled);
  CHECK(error->operation == "download");
  CHECK(error->bucket == "media");
  CHECK(error->key == "second");
  CHECK(first.left() == 1);
  gate.open();
  REQUIRE(first.wait());
  REQUIRE(third.wait());
  CHECK(first_good);
  CHECK(third_good);
  for (const auto& request : server.requests()) CHECK(request.path != "/media/second");
}

TEST_CASE("a full queue holds up who starts more, until there is room") {
  const auto engine = engine_with({.threads = 1, .max_running = 1, .max_waiting = 1});
  const auto clock = system_clock();
  std::atomic<bool> open = false;
  Countdown done(3);
  const auto work = [&](const CancelToken&) -> Result<int> {
    while (!open) clock->sleep(milliseconds(1), nullptr);
    return 1;
  };
  const auto arrive = [&](Result<int>) { done.arrive(); };
  engine.operation(work).start(arrive);
  engine.operation(work).start(arrive);
  CHECK(engine.running() == 1);
  CHECK(engine.waiting() == 1);
  std::atomic<bool> through = false;
  std::thread third([&] {
    engine.operation(work).start(arrive);
    through = true;
  });
  std::this_thread::sleep_for(milliseconds(50));
  CHECK_FALSE(through);
  open = true;
  third.join();
  CHECK(done.wait());
}

TEST_CASE("the end of an engine cancels what waits, lets come to its end what runs, and calls back everybody") {
  Gate gate;
  ScriptedServer server([&](const ServerRequest&) {
    return ServerReply{.headers = {{"ETag", "\"e\""}, {"Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"}}, .body = "x", .wait_for = &gate};
  });
  std::atomic<int> good = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<int> other = 0;
  std::optional<AsyncBucket> survivor;
  const auto count = [&](const Result<Downloaded>& got) {
    ++(got ? good : kind_of(got) == ErrorKind::cancelled ? cancelled : other);
    if (cancelled >= 80) gate.open();
  };
  {
    const auto engine = engine_with({.threads = 2, .max_running = 20});
    survivor.emplace(engine, bucket_at(server.endpoint()));
    for (int i = 0; i < 100; ++i) {
      survivor->download("k").start([&](Result<Downloaded> got) {
        count(got);
        if (got) survivor->download("more").start(count);  // refused: the end has begun
      });
    }
    CHECK(engine.running() == 20);
    CHECK(engine.waiting() == 80);
  }
  CHECK(good == 20);
  CHECK(cancelled == 100);
  CHECK(other == 0);
  const auto late = std::this_thread::get_id();
  survivor->download("late").start([&](Result<Downloaded> got) {
    CHECK(kind_of(got) == ErrorKind::cancelled);
    CHECK(std::this_thread::get_id() == late);
  });
}

TEST_CASE("an engine may be let go in a callback of its own") {
  auto engine = std::make_unique<AsyncEngine>(engine_with({.threads = 2}));
  const AsyncBucket bucket(*engine, memory_bucket());
  Countdown done(2);
  bucket.list().start([&](Result<ListPage>) {
    engine.reset();
    bucket.list().start([&](Result<ListPage> page) {
      CHECK(kind_of(page) == ErrorKind::cancelled);
      done.arrive();
    });
    done.arrive();
  });
  CHECK(done.wait());
}

TEST_CASE("pauses between attempts hold up nobody on the thread") {
  std::atomic<int> refusals = 0;
  ScriptedServer server([&](const ServerRequest& request) {
    if (request.path == "/media/busy" && refusals++ < 20) return ServerReply{.status = 503, .headers = {{"Retry-After", "1"}}};
    return ServerReply{.headers = {{"ETag", "\"e\""}, {"Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"}}, .body = "x"};
  });
  const auto engine = engine_with({.threads = 1});
  const AsyncBucket bucket(engine, bucket_at(server.endpoint()));
  std::vector<std::future<Result<Downloaded>>> busy;
  for (int i = 0; i < 20; ++i) busy.push_back(bucket.download("busy").as_future());
  while (refusals < 20) std::this_thread::sleep_for(milliseconds(1));
  const auto start = std::chrono::steady_clock::now();
  CHECK(outcome(bucket.download("free")));
  CHECK(std::chrono::steady_clock::now() - start < milliseconds(900));
  for (auto& each : busy) CHECK(each.get());
  CHECK(std::chrono::steady_clock::now() - start < seconds(10));  // one after the other they would take 20
}

TEST_CASE("a stalled transfer ends at its limit with the error of a blocking one") {
  ScriptedServer server;
  for (int i = 0; i < 2; ++i) server.script({read_request(), silence()});
  const auto bucket = bucket_at(server.endpoint(), {.max_attempts = 1, .stall_timeout = seconds(1)});
  const auto engine = engine_with({.threads = 1});
  const auto blocking = bucket->download("k");
  const auto async = outcome(AsyncBucket(engine, bucket).download("k"));
  REQUIRE_FALSE(blocking);
  REQUIRE_FALSE(async);
  CHECK(async.error().kind == ErrorKind::timeout);
  CHECK(to_string(async.error()) == to_string(blocking.error()));
}

TEST_CASE("a deadline bounds an operation") {
  ScriptedServer server;
  server.script({read_request(), silence()});
  const auto engine = engine_with({.threads = 1});
  const AsyncBucket bucket(engine, bucket_at(server.endpoint()));
  const auto start = std::chrono::steady_clock::now();
  CHECK(kind_of(outcome(bucket.download("k", {}, {.call = {.deadline = milliseconds(200)}}))) == ErrorKind::timeout);
  CHECK(std::chrono::steady_clock::now() - start < seconds(5));
}

TEST_CASE("coroutines go on with the outcome, also when the engine is gone before they ask") {
  const StubServer server(milliseconds(5), 64);
  std::optional<AsyncBucket> bucket;
  Countdown done(50);
  std::atomic<int> bytes = 0;
  const auto fetch_three = [&]() -> Detached {
    for (int i = 0; i < 3; ++i) {
      const Result<Downloaded> got = co_await bucket->download("k");
      if (got) bytes += static_cast<int>(got->content.size());
    }
    done.arrive();
  };
  {
    const auto engine = engine_with({.threads = 2});
    bucket.emplace(engine, bucket_at(server.endpoint()));
    for (int i = 0; i < 50; ++i) fetch_three();
    REQUIRE(done.wait());
    CHECK(bytes == 50 * 3 * 64);
  }
  int cancelled = 0;
  const auto insist = [&]() -> Detached {
    for (int i = 0; i < 20'000; ++i) {
      const auto got = co_await bucket->download("k");
      if (kind_of(got) == ErrorKind::cancelled) ++cancelled;
    }
  };
  insist();
  CHECK(cancelled == 20'000);  // and the stack has held
}

TEST_CASE("what an operation needs is destroyed before its callback is called") {
  const auto engine = engine_with({.threads = 1});
  const AsyncBucket bucket(engine, memory_bucket());
  auto owned = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = owned;
  Countdown done(1);
  bool gone = false;
  bucket
      .upload("k", Body::stream(1,
                                [owned = std::move(owned), sent = false](std::span<std::byte> out) mutable -> Result<std::size_t> {
                                  if (std::exchange(sent, true)) return 0;
                                  out[0] = std::byte{'x'};
                                  return 1;
                                }))
      .start([&](Result<Uploaded> put) {
        gone = put && watched.expired();
        done.arrive();
      });
  REQUIRE(done.wait());
  CHECK(gone);
}

TEST_CASE("an operation that is never started does nothing") {
  const auto engine = engine_with({.threads = 1});
  const auto blocking = memory_bucket();
  { [[maybe_unused]] const auto dropped = AsyncBucket(engine, blocking).upload("k", Body::text("x")); }
  CHECK(kind_of(blocking->head("k")) == ErrorKind::not_found);
  CHECK(engine.running() == 0);
}

TEST_CASE("in a forked child operations are cancelled, its parent's go on, and an engine of its own works") {
  Gate reached;
  Gate go_on;
  ScriptedServer server([&](const ServerRequest& request) {
    ServerReply reply{.headers = {{"ETag", "\"e\""}, {"Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"}}, .body = "x"};
    if (request.path == "/media/slow") {
      reply.wait_for = &go_on;
      reached.open();
    }
    return reply;
  });
  auto engine = std::make_unique<AsyncEngine>(engine_with({.threads = 2}));
  const AsyncBucket bucket(*engine, bucket_at(server.endpoint()));
  REQUIRE(outcome(bucket.download("k")));
  auto under_way = bucket.download("slow").as_future();
  REQUIRE(reached.wait_for(seconds(60)));
  const pid_t child = fork_while_others_sleep();
  REQUIRE(child >= 0);
  if (child == 0) {
    bool right = false;
    bucket.download("k").start([&](Result<Downloaded> got) { right = kind_of(got) == ErrorKind::cancelled; });
    engine.reset();
    if (kForkedChildMayStartThreads) {
      auto own = AsyncEngine::start({.threads = 1});
      right = right && own && AsyncBucket(*own, bucket_at(server.endpoint())).download("k").as_future().get();
    }
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  go_on.open();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(under_way.get());
  CHECK(outcome(bucket.download("k")));
}

TEST_CASE("an engine that is still at work after main opens TLS connections as before") {
  std::fflush(nullptr);  // the child must not say once more what we have said
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto server = std::make_shared<std::optional<TlsServer>>();
    const auto engine = std::make_shared<AsyncEngine>(engine_with({.threads = 2}));  // the first to use OpenSSL
    server->emplace(TlsServerOptions{.ip_address = "127.0.0.1"});
    const auto transport = make_curl_transport({.ca_bundle = (*server)->ca_bundle()});
    const auto fetched = [=] {
      const auto fetch = [=](const CancelToken& cancel) -> Result<std::string> {
        auto reply =
            transport->send({.scheme = "https", .host = "127.0.0.1:" + std::to_string((*server)->port()), .path = "/", .cancel = &cancel});
        if (reply.error) return std::move(*reply.error);
        return std::move(reply.body);
      };
      std::vector<AsyncOperation<std::string>> operations;
      for (int i = 0; i < 4; ++i) operations.push_back(engine->operation(fetch));
      return std::all_of(operations.begin(), operations.end(), [](auto& each) {
        const auto got = outcome(std::move(each));
        return got && *got == "secure";
      });
    };
    last_of_all.work = [=] {
      if (!fetched()) ::_exit(2);
    };
    std::exit(fetched() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a token's child is cancelled with it or alone") {
  const CancelToken parent;
  const CancelToken one = parent.child();
  const CancelToken two = one.child();
  one.cancel();
  CHECK(one.cancelled());
  CHECK(two.cancelled());
  CHECK_FALSE(parent.cancelled());
  CHECK_FALSE(parent.child().cancelled());
  parent.cancel();
  CHECK(parent.child().cancelled());
}

}  // namespace objectstore
