// What the backends without a server decide by themselves: conditions, ranges, pages.
#include <chrono>
#include <map>
#include <random>

#include "bucket/conditions.h"
#include "bucket/listing.h"
#include "s3/range.h"
#include "support/catch.h"
#include "support/fake_clock.h"

namespace objectstore {

namespace {

class VectorWalk final : public KeyWalk {
 public:
  explicit VectorWalk(std::vector<std::string> keys) : keys_(std::move(keys)) {}
  Result<std::optional<Item>> seek(std::string_view from) override {
    at_ = static_cast<std::size_t>(std::lower_bound(keys_.begin(), keys_.end(), from) - keys_.begin());
    return here();
  }
  Result<std::optional<Item>> next() override {
    ++at_;
    return here();
  }
  Result<bool> describe(ObjectInfo&) override { return !keys_[at_].ends_with("gone"); }

 private:
  [[nodiscard]] std::optional<Item> here() const { return at_ < keys_.size() ? std::optional(Item{keys_[at_]}) : std::nullopt; }
  std::vector<std::string> keys_;
  std::size_t at_ = 0;
};

}  // namespace

TEST_CASE("write conditions", "[bucket][conditions]") {
  using Existing = std::optional<std::string_view>;
  CHECK(check_write_condition(Overwrite{}, Existing()));
  CHECK(check_write_condition(Overwrite{}, "e"));
  CHECK(check_write_condition(CreateOnly{}, Existing()));
  CHECK(kind_of(check_write_condition(CreateOnly{}, "e")) == ErrorKind::already_exists);
  CHECK(check_write_condition(IfMatch{"e"}, "e"));
  CHECK(check_write_condition(IfMatch{"\"e\""}, "e"));
  CHECK(kind_of(check_write_condition(IfMatch{"f"}, "e")) == ErrorKind::precondition_failed);
  CHECK(kind_of(check_write_condition(IfMatch{"W/\"e\""}, "e")) == ErrorKind::precondition_failed);
  CHECK(kind_of(check_write_condition(IfMatch{"e"}, Existing())) == ErrorKind::not_found);
}

TEST_CASE("times of read conditions count to the second", "[bucket][conditions]") {
  const SystemTime modified = SystemTime(std::chrono::seconds(1000)) + std::chrono::milliseconds(900);
  const SystemTime second = SystemTime(std::chrono::seconds(1000));
  CHECK(kind_of(check_read_conditions({.if_modified_since = second}, "e", modified)) == ErrorKind::not_modified);
  CHECK(check_read_conditions({.if_modified_since = second - std::chrono::seconds(1)}, "e", modified));
  CHECK(check_read_conditions({.if_unmodified_since = second}, "e", modified));
  CHECK(kind_of(check_read_conditions({.if_unmodified_since = second - std::chrono::milliseconds(1)}, "e", modified)) ==
        ErrorKind::precondition_failed);
}

TEST_CASE("ranges of every form, at every border", "[bucket][range]") {
  constexpr std::uint64_t kMax = ~0ULL;
  CHECK(s3::resolve_range(ByteRange::first_last(0, kMax), 10).value_or(s3::ByteSpan{}) == s3::ByteSpan{0, 10});
  CHECK(s3::resolve_range(ByteRange::suffix(kMax), 10).value_or(s3::ByteSpan{}) == s3::ByteSpan{0, 10});
  CHECK(s3::resolve_range(ByteRange::from(9), 10).value_or(s3::ByteSpan{}) == s3::ByteSpan{9, 1});
  CHECK(s3::resolve_range(ByteRange::whole(), 0).value_or(s3::ByteSpan{1, 1}) == s3::ByteSpan{0, 0});
  for (const auto& range :
       {ByteRange::from(10), ByteRange::from(kMax), ByteRange::first_last(10, 10), ByteRange::first_last(1, 0), ByteRange::suffix(0)}) {
    auto span = s3::resolve_range(range, 10);
    REQUIRE_FALSE(span);
    CHECK(span.error().kind == ErrorKind::invalid_argument);
    CHECK(span.error().service_code == "InvalidRange");
  }
  for (const auto& range : {ByteRange::from(0), ByteRange::first_last(0, 0), ByteRange::suffix(1)})
    CHECK_FALSE(s3::resolve_range(range, 0));
}

TEST_CASE("the key behind a prefix is behind everything that begins with it", "[bucket][listing]") {
  CHECK(behind_prefix("a/") == "a0");
  CHECK(behind_prefix("a") == "b");
  CHECK(behind_prefix("a\xff") == "b");
  CHECK(behind_prefix("\xff").empty());
  CHECK(behind_prefix("\x7f") == "\x80");
}

TEST_CASE("a token that was not given is refused, whatever it looks like", "[bucket][listing]") {
  for (const std::string token :
       {"1", "1-", "2-0-YQ==", "1-0-", "1-0-YQ", "1-x-YQ==", "1--YQ==", "1-0-/w==", "1-11112222333344445-YQ==", "1-0-YQA="}) {
    CAPTURE(token);
    ListOptions options;
    options.continuation = token;
    CHECK(kind_of(check_list_options(options)) == ErrorKind::invalid_argument);
  }
  ListOptions options;
  options.start_after = "z";
  options.continuation = "1-ff-YQ==";
  auto start = check_list_options(options);
  REQUIRE(start);
  CHECK(start->after == "a");
  CHECK(start->walk == 255);
}

TEST_CASE("objects that vanish while they are listed are left out and take no place", "[bucket][listing]") {
  testing::FakeClock clock;
  const Verb verb("list", "bucket", {}, {}, clock);
  VectorWalk walk({"a", "b-gone", "c", "d-gone"});
  ListOptions options;
  options.page_size = 2;
  auto page = list_page(walk, options, {}, 0, verb);
  REQUIRE(page);
  REQUIRE(page->objects.size() == 2);
  CHECK(page->objects[1].key == "c");
  REQUIRE_FALSE(page->continuation.empty());
  options.continuation = page->continuation;
  auto start = check_list_options(options);
  REQUIRE(start);
  auto last = list_page(walk, options, *start, 0, verb);
  REQUIRE(last);
  CHECK(last->objects.empty());
  CHECK(last->continuation.empty());
}

TEST_CASE("a listing that is cancelled midway says so", "[bucket][listing]") {
  testing::FakeClock clock;
  CallOptions call;
  call.deadline = std::chrono::milliseconds(100);
  const Verb verb("list", "bucket", "", call, clock);
  VectorWalk walk({"a"});
  clock.advance(std::chrono::milliseconds(100));
  auto page = list_page(walk, {}, {}, 0, verb);
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::timeout);
  CHECK(page.error().operation == "list");
}

}  // namespace objectstore
