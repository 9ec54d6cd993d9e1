// KeyTemplate: object keys that hold an event's metadata, written once and used both ways.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/clock.h"
#include "objectstore/export.h"
#include "objectstore/result.h"

namespace objectstore {

/// Field name -> value, both UTF-8. Values may hold anything ('/', '%', "..", spaces, nothing at all).
using Fields = std::map<std::string, std::string>;

/// A key layout such as "{company}/{collection}/v{version:int}/{event}/{timestamp}.json".
///
/// Grammar, version 1: literal text and fields in braces. {name} any text, {name:int} a decimal integer, {name:0N} an unsigned integer
/// padded with zeros to N digits (sorts as text), {timestamp} an RFC 3339 UTC time. Two fields are separated by literal text.
/// Escaping: a field's bytes outside A-Z a-z 0-9 - _ . ~ ':' ' ' '+' '@' and non-ASCII UTF-8 become %XX, likewise '.' where a segment would be "." or ".."; and
/// whatever would make the key parse in another way. An empty value is written "%". Two field sets never make one key.
/// Thread-safety: immutable; may be used concurrently.
class OBJECTSTORE_EXPORT KeyTemplate {
 public:
  /// Errors: invalid_argument with the offending place.
  static Result<KeyTemplate> parse(std::string_view text);

  /// The key of `fields`. Errors: invalid_argument (a field is missing, unknown, not of its form, or the key is over 1,024 bytes).
  [[nodiscard]] Result<std::string> format(const Fields& fields) const;
  /// The key a collision takes: {timestamp} is written "...T10:23:11.123456Z-{id}". Errors: as `format`; unsupported (no {timestamp} field).
  [[nodiscard]] Result<std::string> format_tie(const Fields& fields, SystemTime precise, std::string_view id) const;
  /// The fields of a key in either form; a tie form also yields "tie_id" and its precise timestamp. Errors: invalid_argument (not a key of this layout).
  [[nodiscard]] Result<Fields> parse_key(std::string_view key) const;
  /// The longest LIST prefix that all keys with these field values share: ends at the first field that is not known.
  /// Errors: invalid_argument (a field is unknown to the template or not of its form).
  [[nodiscard]] Result<std::string> prefix(const Fields& known) const;

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::vector<std::string> field_names() const;

 private:
  enum class Form : std::uint8_t { literal, text, integer, padded, timestamp };
  struct Piece {
    Form form = Form::literal;
    std::string text;  ///< the literal, or the field's name
    unsigned width = 0;
  };
  std::string text_;
  std::vector<Piece> pieces_;
};

}  // namespace objectstore
