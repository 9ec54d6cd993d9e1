// KeyTemplate: keys from fields and fields from keys, one to one.
//
// Why no two field sets make one key. A key is lead, F1, L1, F2, L2, ... with fixed literals, so it is enough that, reading from the left,
// the end of each field's text is certain, and that a text means one value:
// - a padded integer has its fixed width; an integer ends at the first byte that is no digit, and its literal begins with none; a
//   timestamp has 20 bytes, and 27 when its 20th byte is '.' and not 'Z': then "-" and the tie id follow, a text field.
// - a text is cut into tokens: "%XX", or one character other than '%'. The first character of the field's literal (its stop) is never a
//   token, because it is written as %XX, and it is not '%', because no literal holds one: the text ends at the first token boundary where
//   the stop stands. The empty value's lone "%" is followed by the stop or the end of the key, and no stop is an upper-case hex digit: it
//   is no "%XX". Each token means one character or byte, so the text means one value.
// - no value is written as "", "." or "..", and literals hold no such segment: neither does a key.
// `take` reads a little more than `append` writes (escapes that were not needed, '/' in a value); `parse_key` refuses those keys by
// formatting what it read and comparing.
#include "objectstore/keys.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/errors.h"
#include "base/time_format.h"
#include "events/key_escape.h"
#include "objectstore/bucket.h"

namespace objectstore {
namespace {

using base::invalid;
using events::in_quotes;

constexpr std::string_view kTieId = "tie_id";
constexpr std::size_t kSecondsSize = 20;       // 2024-11-14T10:23:11Z
constexpr std::size_t kMicrosecondsSize = 27;  // 2024-11-14T10:23:11.123456Z

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

/// Without superfluous zeros.
bool is_unsigned(std::string_view text) {
  return !text.empty() && all_digits(text) && (text.size() == 1 || text.front() != '0');
}
bool is_integer(std::string_view text) {
  return text.starts_with('-') ? is_unsigned(text.substr(1)) && text != "-0" : is_unsigned(text);
}

/// A UTC time in the one spelling that has `size` characters.
bool is_time(std::string_view text, std::size_t size) {
  if (text.size() != size) return false;
  const auto time = base::parse_rfc3339(text);
  return time && base::rfc3339(*time, size == kSecondsSize ? 0 : 6) == text;
}

/// "2024", "2024-11", ... "2024-11-14T10:23:11": the left part of some time.
bool is_time_part(std::string_view text) {
  constexpr std::string_view kFirst = "0000-01-01T00:00:00Z";
  for (const std::size_t size : {4u, 7u, 10u, 13u, 16u, 19u}) {
    if (text.size() == size) return is_time(std::string(text) + std::string(kFirst.substr(size)), kSecondsSize);
  }
  return false;
}

Status check_literal(std::string_view literal) {
  for (const char c : literal) {
    if (c == '%') return invalid("key template: literal text holds a '%', which begins escapes");
    if (c == '}') return invalid("key template: a '}' without its '{'");
    if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f) return invalid("key template: literal text holds a control character");
  }
  return {};
}

}  // namespace

// Templates ------------------------------------------------------------------------------------------------------------------------

Result<KeyTemplate::Field> KeyTemplate::parse_field(std::string_view inside) {
  const std::size_t colon = inside.find(':');
  Field field;
  field.name = inside.substr(0, colon);
  const bool named = !field.name.empty() && std::all_of(field.name.begin(), field.name.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
  if (!named) return invalid("key template: " + in_quotes(field.name) + " is no field name (A-Z a-z 0-9 _ -)");
  if (field.name == "timestamp") field.form = Form::timestamp;
  if (colon == std::string_view::npos) return field;

  const std::string_view form = inside.substr(colon + 1);
  if (field.form == Form::timestamp) return invalid("key template: {timestamp} has one form and takes no " + in_quotes(form));
  if (form == "int") {
    field.form = Form::integer;
    return field;
  }
  if (form.starts_with('0') && form.size() <= 3 && is_unsigned(form.substr(1))) {
    field.form = Form::padded;
    for (const char c : form) field.width = field.width * 10 + static_cast<std::size_t>(c - '0');
    if (field.width >= 1 && field.width <= 64) return field;
  }
  return invalid("key template: {" + field.name + "} has the unknown form " + in_quotes(form) + "; known: int, 0N with N = 1..64");
}

Status KeyTemplate::check_shape() const {
  std::string path = lead_;  // with a letter for each field
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const Field& field = fields_[i];
    const std::string place = "key template: {" + field.name + "} is followed by ";
    if (i + 1 < fields_.size() && field.literal.empty()) return invalid(place + "another field; put literal text between them");
    const char next = field.stop.empty() ? '/' : field.stop.front();
    const bool escaped = field.form == Form::text || field.form == Form::timestamp;
    if (escaped && (is_digit(next) || (next >= 'A' && next <= 'F'))) {
      return invalid(place + in_quotes(field.stop) +
                     ", which could be part of an escape; begin the literal text with anything but 0-9 A-F");
    }
    if (field.form == Form::integer && is_digit(next)) return invalid(place + "a digit, so that its own digits have no end");
    for (std::size_t j = 0; j < i; ++j) {
      if (fields_[j].name == field.name) return invalid("key template: {" + field.name + "} stands there twice");
    }
    path += 'f' + field.literal;
  }
  if (has_field("timestamp") && has_field(kTieId)) return invalid("key template: {tie_id} is taken by the tie form of {timestamp}");
  path += '/';
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t slash = path.find('/', start);
    const std::string segment = path.substr(start, slash - start);
    if (segment.empty()) return invalid("key template: an empty segment (a '/' at the start, at the end or beside another one)");
    if (segment == "." || segment == "..") return invalid("key template: the segment " + in_quotes(segment) + " is no plain path");
    start = slash + 1;
  }
  return {};
}

