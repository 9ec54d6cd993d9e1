// Exponential backoff with full jitter.
#include "base/jitter.h"

#include <algorithm>
#include <cstdint>

namespace objectstore::base {

std::chrono::milliseconds jittered(std::chrono::milliseconds base, std::chrono::milliseconds limit, int retry, Random& random) {
  auto ceiling = base;
  for (int i = 1; i < retry && ceiling < limit; ++i) ceiling *= 2;
  ceiling = std::min(ceiling, limit);
  const double fraction = static_cast<double>(random.next() >> 11U) * 0x1p-53;
  return std::chrono::milliseconds(static_cast<std::int64_t>(fraction * static_cast<double>(ceiling.count())));
}

}  // namespace objectstore::base
