// Fibers: stacks, pauses and exceptions.
#include "base/fiber.h"

#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/scheduler.h"
#include "support/catch.h"
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
#endif

}  // namespace objectstore::base
