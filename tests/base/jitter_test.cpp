// Waiting before trying again.
#include "base/jitter.h"

#include "support/catch.h"

namespace objectstore::base {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the wait is drawn below a ceiling that doubles up to its limit") {
  auto random = seeded_random(5);
  for (const auto& [retry, ceiling] : {std::pair{1, 50ms}, {2, 100ms}, {4, 400ms}, {7, 2000ms}, {1000, 2000ms}}) {
    CAPTURE(retry);
    std::chrono::milliseconds longest{0};
    for (int i = 0; i < 1000; ++i) {
      const auto wait = jittered(50ms, 2000ms, retry, *random);
      REQUIRE(wait >= 0ms);
      REQUIRE(wait < ceiling);
      longest = std::max(longest, wait);
    }
    CHECK(longest > ceiling * 9 / 10);
  }
}

}  // namespace
}  // namespace objectstore::base