Result<KeyTemplate> KeyTemplate::parse(std::string_view text) {
  if (!base::is_utf8(text)) return invalid("key template: not UTF-8");
  KeyTemplate layout;
  layout.text_ = text;
  std::string_view rest = text;
  while (true) {
    const std::size_t open = rest.find('{');
    const std::string_view literal = rest.substr(0, open);
    if (const Status ok = check_literal(literal); !ok) return ok.error();
    if (layout.fields_.empty()) {
      layout.lead_ = literal;
    } else {
      layout.fields_.back().literal = literal;
      layout.fields_.back().stop = events::first_character(literal);
    }
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find('}', open);
    if (close == std::string_view::npos) return invalid("key template: a '{' without its '}'");
    auto field = parse_field(rest.substr(open + 1, close - open - 1));
    if (!field) return field.error();
    layout.fields_.push_back(std::move(*field));
    rest = rest.substr(close + 1);
  }
  if (layout.fields_.empty()) return invalid("key template: " + in_quotes(text) + " has no field");
  if (const Status ok = layout.check_shape(); !ok) return ok.error();
  return layout;
}

std::vector<std::string> KeyTemplate::field_names() const {
  std::vector<std::string> names;
  names.reserve(fields_.size());
  for (const Field& field : fields_) names.push_back(field.name);
  return names;
}

bool KeyTemplate::has_field(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(), [name](const Field& field) { return field.name == name; });
}

// Fields to key --------------------------------------------------------------------------------------------------------------------

Status KeyTemplate::check_names(const Fields& fields) const {
  for (const auto& [name, value] : fields) {
    if (has_field(name) || (name == kTieId && has_field("timestamp"))) continue;
    std::string known;
    for (const Field& field : fields_) known += (known.empty() ? "" : ", ") + field.name;
    return invalid("the key template has no field " + in_quotes(name) + "; it has " + known);
  }
  return {};
}

Status KeyTemplate::append(std::string& key, const Field& field, std::string_view value, const std::string* tie_id) {
  const auto refuse = [&](std::string_view reason) {
    return invalid("field '" + field.name + "': " + in_quotes(value) + std::string(reason));
  };
  switch (field.form) {
    case Form::text:
      if (!base::is_utf8(value)) return refuse(" is not UTF-8");
      events::escape_field(key, value, field.stop);
      break;
    case Form::integer:
      if (!is_integer(value)) return refuse(" is no decimal integer without superfluous zeros");
      key += value;
      break;
    case Form::padded:
      if (!is_unsigned(value)) return refuse(" is no unsigned decimal integer without superfluous zeros");
      if (value.size() > field.width) return refuse(" has more than " + std::to_string(field.width) + " digits");
      key.append(field.width - value.size(), '0');
      key += value;
      break;
    case Form::timestamp:
      if (!tie_id) {
        if (!is_time(value, kSecondsSize)) return refuse(" is no UTC time in whole seconds, such as 2024-11-14T10:23:11Z");
        key += value;
      } else {
        if (!is_time(value, kMicrosecondsSize)) return refuse(" is no UTC time in microseconds, such as 2024-11-14T10:23:11.123456Z");
        if (!base::is_utf8(*tie_id)) return invalid("field 'tie_id': not UTF-8");
        key += value;
        key += '-';
        events::escape_field(key, *tie_id, field.stop);
      }
      break;
  }
  key += field.literal;
  return {};
}

Result<std::string> KeyTemplate::format(const Fields& fields) const {
  if (const Status ok = check_names(fields); !ok) return ok.error();
  const auto tie = fields.find(std::string(kTieId));
  const std::string* tie_id = tie == fields.end() || !has_field("timestamp") ? nullptr : &tie->second;
  std::string key = lead_;
  for (const Field& field : fields_) {
    const auto value = fields.find(field.name);
    if (value == fields.end()) return invalid("field '" + field.name + "' is missing for the key template " + in_quotes(text_));
    if (const Status ok = append(key, field, value->second, tie_id); !ok) return ok.error();
  }
  if (key.size() > kMaxKeyBytes) {
    return invalid("the key of these fields has " + std::to_string(key.size()) + " bytes; at most 1024 are allowed: " + in_quotes(key));
  }
  return key;
}

