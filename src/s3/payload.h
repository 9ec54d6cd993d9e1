// How an upload's bytes are signed and sent: the one place that decides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "objectstore/body.h"
#include "objectstore/client.h"
#include "objectstore/result.h"
#include "objectstore/sigv4.h"

namespace objectstore::s3 {

/// The SHA-256 that a server verifies and keeps, in base64: a header, or a trailer.
inline constexpr std::string_view kSha256Header = "x-amz-checksum-sha256";

enum class PayloadMode : std::uint8_t {
  hashed,           ///< x-amz-content-sha256 is the body's SHA-256, and x-amz-checksum-sha256 has the server keep and verify it
  unsigned_,        ///< UNSIGNED-PAYLOAD
  chunked,          ///< aws-chunked: every 64 KiB carry a signature (STREAMING-AWS4-HMAC-SHA256-PAYLOAD)
  chunked_trailer,  ///< the same, and x-amz-checksum-sha256 comes behind the body, signed (STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER)
  unsigned_trailer  ///< aws-chunked without signatures, but with that checksum (STREAMING-UNSIGNED-PAYLOAD-TRAILER)
};

/// kSha256Header comes behind the body.
constexpr bool has_trailer(PayloadMode mode) {
  return mode == PayloadMode::chunked_trailer || mode == PayloadMode::unsigned_trailer;
}

/// What a client wants, and how it is connected.
struct PayloadPolicy {
  PayloadSigning signing = PayloadSigning::automatic;
  bool https = false;
};
/// Automatic: what can be read twice (memory, what rewinds) is hashed first; what can be read once only is signed chunk by chunk, or left to
/// TLS where there is TLS.
PayloadMode choose_payload(const PayloadPolicy& policy, bool read_twice);

/// One request's body. Nothing in it is owned: `memory` and `source` outlive the request.
struct Payload {
  std::span<const std::byte> memory{};
  BodySource* source = nullptr;  ///< instead of `memory`
  std::uint64_t size = 0;
  PayloadMode mode = PayloadMode::hashed;
  std::string sha256 = std::string(kEmptySha256);  ///< hashed: lower-case hex
  std::string checksum = {};                       ///< hashed: the same digest in base64

  /// Hashed, whatever the policy.
  static Payload of_memory(std::span<const std::byte> bytes);

  /// Framed as aws-chunked.
  [[nodiscard]] bool chunked() const { return mode != PayloadMode::hashed && mode != PayloadMode::unsigned_; }
  /// The payload hash that the request is signed with.
  [[nodiscard]] std::string_view signed_as() const;
};

/// Asks the source for its size, chooses the mode and hashes where that is needed (the source is rewound behind it).
/// Errors: unsupported (unknown length, over kMaxSinglePutBytes), invalid_argument (the source gave another number of bytes than it said),
/// the source's own.
Result<Payload> plan_payload(BodySource& source, const PayloadPolicy& policy);

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

}  // namespace objectstore::s3
