// Runs one function on several threads at once, the caller's among them.
#pragma once

#include <cstddef>
#include <functional>

#include "transfer/worker_pool.h"

namespace objectstore::transfer {

/// Calls `lane` here and on up to `count - 1` threads of `pool`, and returns when every call has ended. A thread that the pool finds only after
/// the call here has ended is not used any more: so this never waits for a busy pool, and a task of the pool may call it.
/// `lane` takes its work from a common store until that is empty, may run several times at once, and must not throw.
void run_lanes(WorkerPool& pool, std::size_t count, const std::function<void()>& lane);

}  // namespace objectstore::transfer
