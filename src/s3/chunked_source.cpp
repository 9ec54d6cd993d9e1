// Frames: a line with the chunk's length and signature, the chunk, a line end; behind the last one the trailer.
#include "s3/chunked_source.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/encoding.h"
#include "base/errors.h"

namespace objectstore::s3 {

namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature:";
constexpr std::size_t kBase64Sha256Bytes = 44;
constexpr std::size_t kSignatureBytes = std::tuple_size_v<decltype(Signature::digits)>;
constexpr std::size_t kChunkSignatureBytes = std::string_view(";chunk-signature=").size() + kSignatureBytes;

bool has_signatures(PayloadMode mode) {
  return mode != PayloadMode::unsigned_trailer;
}

std::size_t trailer_bytes(PayloadMode mode) {
  if (!has_trailer(mode)) return 0;
  const std::size_t checksum = kSha256Header.size() + 1 + kBase64Sha256Bytes + kLineEnd.size();
  return checksum + (has_signatures(mode) ? kTrailerSignature.size() + kSignatureBytes + kLineEnd.size() : 0);
}

/// Of the line in front of the chunk.
std::size_t header_bytes(std::size_t chunk, PayloadMode mode) {
  return base::hex_number(chunk).size() + (has_signatures(mode) ? kChunkSignatureBytes : 0) + kLineEnd.size();
}

std::size_t frame_bytes(std::size_t chunk, PayloadMode mode) {
  return header_bytes(chunk, mode) + chunk + (chunk == 0 ? trailer_bytes(mode) : 0) + kLineEnd.size();
}

std::optional<ChunkSigner> signer_of(PayloadMode mode, std::string_view seed_signature, const SigningContext& context) {
  if (!has_signatures(mode)) return std::nullopt;
  return ChunkSigner(seed_signature, context);
}

std::optional<base::Hasher> checksum_of(PayloadMode mode) {
  if (!has_trailer(mode)) return std::nullopt;
  return base::Hasher(base::Hasher::Algorithm::sha256);
}

/// Writes `text` to the front of `out`, and leaves what is behind it.
void put(std::span<std::byte>& out, std::string_view text) {
  std::memcpy(out.data(), text.data(), text.size());
  out = out.subspan(text.size());
}

}  // namespace

ChunkedSource::ChunkedSource(BodySource& source, std::uint64_t size, PayloadMode mode, std::string_view seed_signature,
                             const SigningContext& context)
    : source_(source),
      reader_(source, size),
      size_(size),
      mode_(mode),
      signer_(signer_of(mode, seed_signature, context)),
      first_signer_(signer_),
      checksum_(checksum_of(mode)) {}

std::uint64_t ChunkedSource::framed_size(std::uint64_t size, PayloadMode mode) {
  const std::uint64_t full = size / kChunkBytes;
  const auto rest = static_cast<std::size_t>(size % kChunkBytes);
  return full * frame_bytes(kChunkBytes, mode) + (rest > 0 ? frame_bytes(rest, mode) : 0) + frame_bytes(0, mode);
}

std::size_t ChunkedSource::next_chunk() const {
  return static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, size_ - framed_));
}

std::string ChunkedSource::trailer() {
  if (!checksum_) return {};
  const std::string checksum = std::string(kSha256Header) + ":" + base::base64(std::string_view(checksum_->finish()));
  std::string lines = checksum + std::string(kLineEnd);
  if (signer_) {
    const Signature signature = signer_->trailer(checksum + "\n");
    (lines.append(kTrailerSignature) += signature.view()) += kLineEnd;
  }
  return lines;
}

Status ChunkedSource::write_frame(std::span<std::byte> out) {
  const std::size_t size = next_chunk();
  const std::span<std::byte> chunk = out.subspan(header_bytes(size, mode_), size);
  for (std::size_t filled = 0; filled < size;) {
    auto count = reader_.read(chunk.subspan(filled));
    if (!count) return std::move(count).error();
    if (*count == 0) return base::make_error(ErrorKind::internal, "the body ended early");
    filled += *count;
  }
  if (checksum_) checksum_->update(chunk);
  put(out, signer_ ? signer_->header(chunk) : base::hex_number(size) + std::string(kLineEnd));
  out = out.subspan(size);
  framed_ += size;
  ended_ = size == 0;
  if (ended_) put(out, trailer());
  put(out, kLineEnd);
  return {};
}

Result<std::size_t> ChunkedSource::read(std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const std::span<std::byte> room = out.subspan(done);
    if (frame_at_ < frame_.size()) {
      const std::size_t count = std::min(room.size(), frame_.size() - frame_at_);
      std::memcpy(room.data(), frame_.data() + frame_at_, count);
      frame_at_ += count;
      done += count;
      continue;
    }
    if (ended_) break;
    const std::size_t size = frame_bytes(next_chunk(), mode_);
    if (room.size() < size) {
      if (done > 0) break;
      frame_.resize(size);
      frame_at_ = 0;
    }
    if (auto written = write_frame(room.size() < size ? std::span(frame_) : room.first(size)); !written) return std::move(written).error();
    if (room.size() >= size) done += size;
  }
  return done;
}

Status ChunkedSource::rewind() {
  if (auto status = reader_.rewind(); !status) return status;
  signer_ = first_signer_;
  checksum_ = checksum_of(mode_);
  frame_.clear();
  frame_at_ = 0;
  framed_ = 0;
  ended_ = false;
  return {};
}

}  // namespace objectstore::s3
