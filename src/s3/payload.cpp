// How an upload's bytes are signed and sent: the one place that decides.
#include "s3/payload.h"

#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/errors.h"
#include "io/exact_reader.h"
#include "objectstore/bucket.h"

namespace objectstore::s3 {

namespace {

constexpr std::size_t kHashedAtOnce = std::size_t{64} << 10U;

std::span<const std::uint8_t> as_octets(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

Status check_size(std::uint64_t size) {
  if (size <= kMaxSinglePutBytes) return {};
  return base::make_error(ErrorKind::unsupported, "the body has " + std::to_string(size) + " bytes; one request takes at most 5 GiB");
}

Status hash_source(BodySource& source, Payload& payload) {
  base::Hasher hasher(base::Hasher::Algorithm::sha256);
  io::ExactReader reader(source, payload.size);
  std::vector<std::byte> buffer(kHashedAtOnce);
  while (true) {
    auto count = reader.read(buffer);
    if (!count) return std::move(count).error();
    if (*count == 0) break;
    hasher.update(std::span(buffer).first(*count));
  }
  if (auto status = source.rewind(); !status) return status;
  const std::string digest = hasher.finish();
  payload.sha256 = base::hex(as_octets(digest));
  payload.checksum = base::base64(std::string_view(digest));
  return {};
}

}  // namespace

PayloadMode choose_payload(const PayloadPolicy& policy, bool read_twice) {
  switch (policy.signing) {
    case PayloadSigning::automatic: break;
    case PayloadSigning::streaming: return PayloadMode::chunked;
    case PayloadSigning::trailer: return policy.https ? PayloadMode::unsigned_trailer : PayloadMode::chunked_trailer;
    case PayloadSigning::unsigned_payload: return PayloadMode::unsigned_;
  }
  if (read_twice) return PayloadMode::hashed;
  return policy.https ? PayloadMode::unsigned_ : PayloadMode::chunked;
}

std::string_view Payload::signed_as() const {
  switch (mode) {
    case PayloadMode::hashed: return sha256;
    case PayloadMode::unsigned_: return kUnsignedPayload;
    case PayloadMode::chunked: return kStreamingPayload;
    case PayloadMode::chunked_trailer: return kStreamingPayloadTrailer;
    case PayloadMode::unsigned_trailer: return kUnsignedPayloadTrailer;
  }
  return kUnsignedPayload;
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

Result<Payload> plan_payload(BodySource& source, const PayloadPolicy& policy) {
  auto size = source.size();
  if (!size) return std::move(size).error();
  const auto memory = source.memory();
  if (memory) *size = memory->size();
  if (!*size) return base::make_error(ErrorKind::unsupported, "the body's length is unknown; S3 needs it before the first byte");
  if (auto status = check_size(**size); !status) return std::move(status).error();
  if (**size == 0) {  // sent without asking the source: it must really have nothing
    std::byte none{};
    io::ExactReader reader(source, 0);
    if (auto end = reader.read({&none, 1}); !end) return std::move(end).error();
    return Payload::of_memory({});
  }
  const PayloadMode mode = choose_payload(policy, memory || source.rewindable());
  if (memory && mode == PayloadMode::hashed) return Payload::of_memory(*memory);
  Payload payload{.source = &source, .size = **size, .mode = mode};
  if (memory && mode == PayloadMode::unsigned_) {
    payload.memory = *memory;
    payload.source = nullptr;
  }
  if (mode == PayloadMode::hashed) {
    if (auto hashed = hash_source(source, payload); !hashed) return std::move(hashed).error();
  }
  return payload;
}

Result<std::size_t> WatchedSource::read(std::span<std::byte> out) {
  if (error_) return *error_;
  touched_ = true;
  auto count = source_->read(out);
  if (count && *count == 0 && !out.empty()) {  // asked for before the last bytes are handed out: what was torn is never stored
    if (auto same = source_->verify_unchanged(); !same) count = std::move(same).error();
  }
  if (!count) error_ = count.error();
  return count;
}

Status WatchedSource::rewind() {
  if (!touched_) return {};
  auto status = source_->rewind();
  if (!status) rewind_error_ = status.error();
  return status;
}

}  // namespace objectstore::s3
