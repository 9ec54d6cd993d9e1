// Refusals that the backends without a server share.
#include "bucket/local_checks.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "bucket/rules.h"
#include "io/exact_reader.h"

namespace objectstore {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10U;

Error too_large() {
  return base::make_error(ErrorKind::unsupported, "the body is over 5 GiB", "EntityTooLarge");
}

}  // namespace

Status check_call(const Verb& verb, std::string_view bucket) {
  if (auto fine = check_bucket_name(bucket); !fine) return verb.failed(std::move(fine).error());
  return verb.proceed();
}

Status check_call(const Verb& verb, std::string_view bucket, std::string_view key) {
  if (auto fine = check_key(key); !fine) return verb.failed(std::move(fine).error());
  return check_call(verb, bucket);
}

Status check_encryption(const Verb& verb, const Encryption& encryption) {
  if (std::holds_alternative<BucketDefault>(encryption)) return {};
  return verb.failed(ErrorKind::unsupported, "this backend does not encrypt");
}

Status check_version(const Verb& verb, std::string_view version_id) {
  if (version_id.empty() || version_id == "null") return {};  // "null" is the version of what was written without versioning
  return verb.failed(ErrorKind::unsupported, "this backend keeps no versions");
}

Status check_customer_key(const Verb& verb, bool given) {
  if (!given) return {};
  return verb.failed(ErrorKind::unsupported, "this backend does not encrypt, a customer key means nothing to it");
}

Result<std::optional<std::uint64_t>> open_body(const Verb& verb, Body& body) {
  auto size = body.source().size();
  if (!size) return verb.failed(std::move(size).error());
  if (*size && **size > kMaxSinglePutBytes) return verb.failed(too_large());
  return size;
}

Status read_all(const Verb& verb, Body& body, std::optional<std::uint64_t> size,
                const std::function<Status(std::span<const std::byte>)>& take) {
  io::ExactReader exact(body.source(), size.value_or(0));
  std::vector<std::byte> piece(static_cast<std::size_t>(std::clamp<std::uint64_t>(size.value_or(kPiece), 1, kPiece)));
  std::uint64_t total = 0;
  while (true) {
    if (auto go_on = verb.proceed(); !go_on) return go_on;
    auto count = size ? exact.read(piece) : body.source().read(piece);
    if (!count) return verb.failed(std::move(count).error());
    if (*count == 0) return {};
    if (*count > piece.size()) return verb.failed(base::invalid("the body's read gave more bytes than it was asked for"));
    total += *count;
    if (total > kMaxSinglePutBytes) return verb.failed(too_large());
    if (auto taken = take(std::span(piece).first(*count)); !taken) return verb.failed(std::move(taken).error());
  }
}

Status check_copy_changes(const Verb& verb, const CopySource& source, std::string_view bucket, std::string_view key,
                          const CopyOptions& options) {
  const bool itself = source.key == key && (source.bucket.empty() || source.bucket == bucket);
  if (!itself || options.replace || !options.storage_class.empty()) return {};
  return verb.failed(ErrorKind::invalid_argument, "a copy onto itself must replace the attributes or the storage class", "InvalidRequest");
}

}  // namespace objectstore
