// Tests of the digests against published values and against OpenSSL's own one-shot calls.
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <thread>
#include <vector>

#include "base/encoding.h"
#include "objectstore/clock.h"
#include "support/catch.h"

namespace objectstore::base {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
std::span<const std::uint8_t> octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string digest_of(Hasher::Algorithm algorithm, std::string_view text, std::size_t piece) {
  Hasher hasher(algorithm);
  for (std::size_t at = 0; at < text.size(); at += piece) hasher.update(bytes_of(text.substr(at, piece)));
  return hex(octets(hasher.finish()));
}

TEST_CASE("digests have their published values") {
  const std::string million(1'000'000, 'a');
  CHECK(hex(sha256(std::string_view(""))) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256(std::string_view("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256(bytes_of("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256(million)) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(hex(sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(hex(md5(bytes_of("abc"))) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(hex(md5(bytes_of(""))) == "d41d8cd98f00b204e9800998ecf8427e");
}

TEST_CASE("a hasher gives the same digest however the bytes are cut") {
  const std::string text(1000, 'x');
  const std::vector<std::pair<Hasher::Algorithm, std::string>> rows = {
      {Hasher::Algorithm::sha256, hex(sha256(text))},
      {Hasher::Algorithm::sha1, hex(sha1(text))},
      {Hasher::Algorithm::md5, hex(md5(bytes_of(text)))},
  };
  for (const auto& [algorithm, expected] : rows) {
    for (const std::size_t piece : {1u, 7u, 64u, 999u, 1000u}) {
      CAPTURE(static_cast<int>(algorithm), piece);
      CHECK(digest_of(algorithm, text, piece) == expected);
    }
  }
}

TEST_CASE("crc32 is four bytes, big-endian, and unmoved by empty pieces") {
  CHECK(digest_of(Hasher::Algorithm::crc32, "123456789", 9) == "cbf43926");
  CHECK(digest_of(Hasher::Algorithm::crc32, "123456789", 2) == "cbf43926");
  CHECK(digest_of(Hasher::Algorithm::crc32, "", 1) == "00000000");
  Hasher hasher(Hasher::Algorithm::crc32);
  hasher.update(bytes_of("1234"));
  hasher.update({});
  hasher.update(bytes_of("56789"));
  CHECK(hex(octets(hasher.finish())) == "cbf43926");
}

TEST_CASE("a moved hasher goes on where it was") {
  Hasher first(Hasher::Algorithm::sha256);
  first.update(bytes_of("a"));
  Hasher second(std::move(first));
  second.update(bytes_of("b"));
  Hasher third(Hasher::Algorithm::md5);
  third = std::move(second);
  third.update(bytes_of("c"));
  CHECK(hex(octets(third.finish())) == hex(sha256(std::string_view("abc"))));
}

TEST_CASE("a digest under way is not disturbed by others on the same thread") {
  Hasher hasher(Hasher::Algorithm::sha256);
  hasher.update(bytes_of("ab"));
  CHECK(hex(sha256(std::string_view("x"))) == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
  hasher.update(bytes_of("c"));
  CHECK(hex(octets(hasher.finish())) == hex(sha256(std::string_view("abc"))));
}

// RFC 4231, test cases 1, 2, 3, 6 and 7 (4 and 5 differ in lengths only).
TEST_CASE("HMAC-SHA-256 gives the values of RFC 4231") {
  struct Row {
    std::string key, message, expected;
  };
  const std::vector<Row> rows = {
      {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used "
       "by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const Row& row : rows) CHECK(hex(hmac_sha256(octets(row.key), row.message)) == row.expected);
}

TEST_CASE("HMAC agrees with OpenSSL's for keys and messages around the block size") {
  for (const std::size_t key_size : {0u, 1u, 31u, 32u, 63u, 64u, 65u, 128u}) {
    for (const std::size_t message_size : {0u, 1u, 55u, 56u, 63u, 64u, 65u, 300u}) {
      CAPTURE(key_size, message_size);
      const std::string key(key_size, 'k');
      const std::string message(message_size, 'm');
      Sha256Digest expected{};
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets(message).data(), message.size(), expected.data(), nullptr);
      CHECK(hmac_sha256(octets(key), message) == expected);
    }
  }
}

TEST_CASE("digests are right when many threads compute them at once") {
  std::vector<std::thread> threads;
  std::vector<int> wrong(8, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&wrong, t] {
      for (int i = 0; i < 500; ++i) {
        if (hex(sha256(std::string_view("abc"))) != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") ++wrong[t];
        if (hex(sha1("abc")) != "a9993e364706816aba3e25717850c26c9cd0d89d") ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(8, 0));
}

TEST_CASE("constant-time comparison is still a comparison") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("secret", "secret"));
  CHECK_FALSE(equal_in_constant_time("secret", "secreT"));
  CHECK_FALSE(equal_in_constant_time("secret", "secrets"));
  CHECK_FALSE(equal_in_constant_time("", "a"));
}

TEST_CASE("wiped memory is zero") {
  std::string memory = "secret";
  wipe(memory.data(), memory.size());
  CHECK(memory == std::string(6, '\0'));
  wipe(nullptr, 0);
}

}  // namespace
}  // namespace objectstore::base
