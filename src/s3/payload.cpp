// How an upload's bytes are signed and sent: the one place that decides, and the body sources that carry it out.
#include "s3/payload.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/errors.h"
#include "objectstore/bucket.h"

namespace objectstore::s3 {

namespace {

std::span<const std::uint8_t> as_octets(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

Status check_size(std::uint64_t size) {
  if (size <= kMaxSinglePutBytes) return {};
  return base::make_error(ErrorKind::unsupported, "the body has " + std::to_string(size) + " bytes; one request takes at most 5 GiB");
}

}  // namespace

PayloadMode choose_payload(const PayloadFacts& facts) {
  if (facts.in_memory || facts.rewindable) return PayloadMode::hashed;
  return facts.https ? PayloadMode::unsigned_ : PayloadMode::chunked;
}

Payload Payload::of_memory(std::span<const std::byte> bytes) {
  Payload payload;
  payload.memory = bytes;
  payload.size = bytes.size();
  if (!bytes.empty()) {
    const auto digest = base::sha256(bytes);
    payload.sha256 = base::hex(digest);
    payload.checksum = base::base64(digest);
  } else {
    payload.checksum = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  }
  return payload;
}

Result<Payload> plan_payload(BodySource& source, bool https) {
  auto size = source.size();
  if (!size) return std::move(size).error();
  if (const auto memory = source.memory()) {
    if (auto status = check_size(memory->size()); !status) return status.error();
    return Payload::of_memory(*memory);
  }
  if (!*size) return base::make_error(ErrorKind::unsupported, "the body's length is unknown; S3 needs it before the first byte");
  Payload payload;
  payload.source = &source;
  payload.size = **size;
  if (auto status = check_size(payload.size); !status) return status.error();
  if (payload.size == 0) {  // sent without asking the source: it must really have nothing
    std::byte none{};
    io::ExactReader reader(source, 0);
    if (auto end = reader.read({&none, 1}); !end) return std::move(end).error();
    return Payload::of_memory({});
  }
  payload.mode = choose_payload({.in_memory = false, .rewindable = source.rewindable(), .https = https});
  if (payload.mode != PayloadMode::hashed) return payload;

  base::Hasher hasher(base::Hasher::Algorithm::sha256);
  io::ExactReader reader(source, payload.size);
  std::vector<std::byte> buffer(kChunkBytes);
  while (true) {
    auto count = reader.read(buffer);
    if (!count) return std::move(count).error();
    if (*count == 0) break;
    hasher.update(std::span(buffer).first(*count));
  }
  if (auto status = source.rewind(); !status) return status.error();
  const std::string digest = hasher.finish();
  payload.sha256 = base::hex(as_octets(digest));
  payload.checksum = base::base64(std::string_view(digest));
  return payload;
}

Result<std::size_t> WatchedSource::read(std::span<std::byte> out) {
  if (error_) return *error_;
  touched_ = true;
  auto count = source_->read(out);
  if (!count) error_ = count.error();
  return count;
}

Status WatchedSource::rewind() {
  if (!touched_) return {};
  auto status = source_->rewind();
  if (!status) rewind_error_ = status.error();
  return status;
}

ChunkedSource::ChunkedSource(BodySource& source, std::uint64_t size, std::string_view seed_signature, const SigningContext& context)
    : reader_(source, size), size_(size), signer_(seed_signature, context), first_signer_(signer_) {}

Status ChunkedSource::fill() {
  std::vector<std::byte> chunk(static_cast<std::size_t>(std::min(kChunkBytes, size_ - framed_)));
  std::size_t filled = 0;
  while (filled < chunk.size()) {
    auto count = reader_.read(std::span(chunk).subspan(filled));
    if (!count) return std::move(count).error();
    if (*count == 0) return base::make_error(ErrorKind::internal, "the body ended early");
    filled += *count;
  }
  framed_ += chunk.size();
  ended_ = chunk.empty();
  const std::string header = signer_.header(chunk);
  frame_.resize(header.size() + chunk.size() + 2);
  std::memcpy(frame_.data(), header.data(), header.size());
  if (!chunk.empty()) std::memcpy(frame_.data() + header.size(), chunk.data(), chunk.size());
  std::memcpy(frame_.data() + header.size() + chunk.size(), "\r\n", 2);
  frame_at_ = 0;
  return {};
}

Result<std::size_t> ChunkedSource::read(std::span<std::byte> out) {
  if (frame_at_ == frame_.size()) {
    if (ended_ || out.empty()) return std::size_t{0};
    if (auto status = fill(); !status) return status.error();
  }
  const std::size_t count = std::min(out.size(), frame_.size() - frame_at_);
  std::memcpy(out.data(), frame_.data() + frame_at_, count);
  frame_at_ += count;
  return count;
}

Status ChunkedSource::rewind() {
  if (auto status = reader_.rewind(); !status) return status;
  signer_ = first_signer_;
  frame_.clear();
  frame_at_ = 0;
  framed_ = 0;
  ended_ = false;
  return {};
}

}  // namespace objectstore::s3
