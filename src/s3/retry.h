// When a failed request is sent again, how long to wait before it, and the quota that stops storms.
// Source: AWS SDKs and Tools Reference Guide, "Retry behavior", standard mode.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "objectstore/clock.h"
#include "objectstore/http.h"

namespace objectstore::s3 {

enum class Retry : std::uint8_t {
  no,
  transient,  ///< a passing fault: connection, 5xx, a broken reply
  throttled,  ///< the server asks for less
};

inline constexpr std::chrono::milliseconds kTransientBackoff{50};
inline constexpr std::chrono::milliseconds kThrottledBackoff{1000};
inline constexpr std::chrono::milliseconds kMaxBackoff{20'000};

/// random(0,1) x min(base x 2^(retry-1), 20 s); `retry` counts from 1. What the server asks for is honoured up to 20 s.
std::chrono::milliseconds backoff(Retry kind, int retry, std::optional<std::chrono::milliseconds> server_asks, Random& random);
/// x-amz-retry-after (milliseconds), else Retry-After (seconds, or a date); nothing where neither can be read.
std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, SystemTime now);

/// The tokens of one client: while a service is down, retries stop being a multiple of the load.
/// Thread-safety: every member may be called concurrently.
class RetryQuota {
 public:
  static constexpr int kCapacity = 500;
  static constexpr int kTransientCost = 14;
  static constexpr int kThrottledCost = 5;

  /// Takes the price of a retry; 0 = there is not enough left, and the retry must not be made.
  int take(Retry kind);
  /// After a success: the price of the retry that brought it (0 = none was needed, which gives one token back).
  void give_back(int price);
  [[nodiscard]] int tokens() const { return tokens_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int> tokens_{kCapacity};
};

}  // namespace objectstore::s3
