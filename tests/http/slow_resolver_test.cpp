// A name server that does not answer holds up neither a deadline nor a cancellation.
#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>

#include "objectstore/http.h"
#include "support/catch.h"

namespace objectstore {
namespace {

/// Where look-ups of "*.slow.invalid" wait until a test lets them go.
struct SlowResolver {
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  int entered = 0;
  bool open = false;

  void look_up() {
    std::unique_lock lock(mutex);
    ++waiting;
    ++entered;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
    --waiting;
    changed.notify_all();
  }
  int still_waiting() {
    std::lock_guard lock(mutex);
    return waiting;
  }
  void wait_for_entry() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::seconds(10), [this] { return entered > 0; });
  }
  /// Lets everybody go and returns when they have gone.
  void release() {
    std::unique_lock lock(mutex);
    open = true;
    changed.notify_all();
    changed.wait_for(lock, std::chrono::seconds(10), [this] { return waiting == 0; });
    open = false;
    entered = 0;
  }
};

SlowResolver& slow_resolver() {
  static SlowResolver resolver;
  return resolver;
}

}  // namespace
}  // namespace objectstore

// libcurl's look-ups come here first, because a program's own symbols precede those of its libraries.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
  static const auto next = reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (name == nullptr || !std::string_view(name).ends_with(".slow.invalid")) return next(name, service, hints, found);
  objectstore::slow_resolver().look_up();
  return EAI_AGAIN;
}

namespace objectstore {

TEST_CASE("a call whose name server is silent ends when it is cancelled") {
  auto transport = make_curl_transport({});
  CancelToken cancel;
  std::jthread canceller([&] {
    slow_resolver().wait_for_entry();
    cancel.cancel();
  });
  HttpRequest request{.scheme = "http", .host = "cancelled.slow.invalid"};
  request.cancel = &cancel;
  auto reply = transport->send(request);  // returns although the look-up still waits
  canceller.join();
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::cancelled);
  CHECK(reply.sends == 0);
  CHECK(slow_resolver().still_waiting() == 1);
  transport.reset();
  slow_resolver().release();
}

TEST_CASE("a call whose name server is silent ends at its deadline") {
  auto transport = make_curl_transport({});
  HttpRequest request{.scheme = "http", .host = "late.slow.invalid", .timeout = std::chrono::milliseconds(100)};
  auto reply = transport->send(request);
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::timeout);
  CHECK(reply.sends == 0);
  transport.reset();
  slow_resolver().release();
}

}  // namespace objectstore
