// Sizes as a benchmark draws them.
#include "size_mix.h"

#include <bit>
#include <map>

#include "support/catch.h"

namespace objectstore::cli {
namespace {

SizeMix mix_of(std::string_view text) {
  Result<SizeMix> mix = SizeMix::parse("--size", text);
  REQUIRE(mix);
  return *mix;
}

TEST_CASE("one size is always drawn", "[cli]") {
  const auto random = seeded_random(1);
  for (const std::string_view text : {"4KiB", "4KiB-4KiB", "4KiB:3", "1MiB:0,4KiB:1"}) {
    CAPTURE(text);
    const SizeMix mix = mix_of(text);
    for (int i = 0; i < 100; ++i) REQUIRE(mix.draw(*random) == 4096);
    CHECK(mix.text() == text);
  }
  CHECK(mix_of("0").draw(*random) == 0);
}

TEST_CASE("a range is drawn from end to end, and evenly over the powers of two", "[cli]") {
  const auto random = seeded_random(2);
  const SizeMix mix = mix_of("1KiB-1MiB");
  std::map<int, int> by_power;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t size = mix.draw(*random);
    REQUIRE(size >= 1024);
    REQUIRE(size <= 1024 * 1024);
    ++by_power[static_cast<int>(std::bit_width(size))];
  }
  for (int power = 11; power <= 20; ++power) {
    CAPTURE(power);
    CHECK(by_power[power] > 800);
    CHECK(by_power[power] < 1200);
  }
  std::map<std::uint64_t, int> small;
  for (int i = 0; i < 1000; ++i) ++small[mix_of("0-2").draw(*random)];
  CHECK(small.size() == 3);
}

TEST_CASE("weights are kept", "[cli]") {
  const auto random = seeded_random(3);
  const SizeMix mix = mix_of("1KiB:90,1MiB:10");
  int large = 0;
  for (int i = 0; i < 10'000; ++i) large += mix.draw(*random) == 1024 * 1024 ? 1 : 0;
  CHECK(large > 850);
  CHECK(large < 1150);
  CHECK(mix.largest() == 1024 * 1024);
  CHECK(mix_of("1k-2k:1,3k").largest() == 3072);
}

TEST_CASE("the same seed draws the same sizes", "[cli]") {
  const auto once = seeded_random(4);
  const auto again = seeded_random(4);
  const SizeMix mix = mix_of("1-1G:2,5:1");
  for (int i = 0; i < 100; ++i) REQUIRE(mix.draw(*once) == mix.draw(*again));
}

TEST_CASE("what is no size is refused with the flag", "[cli]") {
  for (const std::string_view text :
       {"", "x", "-", "1-", "-1", "2k-1k", "1k,", ",1k", "1k:", "1k:x", "1k:0", "1k:-1", "6G", "1k:99999999999999999999", "1-2-3"}) {
    CAPTURE(text);
    const Result<SizeMix> mix = SizeMix::parse("--size", text);
    REQUIRE_FALSE(mix);
    CHECK(mix.error().kind == ErrorKind::invalid_argument);
    CHECK(mix.error().message.starts_with("--size: '" + std::string(text) + "' is not"));
  }
}

}  // namespace
}  // namespace objectstore::cli
