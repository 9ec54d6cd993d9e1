// An upload's bytes framed as aws-chunked: signed piece by piece, or with a checksum behind them, while they are sent.
// Source: S3 API Reference, "Signature Calculations: Transferring Payload in Multiple Chunks" and "... Including Trailing Headers".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "io/exact_reader.h"
#include "objectstore/body.h"
#include "objectstore/result.h"
#include "objectstore/sigv4.h"
#include "s3/payload.h"

namespace objectstore::s3 {

/// Bytes of the body in each frame but the last.
inline constexpr std::size_t kChunkBytes = std::size_t{64} << 10U;

/// Thread-safety: one instance, one thread.
class ChunkedSource final : public BodySource {
 public:
  /// `mode`: one of those with aws-chunked. `seed_signature`: the request's; looked at in the modes whose chunks are signed.
  ChunkedSource(BodySource& source, std::uint64_t size, PayloadMode mode, std::string_view seed_signature, const SigningContext& context);
  /// Bytes on the wire.
  static std::uint64_t framed_size(std::uint64_t size, PayloadMode mode);

  Result<std::optional<std::uint64_t>> size() override { return std::optional(framed_size(size_, mode_)); }
  /// Whole frames are made where they are asked for; what fits none gets a part of one.
  Result<std::size_t> read(std::span<std::byte> out) override;
  Status rewind() override;
  [[nodiscard]] bool rewindable() const override { return source_.rewindable(); }

 private:
  /// Of the body, in the next frame; 0 = it is the last.
  [[nodiscard]] std::size_t next_chunk() const;
  /// Writes the next frame; `out` is just as long.
  Status write_frame(std::span<std::byte> out);
  std::string trailer();

  BodySource& source_;
  io::ExactReader reader_;
  const std::uint64_t size_;
  const PayloadMode mode_;
  std::optional<ChunkSigner> signer_;
  const std::optional<ChunkSigner> first_signer_;  ///< as it was before the first chunk
  std::optional<base::Hasher> checksum_;           ///< in the modes with a trailer
  std::vector<std::byte> frame_;                   ///< one that did not fit into what was asked for
  std::size_t frame_at_ = 0;                       ///< of it, was given
  std::uint64_t framed_ = 0;                       ///< bytes of the body
  bool ended_ = false;
};

}  // namespace objectstore::s3
