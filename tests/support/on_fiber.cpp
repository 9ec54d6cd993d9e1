// One reactor, one fiber.
#include "support/on_fiber.h"

#include <cstdio>
#include <utility>

#include "base/scheduler.h"
#include "http/reactor.h"
#include "support/waiting_poller.h"

namespace objectstore::testing {

int on_fiber(const std::function<int()>& work) {
  constexpr std::size_t kConnections = 16;
  constexpr std::size_t kStackBytes = std::size_t{8} << 20U;
  auto reactor = http::Reactor::create(kConnections);
  if (!reactor) {
    std::fprintf(stderr, "%s\n", to_string(reactor.error()).c_str());
    return 1;
  }
  int result = 1;
  base::Scheduler scheduler(**reactor, {}, kStackBytes);
  scheduler.post(task([&] { result = work(); }));
  scheduler.stop();
  scheduler.run();
  return result;
}

}  // namespace objectstore::testing
