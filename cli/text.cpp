// Text for people.
#include "text.h"

#include <cstdint>

#include "base/encoding.h"

namespace objectstore::cli {
namespace {

using base::utf8_length;

/// C0 and C1 controls, DEL, line separators, and the marks that turn the direction of text.
bool is_control(std::string_view character) {
  if (character.size() == 1) return static_cast<std::uint8_t>(character[0]) < 0x20 || character[0] == 0x7f;
  if (character.size() == 2) return character[0] == '\xc2' && static_cast<std::uint8_t>(character[1]) < 0xa0;
  if (character.size() == 3 && character.substr(0, 2) == "\xe2\x80") {
    const auto last = static_cast<std::uint8_t>(character[2]);
    return last >= 0xa8 && last <= 0xae;
  }
  return character.size() == 3 && character.substr(0, 2) == "\xe2\x81" && static_cast<std::uint8_t>(character[2]) >= 0xa6 &&
         static_cast<std::uint8_t>(character[2]) <= 0xa9;
}

void escape_to(std::string& out, std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : bytes) {
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      default:
        out += "\\x";
        out += kHex[static_cast<std::uint8_t>(c) >> 4];
        out += kHex[static_cast<std::uint8_t>(c) & 15];
    }
  }
}

bool plain(std::string_view name) {
  if (name.starts_with('"')) return false;
  while (!name.empty()) {
    const std::size_t length = utf8_length(name);
    if (length == 0 || is_control(name.substr(0, length))) return false;
    name.remove_prefix(length);
  }
  return true;
}

}  // namespace

std::string shown(std::string_view name) {
  if (plain(name)) return std::string(name);
  std::string out = "\"";
  while (!name.empty()) {
    const std::size_t length = utf8_length(name);
    const std::string_view character = name.substr(0, length == 0 ? 1 : length);
    if (length == 0 || is_control(character) || character == "\\" || character == "\"") {
      escape_to(out, character);
    } else {
      out += character;
    }
    name.remove_prefix(character.size());
  }
  return out + "\"";
}

std::string one_line(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, length == 0 ? 1 : length);
    if (length == 0 || (is_control(character) && character != "\t")) {
      escape_to(out, character);
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    out += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace objectstore::cli
