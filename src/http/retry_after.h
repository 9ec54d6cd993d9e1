// Retry-After: how long a server asks to be left alone.
#pragma once

#include <chrono>
#include <optional>

#include "objectstore/clock.h"
#include "objectstore/http.h"

namespace objectstore::http {

/// Seconds, or a date less `now`, rounded up to the millisecond and never negative; a million days at most. nothing: the header is absent or
/// neither. Source: RFC 9110, section 10.2.3.
std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, SystemTime now);

}  // namespace objectstore::http
