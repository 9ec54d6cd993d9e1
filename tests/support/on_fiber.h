// Runs code on a fiber of a reactor.
#pragma once

#include <functional>

namespace objectstore::testing {

/// What `work` returns; it runs on this thread, on a fiber with as much stack as a thread has.
int on_fiber(const std::function<int()>& work);

}  // namespace objectstore::testing
