// Telling a process from its children.
#include "base/fork.h"

#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <thread>
#include <vector>

#include "support/catch.h"

namespace objectstore::base {
namespace {

/// True when `child` says so in a process that `make` forked.
bool holds_in(const std::function<pid_t()>& make, const std::function<bool()>& child) {
  const pid_t process = make();
  if (process == 0) ::_exit(child() ? 0 : 1);
  int status = 0;
  return process > 0 && ::waitpid(process, &status, 0) == process && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool holds_in_fork(const std::function<bool()>& child) {
  return holds_in([] { return ::fork(); }, child);
}

}  // namespace

TEST_CASE("a fork's generation differs from its parent's and from its own child's, and stays the same within each") {
  const auto mine = fork_generation();
  CHECK(holds_in_fork([mine] {
    const auto its = fork_generation();
    return its != mine && holds_in_fork([mine, its] { return fork_generation() != mine && fork_generation() != its; }) &&
           fork_generation() == its;
  }));
  CHECK(fork_generation() == mine);
}

TEST_CASE("a child of a child that never asked differs from the process that did") {
  const auto mine = fork_generation();
  CHECK(holds_in_fork([mine] { return holds_in_fork([mine] { return fork_generation() != mine; }); }));
}

TEST_CASE("a fork past the C library's handlers is seen") {
  const auto mine = fork_generation();
  CHECK(holds_in([] { return static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr)); },
                 [mine] { return fork_generation() != mine; }));
}

#if !defined(__SANITIZE_THREAD__)  // which lets no forked child have threads
TEST_CASE("threads of a child that ask for the first time at once are told the same") {
  const auto mine = fork_generation();
  CHECK(holds_in_fork([mine] {
    std::vector<std::uint64_t> seen(8);
    std::vector<std::thread> threads;
    for (auto& each : seen) threads.emplace_back([&each] { each = fork_generation(); });
    for (auto& thread : threads) thread.join();
    return seen.front() != mine && std::all_of(seen.begin(), seen.end(), [&](std::uint64_t each) { return each == seen.front(); });
  }));
}
#endif

}  // namespace objectstore::base
