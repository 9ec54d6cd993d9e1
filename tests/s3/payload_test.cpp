// How upload bytes are signed and sent.
#include "s3/payload.h"

#include <algorithm>
#include <cstring>

#include "objectstore/bucket.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;

namespace {

/// `text` as a stream, given in pieces of `piece` bytes.
Body stream_of(std::string text, std::size_t piece, bool rewindable) {
  auto position = std::make_shared<std::size_t>(0);
  const std::uint64_t length = text.size();
  auto read = [text = std::move(text), position, piece](std::span<std::byte> out) -> Result<std::size_t> {
    const std::size_t count = std::min({out.size(), piece, text.size() - *position});
    std::memcpy(out.data(), text.data() + *position, count);
    *position += count;
    return count;
  };
  if (!rewindable) return Body::stream(length, std::move(read));
  return Body::stream(length, std::move(read), [position]() -> Status {
    *position = 0;
    return {};
  });
}

std::string read_all(BodySource& source, std::size_t buffer_size) {
  std::string text;
  std::vector<std::byte> buffer(buffer_size);
  while (true) {
    auto count = source.read(buffer);
    REQUIRE(count);
    if (*count == 0) return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
}

constexpr const char* kHelloHash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
constexpr const char* kHelloChecksum = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

}  // namespace

TEST_CASE("what can be read twice is hashed, what can be read once is signed by chunks or left to TLS") {
  CHECK(choose_payload({.in_memory = true, .rewindable = true, .https = true}) == PayloadMode::hashed);
  CHECK(choose_payload({.in_memory = false, .rewindable = true, .https = false}) == PayloadMode::hashed);
  CHECK(choose_payload({.in_memory = false, .rewindable = false, .https = false}) == PayloadMode::chunked);
  CHECK(choose_payload({.in_memory = false, .rewindable = false, .https = true}) == PayloadMode::unsigned_);
}

TEST_CASE("memory is sent from where it lies") {
  auto body = Body::view(std::string_view("hello"));
  const auto payload = plan_payload(body.source(), false);
  REQUIRE(payload);
  CHECK(payload->source == nullptr);
  CHECK(payload->memory.size() == 5);
  CHECK(payload->sha256 == kHelloHash);
  CHECK(payload->checksum == kHelloChecksum);
}

TEST_CASE("an empty body has the hash of nothing") {
  auto body = Body::text("");
  const auto payload = plan_payload(body.source(), false);
  REQUIRE(payload);
  CHECK(payload->sha256 == kEmptySha256);
  CHECK(payload->checksum == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

TEST_CASE("a source that rewinds is hashed and stands at its start again") {
  auto body = stream_of("hello", 2, true);
  const auto payload = plan_payload(body.source(), true);
  REQUIRE(payload);
  CHECK(payload->mode == PayloadMode::hashed);
  CHECK(payload->sha256 == kHelloHash);
  CHECK(payload->checksum == kHelloChecksum);
  CHECK(read_all(body.source(), 3) == "hello");
}

TEST_CASE("a source that does not rewind is not touched while planning") {
  for (const bool https : {false, true}) {
    auto body = stream_of("hello", 2, false);
    const auto payload = plan_payload(body.source(), https);
    REQUIRE(payload);
    CHECK(payload->mode == (https ? PayloadMode::unsigned_ : PayloadMode::chunked));
    CHECK(payload->checksum.empty());
    CHECK(read_all(body.source(), 3) == "hello");
  }
}

TEST_CASE("over 5 GiB, of unknown length, too short or too long is refused before a byte leaves") {
  auto huge = Body::stream(kMaxSinglePutBytes + 1, [](std::span<std::byte>) -> Result<std::size_t> { return std::size_t{0}; });
  CHECK(kind_of(plan_payload(huge.source(), false)) == ErrorKind::unsupported);

  struct Unknown final : BodySource {
    Result<std::optional<std::uint64_t>> size() override { return std::optional<std::uint64_t>(); }
    Result<std::size_t> read(std::span<std::byte>) override { return std::size_t{0}; }
    Status rewind() override { return {}; }
  } unknown;
  CHECK(kind_of(plan_payload(unknown, false)) == ErrorKind::unsupported);

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
    CHECK(kind_of(plan_payload(liar, false)) == ErrorKind::invalid_argument);
  }
  auto missing = Body::file("/nonexistent/file");
  CHECK(kind_of(plan_payload(missing.source(), false)) == ErrorKind::not_found);
}

TEST_CASE("chunked framing carries the bytes, is as long as announced and starts over after a rewind") {
  const Credentials credentials{.access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  const SigningContext context{.credentials = &credentials, .time = SystemTime(std::chrono::seconds(1'369'353'600))};
  for (const std::size_t size : {0u, 1u, 65'535u, 65'536u, 65'537u, 66'560u, 200'000u}) {
    CAPTURE(size);
    std::string text(size, 'a');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7);
    auto body = stream_of(text, 1000, true);
    ChunkedSource source(body.source(), size, std::string(64, '0'), context);
    const std::string framed = read_all(source, 777);
    CHECK(framed.size() == chunked_size(size, kChunkBytes));
    CHECK(*source.size() == std::optional<std::uint64_t>(framed.size()));
    std::string unframed;
    std::string_view rest = framed;
    while (!rest.empty()) {
      const auto line_end = rest.find("\r\n");
      REQUIRE(line_end != std::string_view::npos);
      CHECK(rest.substr(0, line_end).find(";chunk-signature=") != std::string_view::npos);
      const auto count = std::stoul(std::string(rest.substr(0, line_end)), nullptr, 16);
      unframed += rest.substr(line_end + 2, count);
      rest.remove_prefix(line_end + 2 + count + 2);
    }
    CHECK(unframed == text);
    REQUIRE(source.rewind());
    CHECK(read_all(source, 5000) == framed);
  }
}

TEST_CASE("the chunks of the documented example carry the documented signatures") {
  // S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks": 66,560 letters.
  const Credentials credentials{.access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  const SigningContext context{.credentials = &credentials, .time = SystemTime(std::chrono::seconds(1'369'353'600))};
  auto body = Body::text(std::string(66'560, 'a'));
  ChunkedSource source(body.source(), 66'560, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", context);
  const std::string framed = read_all(source, 4096);
  CHECK(framed.find("10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n") == 0);
  CHECK(framed.find("400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n") != std::string::npos);
  CHECK(framed.ends_with("0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"));
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
