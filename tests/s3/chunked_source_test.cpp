// Bodies framed as aws-chunked.
#include "s3/chunked_source.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "s3/streams.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace objectstore::testing;

namespace {

const Credentials kCredentials{.access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
const SigningContext kContext{.credentials = &kCredentials, .time = SystemTime(std::chrono::seconds(1'369'353'600))};

std::string letters(std::size_t size) {
  std::string text(size, 'a');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7);
  return text;
}

/// What a server makes of the frames.
struct Unframed {
  std::string content;
  std::string trailer;  ///< from behind the empty chunk's line on
};

Unframed unframe(std::string_view framed, bool with_signatures) {
  Unframed result;
  while (true) {
    const auto line_end = framed.find("\r\n");
    REQUIRE(line_end != std::string_view::npos);
    CHECK((framed.substr(0, line_end).find(";chunk-signature=") != std::string_view::npos) == with_signatures);
    const auto count = std::stoul(std::string(framed.substr(0, line_end)), nullptr, 16);
    framed.remove_prefix(line_end + 2);
    if (count == 0) break;
    result.content += framed.substr(0, count);
    REQUIRE(framed.substr(count, 2) == "\r\n");
    framed.remove_prefix(count + 2);
  }
  result.trailer = framed;
  return result;
}

}  // namespace

TEST_CASE("framing carries the bytes, is as long as announced and starts over after a rewind") {
  const auto mode = GENERATE(PayloadMode::chunked, PayloadMode::chunked_trailer, PayloadMode::unsigned_trailer);
  const bool with_signatures = mode != PayloadMode::unsigned_trailer;
  for (const std::size_t size : {0u, 1u, 65'535u, 65'536u, 65'537u, 66'560u, 200'000u}) {
    CAPTURE(size);
    const std::string text = letters(size);
    auto body = stream_of(text, 1000, true);
    ChunkedSource source(body.source(), size, mode, std::string(64, '0'), kContext);
    const std::string framed = read_all(source, 777);
    CHECK(framed.size() == ChunkedSource::framed_size(size, mode));
    CHECK(*source.size() == std::optional<std::uint64_t>(framed.size()));
    const Unframed unframed = unframe(framed, with_signatures);
    CHECK(unframed.content == text);
    if (mode == PayloadMode::chunked) {
      CHECK(framed.size() == chunked_size(size, kChunkBytes));
      CHECK(unframed.trailer == "\r\n");
    } else {
      const std::string checksum = "x-amz-checksum-sha256:" + base::base64(base::sha256(text)) + "\r\n";
      CHECK(unframed.trailer.starts_with(checksum));
      CHECK(unframed.trailer.size() == checksum.size() + (with_signatures ? 24 + 64 + 2 : 0) + 2);
      CHECK((unframed.trailer.find("x-amz-trailer-signature:") == checksum.size()) == with_signatures);
      CHECK(unframed.trailer.ends_with("\r\n\r\n"));
    }
    REQUIRE(source.rewind());
    CHECK(read_all(source, 5000) == framed);
    REQUIRE(source.rewind());
    CHECK(read_all(source, 256u << 10U) == framed);  // whole frames where they are wanted
  }
}

TEST_CASE("frames that fit are made where they are asked for, the next one is left for the next read") {
  auto body = stream_of(letters(3 * kChunkBytes), kChunkBytes, true);
  ChunkedSource source(body.source(), 3 * kChunkBytes, PayloadMode::chunked, std::string(64, '0'), kContext);
  const std::uint64_t frame = chunked_size(kChunkBytes, kChunkBytes) - chunked_size(0, 0);
  std::vector<std::byte> room(2 * frame + 1000);
  CHECK(*source.read(room) == 2 * frame);
  CHECK(*source.read(room) == frame + chunked_size(0, 0));
  CHECK(*source.read(room) == 0);
}

TEST_CASE("the chunks of the documented example carry the documented signatures") {
  // S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks": 66,560 letters.
  auto body = Body::text(std::string(66'560, 'a'));
  ChunkedSource source(body.source(), 66'560, PayloadMode::chunked, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
                       kContext);
  const std::string framed = read_all(source, 4096);
  CHECK(framed.find("10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n") == 0);
  CHECK(framed.find("400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n") != std::string::npos);
  CHECK(framed.ends_with("0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"));
}

TEST_CASE("a trailer is signed over the last chunk's signature") {
  auto body = Body::text("hello");
  const std::string seed(64, 'a');
  ChunkedSource source(body.source(), 5, PayloadMode::chunked_trailer, seed, kContext);
  const std::string framed = read_all(source, 4096);
  ChunkSigner signer(seed, kContext);
  signer.header(std::as_bytes(std::span(std::string_view("hello"))));
  signer.header({});
  const Signature expected = signer.trailer("x-amz-checksum-sha256:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\n");
  CHECK(framed.ends_with("x-amz-trailer-signature:" + std::string(expected.view()) + "\r\n\r\n"));
}

TEST_CASE("a body that is shorter or longer than it said never gets its last frame") {
  const auto mode = GENERATE(PayloadMode::chunked, PayloadMode::chunked_trailer, PayloadMode::unsigned_trailer);
  for (const std::size_t said : {99'999u, 100'001u}) {
    auto body = stream_of(letters(100'000), 1000, true);
    ChunkedSource source(body.source(), said, mode, std::string(64, '0'), kContext);
    std::string framed;
    std::vector<std::byte> room(5000);
    Result<std::size_t> count = source.read(room);
    while (count && *count > 0) {
      framed.append(reinterpret_cast<const char*>(room.data()), *count);
      count = source.read(room);
    }
    CHECK(kind_of(count) == ErrorKind::invalid_argument);
    CHECK(framed.size() < ChunkedSource::framed_size(said, mode) - kChunkBytes / 2);
  }
}

TEST_CASE("a framed body can be read again if the body can") {
  const bool rewindable = GENERATE(false, true);
  auto body = stream_of("hello", 2, rewindable);
  const ChunkedSource source(body.source(), 5, PayloadMode::chunked, std::string(64, '0'), kContext);
  CHECK(source.rewindable() == rewindable);
}
