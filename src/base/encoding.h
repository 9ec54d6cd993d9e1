// Hex, base64, percent encoding and decimal numbers: bytes in, text out, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace objectstore::base {

/// Lower-case hex.
std::string hex(std::span<const std::uint8_t> bytes);
void hex_into(std::span<const std::uint8_t> bytes, char* out);  ///< writes 2 x size characters
/// A number in lower-case hex, without leading zeros.
std::string hex_number(std::uint64_t value);
/// nothing: odd length or a character that is no hex digit (both cases are read).
std::optional<std::string> unhex(std::string_view text);

/// RFC 4648 section 4, with padding.
std::string base64(std::span<const std::uint8_t> bytes);
std::string base64(std::string_view bytes);
std::optional<std::string> unbase64(std::string_view text);

/// Percent-encodes all but A-Z a-z 0-9 - _ . ~ (upper-case hex), as SigV4 wants it; '/' is kept when `keep_slash`.
std::string uri_encode(std::string_view text, bool keep_slash = false);
void uri_encode_to(std::string& out, std::string_view text, bool keep_slash);
/// Decodes every %XX; '+' stays '+'. nothing: a '%' without two hex digits.
std::optional<std::string> uri_decode(std::string_view text);

/// A whole number of 64 bits, digits only; nothing for anything else (sign, space, overflow, no text).
std::optional<std::uint64_t> parse_decimal(std::string_view text);

/// Bytes of the well-formed UTF-8 character (no overlong form, no surrogate) at the front of `text`; 0 = there is none.
std::size_t utf8_length(std::string_view text);
/// True when all of `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);
/// ASCII only.
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
/// Without leading and trailing spaces and tabs.
std::string_view trim(std::string_view text);
/// Trimmed, and inner runs of white space folded to one space: how SigV4 reads a header value.
std::string collapse_spaces(std::string_view text);
void collapse_spaces_to(std::string& out, std::string_view text);  ///< appends

}  // namespace objectstore::base
