// What the other threads are doing, as /proc tells it.
#include "support/quiet_fork.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace objectstore::testing {
namespace {

/// The state is the letter behind the name, which stands in parentheses (proc(5), /proc/pid/stat).
bool sleeps(const std::filesystem::path& thread) {
  std::ifstream file(thread / "stat");
  std::string stat;
  std::getline(file, stat);
  const auto name_end = stat.rfind(')');
  return name_end == std::string::npos || stat.compare(name_end, 3, ") S") == 0;  // without a state it has just ended
}

bool others_sleep() {
  const std::string here = std::to_string(::gettid());
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    if (thread.path().filename() != here && !sleeps(thread.path())) return false;
  }
  return true;
}

}  // namespace

pid_t fork_while_others_sleep() {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!others_sleep()) {
    if (std::chrono::steady_clock::now() > limit) return -1;
    std::this_thread::yield();
  }
  return ::fork();
}

}  // namespace objectstore::testing