Result<std::string> KeyTemplate::format_tie(const Fields& fields, SystemTime precise, std::string_view id) const {
  if (!has_field("timestamp")) {
    Error error = invalid("the key template " + in_quotes(text_) + " has no {timestamp} and so no tie form");
    error.kind = ErrorKind::unsupported;
    return error;
  }
  Fields tie = fields;
  tie["timestamp"] = base::rfc3339(precise, 6);
  tie[std::string(kTieId)] = id;
  return format(tie);
}

// Key to fields --------------------------------------------------------------------------------------------------------------------

bool KeyTemplate::take(std::string_view& rest, const Field& field, Fields& fields) {
  std::string_view value;
  switch (field.form) {
    case Form::text: {
      auto text = events::take_escaped_field(rest, field.stop);
      if (!text) return false;
      fields[field.name] = std::move(*text);
      break;
    }
    case Form::integer: {
      std::size_t size = rest.starts_with('-') ? 1 : 0;
      while (size < rest.size() && is_digit(rest[size])) ++size;
      fields[field.name] = rest.substr(0, size);
      rest.remove_prefix(size);
      break;
    }
    case Form::padded: {
      value = rest.substr(0, field.width);
      if (value.size() != field.width || !all_digits(value)) return false;
      rest.remove_prefix(field.width);
      value.remove_prefix(std::min(value.find_first_not_of('0'), value.size() - 1));
      fields[field.name] = value;
      break;
    }
    case Form::timestamp: {
      const bool tie = rest.size() > kSecondsSize && rest[kSecondsSize - 1] == '.';
      const std::size_t size = tie ? kMicrosecondsSize : kSecondsSize;
      if (rest.size() < size) return false;
      fields[field.name] = rest.substr(0, size);
      rest.remove_prefix(size);
      if (tie) {
        if (!rest.starts_with('-')) return false;
        rest.remove_prefix(1);
        auto id = events::take_escaped_field(rest, field.stop);
        if (!id) return false;
        fields[std::string(kTieId)] = std::move(*id);
      }
      break;
    }
  }
  if (!rest.starts_with(field.literal)) return false;
  rest.remove_prefix(field.literal.size());
  return true;
}

Result<Fields> KeyTemplate::parse_key(std::string_view key) const {
  const auto refuse = [&] { return invalid("not a key of the template " + in_quotes(text_) + ": " + in_quotes(key)); };
  std::string_view rest = key;
  if (!rest.starts_with(lead_)) return refuse();
  rest.remove_prefix(lead_.size());
  Fields fields;
  for (const Field& field : fields_) {
    if (!take(rest, field, fields)) return refuse();
  }
  if (!rest.empty()) return refuse();
  const auto again = format(fields);
  if (!again || *again != key) return refuse();
  return fields;
}

// Queries --------------------------------------------------------------------------------------------------------------------------

Result<std::string> KeyTemplate::prefix(const Fields& known) const {
  if (const Status ok = check_names(known); !ok) return ok.error();
  const auto tie = has_field("timestamp") ? known.find(std::string(kTieId)) : known.end();
  std::string key = lead_;
  bool open = true;  // everything so far is known
  for (const Field& field : fields_) {
    const auto value = known.find(field.name);
    if (value == known.end()) {
      open = false;
      continue;
    }
    std::string part = key;
    Status ok;
    if (field.form != Form::timestamp) {
      ok = append(part, field, value->second, nullptr);
    } else if (std::string_view time = value->second; is_time(time, kMicrosecondsSize)) {
      if (tie != known.end()) {
        ok = append(part, field, time, &tie->second);
      } else {
        part += time;
        part += '-';
      }
    } else if (is_time(time, kSecondsSize) || is_time_part(time)) {
      part += time.substr(0, kSecondsSize - 1);
    } else {
      ok =
          invalid("field 'timestamp': " + in_quotes(time) + " is neither a UTC time such as 2024-11-14T10:23:11Z nor the left part of one");
    }
    if (!ok) return ok.error();
    if (!open) continue;  // checked all the same
    key = std::move(part);
    if (field.form == Form::timestamp && !(tie != known.end() && is_time(value->second, kMicrosecondsSize))) open = false;
  }
  if (key.size() > kMaxKeyBytes) return invalid("the prefix of these fields is longer than any key: " + in_quotes(key));
  return key;
}

bool KeyTemplate::match(const Fields& fields, const Fields& known) {
  return std::all_of(known.begin(), known.end(), [&fields](const auto& wanted) {
    const auto found = fields.find(wanted.first);
    if (found == fields.end()) return false;
    if (wanted.first != "timestamp" || wanted.second.size() > kSecondsSize) return found->second == wanted.second;
    return std::string_view(found->second).starts_with(std::string_view(wanted.second).substr(0, kSecondsSize - 1));
  });
}

}  // namespace objectstore
