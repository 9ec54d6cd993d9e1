// KeyTemplate: object keys that hold an event's metadata, written once and used both ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/clock.h"
#include "objectstore/export.h"
#include "objectstore/result.h"

namespace objectstore {

/// Field name -> value, both UTF-8. Values may hold anything ('/', '%', "..", spaces, control characters, nothing at all).
using Fields = std::map<std::string, std::string>;

/// A key layout such as "{company}/{collection}/v{version:int}/{event}/{timestamp}.json".
///
/// Grammar, version 1. Literal text and fields in braces; literal text stands between any two fields.
///   {name}       any text
///   {name:int}   a decimal integer of any size without superfluous zeros ("0", "17", "-3")
///   {name:0N}    an unsigned one of at most N digits (N = 1..64), padded with zeros to N in the key, so that it sorts as text
///   {timestamp}  a UTC time in whole seconds, "2024-11-14T10:23:11Z"
/// Names are made of A-Z a-z 0-9 _ - and are not repeated. Refused, because keys would be ambiguous or no plain path: '%', control
/// characters and lone braces in literal text, upper-case hex digits (0-9 A-F) right behind a text field or the timestamp, digits right
/// behind an integer, empty, "." and ".." segments, and a field named "tie_id" beside {timestamp}.
///
/// Escaping, version 1. In a text field these become %XX (upper-case hex, byte by byte): every ASCII character but
/// A-Z a-z 0-9 - _ . ~ : + @ ! ' ( ) * , = and space; the first character of the literal text that follows the field; and the dots of the
/// values "." and "..". An empty value is written "%". Everything else, all non-ASCII characters included, stands as it is.
/// Tie form: "2024-11-14T10:23:11.123456Z-ID" in the timestamp's place, ID escaped as a text field. Its fields are those of the ordinary
/// form with a timestamp of six fraction digits and the id as "tie_id".
///
/// So keys and field sets match one to one: `parse_key(format(f))` is f, and a key parses only if `format` writes just that key. The proof
/// stands in src/events/keys.cpp.
/// Thread-safety: immutable; may be used concurrently.
class OBJECTSTORE_EXPORT KeyTemplate {
 public:
  /// Errors: invalid_argument with the offending place.
  static Result<KeyTemplate> parse(std::string_view text);

  /// The key of `fields`; with a "tie_id" among them, the key in the tie form.
  /// Errors: invalid_argument (a field is missing, unknown, not UTF-8 or not of its form, or the key is over 1,024 bytes).
  [[nodiscard]] Result<std::string> format(const Fields& fields) const;
  /// The key a collision takes: `precise`, cut to microseconds, and `id` stand for the timestamp, whatever `fields` says about it.
  /// Errors: as `format`; unsupported (no {timestamp} field).
  [[nodiscard]] Result<std::string> format_tie(const Fields& fields, SystemTime precise, std::string_view id) const;
  /// The fields of a key in either form; a tie form also yields "tie_id" and its precise timestamp.
  /// Errors: invalid_argument (not a key of this layout).
  [[nodiscard]] Result<Fields> parse_key(std::string_view key) const;
  /// The longest LIST prefix that all keys with these values share: ends at the first field that is not known. A timestamp may be known in
  /// part, from the left: "2024", "2024-11", "2024-11-14", "2024-11-14T10", "2024-11-14T10:23", "2024-11-14T10:23:11"; a whole second,
  /// with or without its "Z", covers both forms.
  /// Errors: invalid_argument (a field is unknown to the template or not of its form).
  [[nodiscard]] Result<std::string> prefix(const Fields& known) const;
  /// Whether a key's fields (from `parse_key`) have the values of `known`, as `prefix` understands them: what LIST could not filter.
  [[nodiscard]] static bool match(const Fields& fields, const Fields& known);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// In the order of the template, "tie_id" not among them.
  [[nodiscard]] std::vector<std::string> field_names() const;
  [[nodiscard]] bool has_field(std::string_view name) const;

 private:
  enum class Form : std::uint8_t { text, integer, padded, timestamp };
  struct Field {
    std::string name;
    Form form = Form::text;
    std::size_t width = 0;  ///< of a padded one
    std::string literal;    ///< the text behind it
    std::string stop;       ///< the literal's first character
  };
  KeyTemplate() = default;
  static Result<Field> parse_field(std::string_view inside);
  [[nodiscard]] Status check_shape() const;
  [[nodiscard]] Status check_names(const Fields& fields) const;
  /// `value` as it stands in a key, behind what `key` holds already.
  static Status append(std::string& key, const Field& field, std::string_view value, const std::string* tie_id);
  /// Takes the field's text off the front of `rest`; false: it is not there. Accepts a little more than `append` writes.
  static bool take(std::string_view& rest, const Field& field, Fields& fields);

  std::string text_;
  std::string lead_;  ///< the literal in front of the first field
  std::vector<Field> fields_;
};

}  // namespace objectstore
