// What a request over a connection that is there asks of the kernel.
#include <curl/curl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "base/scheduler.h"
#include "http/reactor.h"
#include "objectstore/http.h"
#include "support/catch.h"
#include "support/quiet_fork.h"
#include "support/scripted_server.h"
#include "support/skip.h"
#include "support/stub_server.h"
#include "support/waiting_poller.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which make calls of their own
namespace objectstore::http {
namespace {

using namespace testing;

constexpr int kRequests = 160;
constexpr int kSlack = kRequests / 10;               // for what happens now and then
constexpr std::chrono::microseconds kLatency{2000};  // long enough that a reply is waited for

/// Since version 8 libcurl reads once before there is anything to read, and looks at the connection once more after the reply.
int calls_allowed(int each) {
  const bool newer = curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000;
  return (each + (newer ? 2 : 0)) * kRequests + kSlack;
}

void mark() {
  ::syscall(SYS_getppid);
}

/// How many system calls lie between two calls of `mark` in a child that does `work`; -1 when it fails or cannot be traced.
int system_calls_of(const std::function<bool()>& work) {
  const pid_t child = fork_while_others_sleep();
  if (child < 0) return -1;
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
    ::raise(SIGSTOP);
    ::_exit(work() ? 0 : 1);
  }
  int status = 0;
  int signal = 0;
  int marks = 0;
  int calls = 0;
  while (::waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    if (WSTOPSIG(status) == SIGSTOP) {
      ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    } else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
      __ptrace_syscall_info info{};
      ::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
      if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_getppid) ++marks;
      if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr != SYS_getppid && marks == 1) ++calls;
    } else {
      signal = WSTOPSIG(status);
    }
    ::ptrace(PTRACE_SYSCALL, child, nullptr, std::exchange(signal, 0));
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 && marks == 2 ? calls : -1;
}

/// Containers may forbid to trace children.
bool may_trace() {
  const bool may = system_calls_of([] {
                     mark();
                     ::syscall(SYS_getuid);
                     mark();
                     return true;
                   }) == 1;
  if (!may) skip("system calls cannot be counted where ptrace is not allowed");
  return may;
}

bool good(Transport& transport, const HttpRequest& request) {
  const auto reply = transport.send(request);
  return !reply.error && reply.status == 200;
}

}  // namespace

TEST_CASE("a blocking GET, or PUT, of 1 KiB makes at most five system calls") {
  if (!may_trace()) return;
  const StubServer gets(kLatency, 1024);
  ScriptedServer puts([](const ServerRequest&) { return ServerReply{}; });
  const std::string body(1024, 'y');
  const bool put = GENERATE(false, true);
  CAPTURE(put);
  HttpRequest request{.method = "GET", .scheme = "http", .host = "127.0.0.1:" + std::to_string(gets.port())};
  if (put) request = {.method = "PUT", .scheme = "http", .host = puts.host(), .memory_body = std::as_bytes(std::span(body))};
  const int calls = system_calls_of([&] {
    const auto transport = make_curl_transport({});
    bool all = good(*transport, request);
    mark();
    for (int i = 0; i < kRequests; ++i) all = good(*transport, request) && all;
    mark();
    return all;
  });
  CAPTURE(calls);
  CHECK(calls > 0);
  CHECK(calls <= calls_allowed(5));
}

TEST_CASE("a GET of 1 KiB on a fiber makes at most five system calls, alone and with others") {
  if (!may_trace()) return;
  const StubServer server(kLatency, 1024);
  const int in_flight = GENERATE(1, 16);
  CAPTURE(in_flight);
  const HttpRequest request{.scheme = "http", .host = "127.0.0.1:" + std::to_string(server.port())};
  const int calls = system_calls_of([&] {
    const auto transport = make_curl_transport({});
    const auto reactor = std::move(*Reactor::create(100));
    bool all = true;
    int warm = 0;
    int done = 0;
    base::Scheduler scheduler(*reactor);
    const auto work = [&] {
      all = good(*transport, request) && all;
      if (++warm == in_flight) mark();
      for (int i = 0; i < kRequests / in_flight; ++i) all = good(*transport, request) && all;
      if (++done == in_flight) mark();
    };
    for (int i = 0; i < in_flight; ++i) scheduler.post(task(work));
    scheduler.stop();
    scheduler.run();
    return all;
  });
  CAPTURE(calls);
  CHECK(calls > 0);
  CHECK(calls <= calls_allowed(5));
}

}  // namespace objectstore::http
#endif
