// SHA-256, SHA-1, MD5, CRC32 and HMAC over OpenSSL and zlib; one-shot and incremental.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace objectstore::base {

using Sha256Digest = std::array<std::uint8_t, 32>;
using Sha1Digest = std::array<std::uint8_t, 20>;
using Md5Digest = std::array<std::uint8_t, 16>;

Sha256Digest sha256(std::string_view bytes);
Sha256Digest sha256(std::span<const std::byte> bytes);
Sha1Digest sha1(std::string_view bytes);
Md5Digest md5(std::span<const std::byte> bytes);
Sha256Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view message);

/// Hashes a body piece by piece. Move-only. Thread-safety: one instance, one thread.
class Hasher {
 public:
  enum class Algorithm : std::uint8_t { sha256, sha1, md5, crc32 };
  explicit Hasher(Algorithm algorithm);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  void update(std::span<const std::byte> bytes);
  /// The digest (crc32: 4 bytes, big-endian). Ends the hasher.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Takes as long for equal as for different texts of one length.
bool equal_in_constant_time(std::string_view a, std::string_view b);
/// Overwrites memory so that no optimiser drops it.
void wipe(void* memory, std::size_t size) noexcept;

}  // namespace objectstore::base
