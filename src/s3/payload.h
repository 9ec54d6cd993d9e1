// How an upload's bytes are signed and sent: the one place that decides, and the body sources that carry it out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/exact_reader.h"
#include "objectstore/body.h"
#include "objectstore/result.h"
#include "objectstore/sigv4.h"

namespace objectstore::s3 {

enum class PayloadMode : std::uint8_t {
  hashed,    ///< x-amz-content-sha256 is the body's SHA-256, and x-amz-checksum-sha256 has the server keep and verify it
  chunked,   ///< aws-chunked: every 64 KiB carry a signature (STREAMING-AWS4-HMAC-SHA256-PAYLOAD)
  unsigned_  ///< UNSIGNED-PAYLOAD: TLS alone protects the bytes
};

struct PayloadFacts {
  bool in_memory = false;
  bool rewindable = false;
  bool https = false;
};
/// What can be read twice is hashed first. What can be read once only is signed chunk by chunk, or left to TLS where there is TLS.
PayloadMode choose_payload(const PayloadFacts& facts);

/// Bytes of a body frame in chunked mode.
inline constexpr std::uint64_t kChunkBytes = 64u << 10;

/// One request's body. Nothing in it is owned: `memory` and `source` outlive the request.
struct Payload {
  std::span<const std::byte> memory{};
  BodySource* source = nullptr;  ///< instead of `memory`
  std::uint64_t size = 0;
  PayloadMode mode = PayloadMode::hashed;
  std::string sha256 = std::string(kEmptySha256);  ///< hashed: lower-case hex
  std::string checksum = {};                       ///< hashed: the same digest in base64

  static Payload of_memory(std::span<const std::byte> bytes);
};

/// Asks the source for its size, chooses the mode and hashes where that is needed (the source is rewound behind it).
/// Errors: unsupported (unknown length, over kMaxSinglePutBytes), invalid_argument (the source gave another number of bytes than it said),
/// the source's own.
Result<Payload> plan_payload(BodySource& source, bool https);

/// Passes a source on and remembers what it said: its own errors are the caller's and never retried, and what was not read need not be
/// rewound. Thread-safety: one instance, one thread.
class WatchedSource final : public BodySource {
 public:
  explicit WatchedSource(BodySource& source) : source_(&source) {}
  Result<std::optional<std::uint64_t>> size() override { return source_->size(); }
  Result<std::size_t> read(std::span<std::byte> out) override;
  Status rewind() override;
  [[nodiscard]] bool rewindable() const override { return source_->rewindable(); }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] const std::optional<Error>& rewind_error() const { return rewind_error_; }

 private:
  BodySource* source_;
  bool touched_ = false;
  std::optional<Error> error_;
  std::optional<Error> rewind_error_;
};

/// Frames a source as aws-chunked. Thread-safety: one instance, one thread.
class ChunkedSource final : public BodySource {
 public:
  ChunkedSource(BodySource& source, std::uint64_t size, std::string_view seed_signature, const SigningContext& context);
  Result<std::optional<std::uint64_t>> size() override { return std::optional(chunked_size(size_, kChunkBytes)); }
  Result<std::size_t> read(std::span<std::byte> out) override;
  Status rewind() override;

 private:
  Status fill();

  io::ExactReader reader_;
  std::uint64_t size_;
  ChunkSigner signer_;
  ChunkSigner first_signer_;  ///< as it was before the first chunk
  std::vector<std::byte> frame_;
  std::size_t frame_at_ = 0;
  std::uint64_t framed_ = 0;
  bool ended_ = false;
};

}  // namespace objectstore::s3
