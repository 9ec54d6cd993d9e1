// Tests of UUIDs.
#include "base/uuid.h"

#include <chrono>
#include <set>

#include "support/catch.h"

namespace objectstore::base {
namespace {

class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t next() override { return bits_; }

 private:
  std::uint64_t bits_;
};

TEST_CASE("a version 7 UUID begins with its millisecond and carries version and variant") {
  // RFC 9562, appendix A.6: 2022-02-22T19:22:22Z is 017f22e2-79b0.
  const SystemTime time{std::chrono::milliseconds(1645557742000)};
  FixedRandom zeros(0);
  FixedRandom ones(~std::uint64_t{0});
  CHECK(uuid_v7(time, zeros) == "017f22e2-79b0-7000-8000-000000000000");
  CHECK(uuid_v7(time, ones) == "017f22e2-79b0-7fff-bfff-ffffffffffff");
}

TEST_CASE("version 7 UUIDs sort by millisecond and do not repeat") {
  auto random = seeded_random(3);
  std::set<std::string> seen;
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = uuid_v7(SystemTime{std::chrono::milliseconds(1'700'000'000'000 + i)}, *random);
    CHECK(uuid > last);
    last = uuid;
    seen.insert(uuid_v7(SystemTime{std::chrono::milliseconds(1)}, *random));
  }
  CHECK(seen.size() == 1000);
}

TEST_CASE("the time of a version 7 UUID is read back, and of nothing else") {
  auto random = seeded_random(3);
  const SystemTime time{std::chrono::milliseconds(1'700'000'000'123)};
  CHECK(time_of_uuid(uuid_v7(time, *random)) == time);
  CHECK(time_of_uuid("00000000-0001-7000-8000-000000000000") == SystemTime{std::chrono::milliseconds(1)});
  for (const char* text : {"", "x", "00000000-0001-4000-8000-000000000000", "00000000000170008000000000000000",
                           "0000000g-0001-7000-8000-000000000000", "ffffffff-ffff-7000-8000-000000000000"}) {
    CAPTURE(text);
    CHECK_FALSE(time_of_uuid(text));
  }
}

TEST_CASE("a version 5 UUID is that of its name") {
  // RFC 9562, appendix A.4 (DNS namespace); the URL one is Python's uuid5(NAMESPACE_URL, ...).
  CHECK(uuid_v5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com") == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  CHECK(uuid_v5("6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "www.example.com") == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  CHECK(uuid_v5(kUrlNamespace, "s3://bucket/key") == "91b38589-0622-5ba4-9471-53eb92ea7af7");
}

TEST_CASE("a namespace that is no UUID gives nothing") {
  for (const char* text : {"", "x", "6ba7b8109dad11d180b400c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c",
                           "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b810-9dad-11d1-80b400-c04fd430c8"}) {
    CAPTURE(text);
    CHECK(uuid_v5(text, "name").empty());
  }
}

}  // namespace
}  // namespace objectstore::base
