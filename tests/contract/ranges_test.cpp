// Contract: parts of objects.
#include "contract/backend_under_test.h"

namespace objectstore::contract {

TEST_CASE("ranges deliver the bytes they name, cut at the end of the object", "[contract][ranges]") {
  const FreshBucket bucket;
  put(*bucket, "k", "0123456789");
  struct Case {
    ByteRange range;
    std::string expected;
    std::uint64_t first;
  };
  const std::vector<Case> cases = {
      {ByteRange::whole(), "0123456789", 0},
      {ByteRange::first_last(0, 0), "0", 0},
      {ByteRange::first_last(2, 4), "234", 2},
      {ByteRange::first_last(0, 9), "0123456789", 0},
      {ByteRange::first_last(8, 100), "89", 8},
      {ByteRange::first_last(9, ~0ULL >> 2U), "9", 9},
      {ByteRange::from(0), "0123456789", 0},
      {ByteRange::from(7), "789", 7},
      {ByteRange::from(9), "9", 9},
      {ByteRange::suffix(1), "9", 9},
      {ByteRange::suffix(10), "0123456789", 0},
      {ByteRange::suffix(100), "0123456789", 0},
  };
  for (const auto& [range, expected, first] : cases) {
    CAPTURE(static_cast<int>(range.form), range.first, range.last, range.count);
    auto got = bucket->download("k", {}, {.range = range});
    INFO(failure_of(got));
    REQUIRE(got);
    CHECK(got->content == expected);
    CHECK(got->first == first);
    CHECK(got->size == expected.size());
    CHECK(got->object.size == 10);
  }
}

TEST_CASE("a range that starts beyond the end or makes no sense is invalid_argument", "[contract][ranges]") {
  const FreshBucket bucket;
  put(*bucket, "k", "0123456789");
  put(*bucket, "empty", "");
  const auto refused_range = [&](std::string_view key, const ByteRange& range) {
    CAPTURE(key, static_cast<int>(range.form), range.first, range.last, range.count);
    bool called = false;
    auto got = bucket->download(key, Sink::callback([&](std::span<const std::byte>) {
                                  called = true;
                                  return Status();
                                }),
                                {.range = range});
    check_context(got, "download", bucket->name(), key);
    CHECK(kind_of(got) == ErrorKind::invalid_argument);
    CHECK_FALSE(called);
  };
  refused_range("k", ByteRange::from(10));
  refused_range("k", ByteRange::first_last(10, 20));
  refused_range("k", ByteRange::first_last(5, 4));
  refused_range("k", ByteRange::suffix(0));
  refused_range("empty", ByteRange::from(0));
  refused_range("empty", ByteRange::first_last(0, 0));
  refused_range("empty", ByteRange::suffix(0));
  CHECK(text_of(*bucket, "empty").empty());
}

TEST_CASE("a large object can be read in pieces that fit together", "[contract][ranges]") {
  const FreshBucket bucket;
  std::string bytes(1'500'001, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 131 >> 7U);
  put(*bucket, "k", bytes);
  std::string together;
  constexpr std::uint64_t kStep = 400'000;
  for (std::uint64_t at = 0; at < bytes.size(); at += kStep) {
    auto got = bucket->download("k", {}, {.range = ByteRange::first_last(at, at + kStep - 1)});
    REQUIRE(got);
    together += got->content;
  }
  CHECK((together == bytes));
}

}  // namespace objectstore::contract
