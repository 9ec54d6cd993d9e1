// How upload bytes are signed and sent.
#include "s3/payload.h"

#include <algorithm>

#include "io/exact_reader.h"
#include "objectstore/bucket.h"
#include "s3/streams.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace objectstore::testing;

namespace {

constexpr const char* kHelloHash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
constexpr const char* kHelloChecksum = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

}  // namespace

TEST_CASE("what can be read twice is hashed, what can be read once is signed by chunks or left to TLS") {
  CHECK(choose_payload({.https = true}, true) == PayloadMode::hashed);
  CHECK(choose_payload({.https = false}, true) == PayloadMode::hashed);
  CHECK(choose_payload({.https = false}, false) == PayloadMode::chunked);
  CHECK(choose_payload({.https = true}, false) == PayloadMode::unsigned_);
}

TEST_CASE("a policy decides for every body that has bytes") {
  const bool https = GENERATE(false, true);
  const bool read_twice = GENERATE(false, true);
  CHECK(choose_payload({PayloadSigning::streaming, https}, read_twice) == PayloadMode::chunked);
  CHECK(choose_payload({PayloadSigning::unsigned_payload, https}, read_twice) == PayloadMode::unsigned_);
  CHECK(choose_payload({PayloadSigning::trailer, https}, read_twice) ==
        (https ? PayloadMode::unsigned_trailer : PayloadMode::chunked_trailer));
  for (const auto signing :
       {PayloadSigning::automatic, PayloadSigning::streaming, PayloadSigning::trailer, PayloadSigning::unsigned_payload}) {
    auto nothing = Body::text("");
    CHECK(plan_payload(nothing.source(), {signing, https})->mode == PayloadMode::hashed);
  }
}

TEST_CASE("what is not hashed first is not read while planning, memory neither") {
  for (const auto signing : {PayloadSigning::streaming, PayloadSigning::trailer, PayloadSigning::unsigned_payload}) {
    int reads = 0;
    auto body = Body::stream(
        5,
        [&reads](std::span<std::byte>) -> Result<std::size_t> {
          ++reads;
          return std::size_t{0};
        },
        []() -> Status { return {}; });
    const auto payload = plan_payload(body.source(), {signing, false});
    REQUIRE(payload);
    CHECK(reads == 0);
    CHECK(payload->source == &body.source());
    CHECK(payload->size == 5);
    CHECK(payload->checksum.empty());
  }
  auto body = Body::view(std::string_view("hello"));
  const auto as_it_lies = plan_payload(body.source(), {PayloadSigning::unsigned_payload, true});
  REQUIRE(as_it_lies);
  CHECK(as_it_lies->source == nullptr);
  CHECK(as_it_lies->memory.size() == 5);
  CHECK(as_it_lies->signed_as() == kUnsignedPayload);
  const auto framed = plan_payload(body.source(), {PayloadSigning::trailer, true});
  REQUIRE(framed);
  CHECK(framed->source == &body.source());
  CHECK(framed->memory.empty());
  CHECK(framed->signed_as() == kUnsignedPayloadTrailer);
}

TEST_CASE("memory is sent from where it lies") {
  auto body = Body::view(std::string_view("hello"));
  const auto payload = plan_payload(body.source(), {.https = false});
  REQUIRE(payload);
  CHECK(payload->source == nullptr);
  CHECK(payload->memory.size() == 5);
  CHECK(payload->sha256 == kHelloHash);
  CHECK(payload->checksum == kHelloChecksum);
}

