// How a field's value stands in a key: the escaping of KeyTemplate (rule and version: objectstore/keys.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace objectstore::events {

/// Appends `value` (UTF-8) so that it neither holds `stop` (one character, or nothing) nor ever is "", "." or "..".
void escape_field(std::string& out, std::string_view value, std::string_view stop);
/// Takes an escaped value off the front of `rest`, up to `stop` (or the end). nothing: malformed.
std::optional<std::string> take_escaped_field(std::string_view& rest, std::string_view stop);
/// The first UTF-8 character of `text`, which may be empty.
std::string_view first_character(std::string_view text);
/// For messages: in quotes, at most 64 bytes of it, control characters as %XX.
std::string in_quotes(std::string_view text);

}  // namespace objectstore::events
