// What the backends without a server check and refuse alike, before they touch anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "bucket/verb.h"
#include "objectstore/bucket.h"
#include "objectstore/result.h"

namespace objectstore {

/// The bucket's name, the key, and the call's bounds. Errors: invalid_argument, cancelled, timeout.
Status check_call(const Verb& verb, std::string_view bucket, std::string_view key);
/// The bucket's name and the call's bounds.
Status check_call(const Verb& verb, std::string_view bucket);

/// Errors: unsupported (the backend encrypts nothing, keeps no versions, holds no customer keys).
Status check_encryption(const Verb& verb, const Encryption& encryption);
Status check_version(const Verb& verb, std::string_view version_id);
Status check_customer_key(const Verb& verb, bool given);

/// Opens `body`. Errors: unsupported (over kMaxSinglePutBytes), the source's own.
Result<std::optional<std::uint64_t>> open_body(const Verb& verb, Body& body);
/// Hands the bytes of a body that was opened with `size` to `take`, piece by piece. Errors: invalid_argument (more or fewer bytes than `size`;
/// more than were asked for), unsupported (over kMaxSinglePutBytes), cancelled, timeout, the source's own, those of `take`.
Status read_all(const Verb& verb, Body& body, std::optional<std::uint64_t> size,
                const std::function<Status(std::span<const std::byte>)>& take);

/// Whether copying this onto itself would change nothing, which S3 refuses. Errors: invalid_argument with code InvalidRequest.
Status check_copy_changes(const Verb& verb, const CopySource& source, std::string_view bucket, std::string_view key,
                          const CopyOptions& options);

}  // namespace objectstore
