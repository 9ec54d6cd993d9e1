// Waiting before retries, and the quota.
#include "s3/retry.h"

#include <thread>
#include <vector>

#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace std::chrono_literals;

namespace {

/// Always the same bits.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t next() override { return bits_; }

 private:
  std::uint64_t bits_;
};

Headers with(const char* name, const char* value) {
  Headers headers;
  headers.set(name, value);
  return headers;
}

}  // namespace

TEST_CASE("the wait is drawn between nothing and a ceiling that doubles up to 20 s") {
  FixedRandom most(UINT64_MAX);
  FixedRandom least(0);
  FixedRandom half(1ull << 63u);
  CHECK(backoff(Retry::transient, 1, std::nullopt, most) == 49ms);
  CHECK(backoff(Retry::transient, 2, std::nullopt, most) == 99ms);
  CHECK(backoff(Retry::transient, 3, std::nullopt, most) == 199ms);
  CHECK(backoff(Retry::transient, 100, std::nullopt, most) == 19'999ms);
  CHECK(backoff(Retry::throttled, 1, std::nullopt, most) == 999ms);
  CHECK(backoff(Retry::throttled, 2, std::nullopt, half) == 1000ms);
  CHECK(backoff(Retry::throttled, 60, std::nullopt, most) == 19'999ms);
  CHECK(backoff(Retry::throttled, 5, std::nullopt, least) == 0ms);
}

TEST_CASE("what the server asks for is honoured, never less than drawn and never more than 20 s") {
  FixedRandom half(1ull << 63u);
  CHECK(backoff(Retry::transient, 1, 3000ms, half) == 3000ms);
  CHECK(backoff(Retry::transient, 1, 0ms, half) == 25ms);
  CHECK(backoff(Retry::transient, 1, 3600s, half) == 20s);
}

TEST_CASE("both retry headers are read, in milliseconds, seconds or as a date") {
  const SystemTime now(std::chrono::seconds(1'731'579'791));  // 2024-11-14T10:23:11Z
  CHECK(retry_after(with("x-amz-retry-after", "1500"), now) == 1500ms);
  CHECK(retry_after(with("retry-after", "2"), now) == 2s);
  CHECK(retry_after(with("retry-after", "Thu, 14 Nov 2024 10:23:16 GMT"), now) == 5s);
  CHECK(retry_after(with("retry-after", "Thu, 14 Nov 2024 10:23:06 GMT"), now) == 0s);
  for (const char* bad : {"", "-1", "soon", "1.5", "18446744073709551616"}) {
    CAPTURE(bad);
    CHECK_FALSE(retry_after(with("retry-after", bad), now).has_value());
  }
  CHECK(retry_after(with("retry-after", "18446744073709551615"), now).value() <= 24h * 1000);  // bounded, no overflow
  CHECK_FALSE(retry_after({}, now).has_value());
}

TEST_CASE("the quota lets 35 retries through and no more, and success refills it") {
  RetryQuota quota;
  int granted = 0;
  while (quota.take(Retry::transient) > 0) ++granted;
  CHECK(granted == 35);
  CHECK(quota.tokens() == 10);
  CHECK(quota.take(Retry::throttled) == 5);
  CHECK(quota.take(Retry::throttled) == 5);
  CHECK(quota.take(Retry::throttled) == 0);
  quota.give_back(0);
  CHECK(quota.tokens() == 1);
  quota.give_back(RetryQuota::kTransientCost);
  CHECK(quota.tokens() == 15);
  for (int i = 0; i < 1000; ++i) quota.give_back(0);
  CHECK(quota.tokens() == RetryQuota::kCapacity);
}

TEST_CASE("the quota is exact under many threads") {
  RetryQuota quota;
  std::atomic<int> granted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        if (quota.take(Retry::throttled) > 0) ++granted;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(granted == 100);
  CHECK(quota.tokens() == 0);
}