TEST_CASE("an empty body has the hash of nothing") {
  auto body = Body::text("");
  const auto payload = plan_payload(body.source(), {.https = false});
  REQUIRE(payload);
  CHECK(payload->sha256 == kEmptySha256);
  CHECK(payload->checksum == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

TEST_CASE("a source that rewinds is hashed and stands at its start again") {
  auto body = stream_of("hello", 2, true);
  const auto payload = plan_payload(body.source(), {.https = true});
  REQUIRE(payload);
  CHECK(payload->mode == PayloadMode::hashed);
  CHECK(payload->sha256 == kHelloHash);
  CHECK(payload->checksum == kHelloChecksum);
  CHECK(read_all(body.source(), 3) == "hello");
}

TEST_CASE("a source that does not rewind is not touched while planning") {
  for (const bool https : {false, true}) {
    auto body = stream_of("hello", 2, false);
    const auto payload = plan_payload(body.source(), {.https = https});
    REQUIRE(payload);
    CHECK(payload->mode == (https ? PayloadMode::unsigned_ : PayloadMode::chunked));
    CHECK(payload->checksum.empty());
    CHECK(read_all(body.source(), 3) == "hello");
  }
}

TEST_CASE("over 5 GiB, of unknown length, too short or too long is refused before a byte leaves") {
  auto huge = Body::stream(kMaxSinglePutBytes + 1, [](std::span<std::byte>) -> Result<std::size_t> { return std::size_t{0}; });
  CHECK(kind_of(plan_payload(huge.source(), {.https = false})) == ErrorKind::unsupported);

  struct Unknown final : BodySource {
    Result<std::optional<std::uint64_t>> size() override { return std::optional<std::uint64_t>(); }
    Result<std::size_t> read(std::span<std::byte>) override { return std::size_t{0}; }
    Status rewind() override { return {}; }
  } unknown;
  CHECK(kind_of(plan_payload(unknown, {})) == ErrorKind::unsupported);

  for (const std::uint64_t length : {4u, 6u}) {
    struct Liar final : BodySource {
      std::uint64_t length = 0;
      std::size_t left = 5;
      Result<std::optional<std::uint64_t>> size() override { return std::optional(length); }
      Result<std::size_t> read(std::span<std::byte> out) override {
        const std::size_t count = std::min(left, out.size());
        left -= count;
        return count;
      }
      Status rewind() override {
        left = 5;
        return {};
      }
    } liar;
    liar.length = length;
    CHECK(kind_of(plan_payload(liar, {})) == ErrorKind::invalid_argument);
  }
  auto missing = Body::file("/nonexistent/file");
  CHECK(kind_of(plan_payload(missing.source(), {.https = false})) == ErrorKind::not_found);
}

TEST_CASE("a watched source tells its own failure from the network's") {
  auto body = Body::stream(
      10, [](std::span<std::byte>) -> Result<std::size_t> { return Error{.kind = ErrorKind::unavailable, .message = "tape jam"}; });
  WatchedSource watched(body.source());
  REQUIRE(watched.rewind());  // nothing was read yet
  std::byte buffer[4];
  CHECK_FALSE(watched.read(buffer));
  REQUIRE(watched.error());
  CHECK(watched.error()->message == "tape jam");
  CHECK(kind_of(watched.rewind()) == ErrorKind::unsupported);
  CHECK(watched.rewind_error());
}

TEST_CASE("a body that was changed while it was sent fails before its last bytes are handed out") {
  struct Changed final : BodySource {
    std::size_t left = 10;
    Result<std::optional<std::uint64_t>> size() override { return std::optional<std::uint64_t>(10); }
    Result<std::size_t> read(std::span<std::byte> out) override {
      const std::size_t count = std::min(left, out.size());
      left -= count;
      return count;
    }
    Status rewind() override { return {}; }
    Status verify_unchanged() override { return Error{.kind = ErrorKind::conflict, .message = "changed while it was read"}; }
  } changed;
  WatchedSource watched(changed);
  io::ExactReader reader(watched, 10);
  std::byte buffer[7];
  CHECK(*reader.read(buffer) == 7);
  CHECK(kind_of(reader.read(buffer)) == ErrorKind::conflict);
  REQUIRE(watched.error());
  CHECK(watched.error()->kind == ErrorKind::conflict);
}
