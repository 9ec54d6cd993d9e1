// Digests over OpenSSL and zlib.
//
// OpenSSL 3 looks an algorithm up by name, under locks, each time EVP_sha256() and the like are used, and allocates a context per
// digest: both cost more than hashing a short text. So the algorithms are fetched once per process (constant from then on) and each
// thread keeps one context for short digests. That context is reset right after each use: nothing of a key stays in it.
#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/openssl.h"
#include "base/per_thread.h"

namespace objectstore::base {
namespace {

/// Never null: where the process's OpenSSL configuration offers no such algorithm (FIPS has no MD5), a context of our own does.
/// A digest that cannot be computed must not come out wrong, so the last way out is to end the process.
const EVP_MD* fetch(const char* name) {
  initialise_openssl();
  if (const EVP_MD* md = EVP_MD_fetch(nullptr, name, nullptr)) return md;
  if (const EVP_MD* md = EVP_MD_fetch(OSSL_LIB_CTX_new(), name, nullptr)) return md;
  std::abort();
}

const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const md = fetch("SHA256");
  return md;
}
const EVP_MD* sha1_algorithm() {
  static const EVP_MD* const md = fetch("SHA1");
  return md;
}
const EVP_MD* md5_algorithm() {
  static const EVP_MD* const md = fetch("MD5");
  return md;
}

void must(int openssl_result) {
  if (openssl_result != 1) std::abort();  // out of memory: these calls have no other way to fail
}

/// An EVP_MD_CTX that is ready for a digest of `algorithm` whenever nobody is in the middle of one.
class Context {
 public:
  explicit Context(const EVP_MD* algorithm) : algorithm_(algorithm), context_(EVP_MD_CTX_new()) {
    must(context_ != nullptr ? 1 : 0);
    must(EVP_DigestInit_ex2(context_, algorithm_, nullptr));
  }
  ~Context() { EVP_MD_CTX_free(context_); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void update(const void* bytes, std::size_t size) { must(EVP_DigestUpdate(context_, bytes, size)); }
  std::size_t finish(std::uint8_t* out) {
    unsigned size = 0;
    must(EVP_DigestFinal_ex(context_, out, &size));
    must(EVP_DigestInit_ex2(context_, algorithm_, nullptr));
    return size;
  }

 private:
  const EVP_MD* algorithm_;
  EVP_MD_CTX* context_;
};

Context* new_sha256_context() {
  return new Context(sha256_algorithm());
}
using ThreadContext = PerThread<Context, new_sha256_context>;

Sha256Digest sha256_of(const void* bytes, std::size_t size) {
  Sha256Digest digest{};
  const ThreadContext context;
  context->update(bytes, size);
  context->finish(digest.data());
  return digest;
}

template <class Digest>
Digest digest_of(const EVP_MD* algorithm, const void* bytes, std::size_t size) {
  Digest digest{};
  must(EVP_Digest(bytes, size, digest.data(), nullptr, algorithm, nullptr));
  return digest;
}

}  // namespace

Sha256Digest sha256(std::string_view bytes) {
  return sha256_of(bytes.data(), bytes.size());
}
Sha256Digest sha256(std::span<const std::byte> bytes) {
  return sha256_of(bytes.data(), bytes.size());
}
Sha1Digest sha1(std::string_view bytes) {
  return digest_of<Sha1Digest>(sha1_algorithm(), bytes.data(), bytes.size());
}
Md5Digest md5(std::span<const std::byte> bytes) {
  return digest_of<Md5Digest>(md5_algorithm(), bytes.data(), bytes.size());
}

// RFC 2104 by hand: OpenSSL's own HMAC allocates and copies three contexts per key.
Sha256Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view message) {
  constexpr std::size_t kBlock = 64;
  const ThreadContext context;
  std::array<std::uint8_t, kBlock> pad{};
  if (key.size() > kBlock) {
    context->update(key.data(), key.size());
    context->finish(pad.data());
  } else {
    std::copy(key.begin(), key.end(), pad.begin());
  }
  for (std::uint8_t& byte : pad) byte ^= 0x36;
  Sha256Digest digest{};
  context->update(pad.data(), pad.size());
  context->update(message.data(), message.size());
  context->finish(digest.data());
  for (std::uint8_t& byte : pad) byte ^= 0x36 ^ 0x5c;
  context->update(pad.data(), pad.size());
  context->update(digest.data(), digest.size());
  context->finish(digest.data());
  wipe(pad.data(), pad.size());
  return digest;
}

struct Hasher::State {
  std::optional<Context> context;  ///< none for CRC32
  std::uint32_t crc = 0;
};

Hasher::Hasher(Algorithm algorithm) : state_(std::make_unique<State>()) {
  switch (algorithm) {
    case Algorithm::sha256: state_->context.emplace(sha256_algorithm()); break;
    case Algorithm::sha1: state_->context.emplace(sha1_algorithm()); break;
    case Algorithm::md5: state_->context.emplace(md5_algorithm()); break;
    case Algorithm::crc32: break;
  }
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::span<const std::byte> bytes) {
  if (state_->context) {
    state_->context->update(bytes.data(), bytes.size());
  } else if (!bytes.empty()) {  // zlib takes a null pointer for "start over"
    state_->crc = static_cast<std::uint32_t>(crc32_z(state_->crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  }
}

std::string Hasher::finish() {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  std::size_t size = 4;
  if (state_->context) {
    size = state_->context->finish(digest.data());
  } else {
    for (std::size_t i = 0; i < size; ++i) digest[i] = static_cast<std::uint8_t>(state_->crc >> (24 - 8 * i));
  }
  state_.reset();
  return {reinterpret_cast<const char*>(digest.data()), size};
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(void* memory, std::size_t size) noexcept {
  OPENSSL_cleanse(memory, size);
}

}  // namespace objectstore::base
