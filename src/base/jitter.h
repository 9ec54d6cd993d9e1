// How long to wait before trying again.
#pragma once

#include <chrono>

#include "objectstore/clock.h"

namespace objectstore::base {

/// Before the `retry`-th retry, counted from 1: random(0,1) x min(base x 2^(retry-1), limit), whole milliseconds.
/// Source: AWS Architecture Blog, "Exponential Backoff And Jitter", full jitter.
std::chrono::milliseconds jittered(std::chrono::milliseconds base, std::chrono::milliseconds limit, int retry, Random& random);

}  // namespace objectstore::base
