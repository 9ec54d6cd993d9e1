// Fibers: stacks, pauses and exceptions.
#include "base/fiber.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cfenv>
#include <cstdint>
#include <exception>
#include <fstream>
#include <functional>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/scheduler.h"
#include "support/catch.h"
#include "support/skip.h"
#include "support/waiting_poller.h"

namespace objectstore::base {
namespace {

using testing::task;

constexpr std::size_t kStack = std::size_t{128} << 10U;

}  // namespace

TEST_CASE("a fiber pauses where it likes, and one stack carries task after task") {
  Fiber fiber(kStack);
  for (int round = 0; round < 3; ++round) {
    std::vector<int> steps;
    CHECK_FALSE(fiber.start(task([&] {
      steps.push_back(1);
      fiber.pause();
      steps.push_back(2);
      fiber.pause();
      steps.push_back(3);
    })));
    steps.push_back(-1);
    CHECK_FALSE(fiber.resume());
    steps.push_back(-2);
    CHECK(fiber.resume());
    CHECK(steps == std::vector<int>{1, -1, 2, -2, 3});
  }
}

TEST_CASE("what a task throws does not leave its fiber, which goes on with the next one") {
  Fiber fiber(kStack);
  CHECK(fiber.start(task([] { throw std::runtime_error("dropped"); })));
  CHECK_FALSE(fiber.start(task([&] {
    fiber.pause();
    throw 1;
  })));
  CHECK(fiber.resume());
  bool ran = false;
  CHECK(fiber.start(task([&] { ran = true; })));
  CHECK(ran);
}

TEST_CASE("a pause inside a catch block or a destructor leaves the exceptions of each fiber its own") {
  Fiber one(kStack);
  Fiber two(kStack);
  std::vector<std::string> seen;
  const auto work = [&seen](Fiber& fiber, const std::string& name) {
    return task([&, name] {
      struct Pauses {
        Fiber& fiber;
        std::vector<std::string>& seen;
        ~Pauses() {
          fiber.pause();
          seen.push_back("unwinding " + std::to_string(std::uncaught_exceptions()));
        }
      };
      try {
        const Pauses pauses{fiber, seen};
        throw std::runtime_error(name);
      } catch (const std::exception&) {
        fiber.pause();
        try {
          throw;  // the one that this very fiber caught
        } catch (const std::exception& again) {
          seen.emplace_back(again.what());
        }
      }
    });
  };
  CHECK_FALSE(one.start(work(one, "first")));
  CHECK(std::uncaught_exceptions() == 0);
  CHECK_FALSE(two.start(work(two, "second")));
  CHECK_FALSE(one.resume());
  CHECK_FALSE(two.resume());
  CHECK(one.resume());
  CHECK(two.resume());
  CHECK(seen == std::vector<std::string>{"unwinding 1", "unwinding 1", "first", "second"});
}

TEST_CASE("a fiber and its host each keep their own rounding of floating-point numbers") {
  struct Nearest {
    ~Nearest() { std::fesetround(FE_TONEAREST); }
  } const at_the_end;
  const auto third = [] {
    volatile double one = 1;
    volatile double three = 3;
    return one / three;
  };
  const auto long_third = [] {
    volatile long double one = 1;
    volatile long double three = 3;
    return one / three;
  };
  const double nearest = third();
  const long double nearest_long = long_third();
  REQUIRE(std::fesetround(FE_UPWARD) == 0);
  const double upward = third();
  const long double upward_long = long_third();
  REQUIRE(upward > nearest);
  Fiber fiber(kStack);  // takes over what is set now
  REQUIRE(std::fesetround(FE_TONEAREST) == 0);
  std::vector<double> seen;
  std::vector<long double> seen_long;
  const auto look = [&] {
    seen.push_back(third());
    seen_long.push_back(long_third());
  };
  CHECK_FALSE(fiber.start(task([&] {
    look();
    fiber.pause();
    look();
    std::fesetround(FE_TONEAREST);
    fiber.pause();
    look();
  })));
  CHECK(std::fegetround() == FE_TONEAREST);
  look();
  CHECK_FALSE(fiber.resume());
  std::fesetround(FE_UPWARD);
  CHECK(fiber.resume());
  CHECK(std::fegetround() == FE_UPWARD);
  CHECK(seen == std::vector<double>{upward, nearest, upward, nearest});
  CHECK(seen_long == std::vector<long double>{upward_long, nearest_long, upward_long, nearest_long});
}

TEST_CASE("what a fiber and its host hold in registers survives many changes of stacks") {
  constexpr std::uint64_t kRounds = 20'000;
  const auto value = [](std::uint64_t seed, std::uint64_t round) { return seed * 0x9e3779b97f4a7c15U + round; };
  // Enough at a time for every register that a callee preserves.
  const auto mix = [&](std::uint64_t seed, const std::function<void()>& change) {
    std::uint64_t a = seed, b = seed + 1, c = seed + 2, d = seed + 3, e = seed + 4, f = seed + 5;
    double g = static_cast<double>(seed), h = g + 0.5, i = g + 0.25;
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      change();
      a += b ^ round;
      b += c ^ a;
      c += d ^ b;
      d += e ^ c;
      e += f ^ d;
      f = value(f, round);
      g = h * 0.5 + 1;
      h = i * 0.5 + 2;
      i = g * 0.25 + 3;
    }
    return std::pair(a ^ b ^ c ^ d ^ e ^ f, g + h + i);
  };
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<std::pair<std::uint64_t, double>> results(3);
  for (std::size_t n = 0; n < results.size(); ++n) {
    fibers.push_back(std::make_unique<Fiber>(kStack));
    CHECK_FALSE(fibers[n]->start(task([&, n] { results[n] = mix(n + 1, [&] { fibers[n]->pause(); }); })));
  }
  std::size_t ended = 0;
  const auto host = mix(100, [&] {
    for (auto& fiber : fibers) ended += static_cast<std::size_t>(fiber->resume());
  });
  CHECK(ended == fibers.size());
  for (std::size_t n = 0; n < results.size(); ++n) CHECK(results[n] == mix(n + 1, [] {}));
  CHECK(host == mix(100, [] {}));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {
int deeper(int depth) {  // NOLINT(misc-no-recursion)
  volatile std::byte frame[1024] = {};
  return depth == 0 ? static_cast<int>(frame[0]) : deeper(depth - 1) + static_cast<int>(frame[1023]);
}
}  // namespace

TEST_CASE("a stack that overflows ends the process at once instead of writing elsewhere") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGSEGV, SIG_DFL);
    Fiber neighbour(kStack);
    Fiber fiber(kStack);
    fiber.start(task([] { static_cast<void>(deeper(100'000)); }));
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSEGV);
}

#if defined(__x86_64__) || defined(__aarch64__)
namespace {
bool keeps_return_addresses_apart() {  // swapcontext then
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("x86_Thread_features:") && line.find("shstk") != std::string::npos) return true;
  }
  return false;
}
}  // namespace

TEST_CASE("a change of stacks makes no system call") {
  if (keeps_return_addresses_apart()) return;
  constexpr int kNoSeccomp = 3;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Fiber fiber(kStack);
    fiber.start(task([&] {
      for (int i = 0; i < 1000; ++i) fiber.pause();
    }));
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) ::_exit(kNoSeccomp);  // from here on all but read, write and exit are deadly
    while (!fiber.resume()) {
    }
    ::syscall(SYS_exit, 0);  // _exit is another one
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoSeccomp) return testing::skip("system calls cannot be forbidden where seccomp is not allowed");
  CHECK(WEXITSTATUS(status) == 0);
}
#endif
#endif

}  // namespace objectstore::base
