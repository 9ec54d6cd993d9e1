// When a failed request is sent again, how long to wait before it, and the quota that stops storms.
#include "s3/retry.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/jitter.h"
#include "http/retry_after.h"

namespace objectstore::s3 {

std::chrono::milliseconds backoff(Retry kind, int retry, std::optional<std::chrono::milliseconds> server_asks, Random& random) {
  const auto drawn = base::jittered(kind == Retry::throttled ? kThrottledBackoff : kTransientBackoff, kMaxBackoff, retry, random);
  return server_asks ? std::max(drawn, std::min(*server_asks, kMaxBackoff)) : drawn;
}

std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, SystemTime now) {
  constexpr std::uint64_t kMaxMilliseconds = 24ull * 3600 * 1000;
  if (const auto milliseconds = base::parse_decimal(base::trim(headers.get("x-amz-retry-after")))) {
    return std::chrono::milliseconds(std::min(*milliseconds, kMaxMilliseconds));
  }
  const auto asked = http::retry_after(headers, now);
  return asked ? std::optional(std::min(*asked, std::chrono::milliseconds(kMaxMilliseconds))) : std::nullopt;
}

int RetryQuota::take(Retry kind) {
  const int price = kind == Retry::throttled ? kThrottledCost : kTransientCost;
  int tokens = tokens_.load(std::memory_order_relaxed);
  do {
    if (tokens < price) return 0;
  } while (!tokens_.compare_exchange_weak(tokens, tokens - price, std::memory_order_relaxed));
  return price;
}

void RetryQuota::give_back(int price) {
  int tokens = tokens_.load(std::memory_order_relaxed);
  do {
    if (tokens >= kCapacity) return;
  } while (!tokens_.compare_exchange_weak(tokens, std::min(kCapacity, tokens + std::max(1, price)), std::memory_order_relaxed));
}

}  // namespace objectstore::s3
