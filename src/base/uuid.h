// UUIDs: version 7 (time-ordered) and version 5 (of a name). Source: RFC 9562.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "objectstore/clock.h"

namespace objectstore::base {

/// Lower-case, with hyphens; sorts by millisecond.
std::string uuid_v7(SystemTime now, Random& random);
/// The time in a UUID of version 7, to the millisecond; nothing: it is none, or its time is beyond what SystemTime holds.
std::optional<SystemTime> time_of_uuid(std::string_view id);
/// SHA-1 of the namespace and the name; the namespace is a UUID text ("" comes back when it is none).
std::string uuid_v5(std::string_view name_space, std::string_view name);
inline constexpr std::string_view kUrlNamespace = "6ba7b811-9dad-11d1-80b4-00c04fd430c8";

}  // namespace objectstore::base
