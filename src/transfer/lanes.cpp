// Lanes: whoever comes in time takes part.
#include "transfer/lanes.h"

#include <memory>
#include <mutex>

#include "base/condition.h"

namespace objectstore::transfer {

namespace {

struct Shared {
  std::mutex mutex;
  base::Condition ended;
  const std::function<void()>* lane = nullptr;  ///< guarded by `mutex`; null = nobody joins any more
  std::size_t running = 0;                      ///< guarded by `mutex`; on threads of the pool

  void join_in() {
    const std::function<void()>* work = nullptr;
    {
      const std::scoped_lock lock(mutex);
      if (lane == nullptr) return;
      work = lane;
      ++running;
    }
    (*work)();
    const std::scoped_lock lock(mutex);
    --running;
    ended.notify_all();
  }
};

}  // namespace

void run_lanes(WorkerPool& pool, std::size_t count, const std::function<void()>& lane) {
  const auto shared = std::make_shared<Shared>();
  shared->lane = &lane;
  for (std::size_t i = 1; i < count; ++i) {
    if (!pool.offer([shared] { shared->join_in(); })) break;
  }
  lane();
  std::unique_lock lock(shared->mutex);
  shared->lane = nullptr;
  shared->ended.wait(lock, [&] { return shared->running == 0; });
}

}  // namespace objectstore::transfer
