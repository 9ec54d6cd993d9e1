// The machine's clock, the operating system's random numbers, and a repeatable sequence for tests.
#include "objectstore/clock.h"

#include <openssl/rand.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <sys/random.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "base/openssl.h"
#include "base/scheduler.h"

namespace objectstore {
namespace {

/// How late a sleeper may notice that it was cancelled.
constexpr std::chrono::milliseconds kCancelLatency{20};

class MachineClock final : public Clock {
 public:
  SystemTime now() const override { return std::chrono::system_clock::now(); }
  SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }

  bool sleep(std::chrono::milliseconds duration, const CancelToken* cancel) override {
    if (base::Scheduler* scheduler = base::Scheduler::current(); scheduler != nullptr) {
      return scheduler->pause(steady_now() + std::max(duration, std::chrono::milliseconds(0)), cancel) != base::Scheduler::Wake::cancelled;
    }
    if (cancel == nullptr) {
      if (duration.count() > 0) std::this_thread::sleep_for(duration);
      return true;
    }
    // A token is a plain flag, so that cancelling it is safe in a signal handler; the price is to look at it from time to time.
    const SteadyTime start = steady_now();
    while (!cancel->cancelled()) {
      const auto left = duration - std::chrono::duration_cast<std::chrono::milliseconds>(steady_now() - start);
      if (left.count() <= 0) return true;
      std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(left, kCancelLatency));
    }
    return false;
  }
};

class SystemRandom final : public Random {
 public:
  std::uint64_t next() override {
    std::uint64_t bits = 0;
    if (::getentropy(&bits, sizeof bits) == 0) return bits;
    // A sandbox may forbid the system call; OpenSSL knows further sources. Ids that repeat would lose data, so there is no third way.
    base::initialise_openssl();
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&bits), sizeof bits) != 1) std::abort();
    return bits;
  }
};

/// SplitMix64: the state only counts, so an atomic addition makes it safe between threads.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override {
    std::uint64_t z = state_.fetch_add(kStep, std::memory_order_relaxed) + kStep;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15u;
  std::atomic<std::uint64_t> state_;
};

}  // namespace

std::shared_ptr<Clock> system_clock() {
  return std::make_shared<MachineClock>();
}
std::shared_ptr<Random> system_random() {
  return std::make_shared<SystemRandom>();
}
std::shared_ptr<Random> seeded_random(std::uint64_t seed) {
  return std::make_shared<SeededRandom>(seed);
}

}  // namespace objectstore
