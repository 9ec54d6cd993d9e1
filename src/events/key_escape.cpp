// Escaping and unescaping of one field's value.
#include "events/key_escape.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/encoding.h"

namespace objectstore::events {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

/// ASCII that stands for itself: what S3's guide calls safe in keys, and ':' '@' '+' '=' ',' '~' and space, which names hold often.
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.~:+@!'()*,= ").find(c) != std::string_view::npos;
}

void put_escape(std::string& out, char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  out += '%';
  out += kHex[byte >> 4];
  out += kHex[byte & 0xf];
}

/// The byte of "%XX" at the front of `text`, only in the spelling that `put_escape` uses.
std::optional<char> escaped_byte(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const std::size_t high = kHex.find(text[1]);
  const std::size_t low = kHex.find(text[2]);
  if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
  return static_cast<char>(static_cast<std::uint8_t>(high << 4 | low));
}

}  // namespace

std::string_view first_character(std::string_view text) {
  if (text.empty()) return text;
  const auto lead = static_cast<std::uint8_t>(text.front());
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return text.substr(0, length);
}

void escape_field(std::string& out, std::string_view value, std::string_view stop) {
  if (value.empty()) {
    out += '%';
    return;
  }
  const bool is_dots = value == "." || value == "..";
  while (!value.empty()) {
    const std::string_view character = first_character(value);
    const bool plain = character.size() > 1 || is_plain(character.front());
    if (plain && character != stop && !is_dots) {
      out += character;
    } else {
      for (const char c : character) put_escape(out, c);
    }
    value.remove_prefix(character.size());
  }
}

std::optional<std::string> take_escaped_field(std::string_view& rest, std::string_view stop) {
  const auto at_end = [&stop](std::string_view text) { return stop.empty() ? text.empty() : text.starts_with(stop); };
  std::string value;
  if (rest.starts_with('%') && at_end(rest.substr(1))) {
    rest.remove_prefix(1);
    return value;
  }
  while (!at_end(rest)) {
    if (rest.empty()) return std::nullopt;
    if (rest.front() != '%') {
      value += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    const std::optional<char> byte = escaped_byte(rest);
    if (!byte) return std::nullopt;
    value += *byte;
    rest.remove_prefix(3);
  }
  return value;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 64;
  std::string out = "'";
  std::size_t shown = std::min(text.size(), kShown);
  while (shown < text.size() && shown > 0 && (static_cast<std::uint8_t>(text[shown]) & 0xc0) == 0x80) --shown;  // not inside a character
  const bool readable = base::is_utf8(text.substr(0, shown));
  for (const char c : text.substr(0, shown)) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !readable)) {
      put_escape(out, c);
    } else {
      out += c;
    }
  }
  out += shown < text.size() ? "...'" : "'";
  return out;
}

}  // namespace objectstore::events
