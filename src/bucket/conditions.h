// Conditions of reads and writes, decided here by the backends that have no server to do it.
#pragma once

#include <optional>
#include <string_view>

#include "objectstore/bucket.h"
#include "objectstore/result.h"

namespace objectstore {

/// `existing`: the ETag stored under the key; nothing = no object. Nothing is to be written when it fails.
/// Errors: already_exists (CreateOnly), precondition_failed (IfMatch, another ETag), not_found (IfMatch, no object).
Status check_write_condition(const WriteCondition& condition, std::optional<std::string_view> existing);

/// RFC 9110, section 13.2.2: If-Match, else If-Unmodified-Since; then If-None-Match, else If-Modified-Since. Times count to the second.
/// If-Match and If-None-Match take one ETag or "*". Errors: precondition_failed, not_modified.
Status check_read_conditions(const ReadConditions& conditions, std::string_view etag, SystemTime last_modified);

}  // namespace objectstore
