// How sizes become parts.
#include "transfer/part_plan.h"

#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::transfer;

namespace {
constexpr std::uint64_t kMiB = 1ull << 20;
}  // namespace

TEST_CASE("an object is cut into equal parts that cover it exactly, within the limits") {
  struct Case {
    std::uint64_t size, wanted, part_size;
    std::uint32_t count;
  };
  for (const Case& each :
       {Case{0, 0, 8 * kMiB, 1}, Case{1, 0, 8 * kMiB, 1}, Case{8 * kMiB, 0, 8 * kMiB, 1}, Case{8 * kMiB + 1, 0, 8 * kMiB, 2},
        Case{80'000 * kMiB, 0, 8 * kMiB, 10'000}, Case{80'000 * kMiB + 1, 0, 9 * kMiB, 8'889}, Case{kMaxObjectBytes, 0, 525 * kMiB, 9'987},
        Case{100 * kMiB, 5 * kMiB, 5 * kMiB, 20}, Case{50'000 * kMiB, 5 * kMiB, 5 * kMiB, 10'000}}) {
    CAPTURE(each.size, each.wanted);
    const auto plan = plan_parts(each.size, each.wanted);
    REQUIRE(plan);
    CHECK(plan->part_size == each.part_size);
    CHECK(plan->count == each.count);
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < plan->count; ++i) {
      REQUIRE(plan->offset(i) == sum);
      sum += plan->size_of(i);
    }
    CHECK(sum == each.size);
  }
}

TEST_CASE("sizes that no parts can carry are refused with the numbers named") {
  struct Case {
    std::uint64_t size, wanted;
    std::string_view says;
  };
  for (const Case& each : {Case{50'000 * kMiB + 1, 5 * kMiB, "10001 parts"}, Case{kMaxObjectBytes + 1, 0, "5 TiB"},
                           Case{1, 5 * kMiB - 1, "5 MiB"}, Case{1, (5ull << 30) + 1, "5 GiB"}}) {
    CAPTURE(each.size, each.wanted);
    const auto plan = plan_parts(each.size, each.wanted);
    REQUIRE(kind_of(plan) == ErrorKind::invalid_argument);
    CHECK(plan.error().message.find(each.says) != std::string::npos);
  }
}
