// The fields of an event's key. Members of a payload are named by JSON Pointers (RFC 6901): "/order/id".
#include "event_fields.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/pointer.h>

#include "values.h"

namespace objectstore::cli {
namespace {

// Numbers stay the text that they are: a key must not depend on how a number is printed. Iterative: nesting costs no stack.
constexpr unsigned kParseFlags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;

Result<std::string> check_pointer(std::string_view flag, const std::string& text) {
  if (text.empty() || !rapidjson::Pointer(text.data(), text.size()).IsValid()) {
    return bad_value(flag, text, "a JSON Pointer such as /order/id");
  }
  return text;
}

Result<std::string> text_at(const rapidjson::Document& document, const std::string& pointer, const std::string& what) {
  const rapidjson::Value* value = rapidjson::Pointer(pointer.data(), pointer.size()).Get(document);
  if (value == nullptr || value->IsNull()) return usage_error(what + ": the payload has nothing at " + pointer);
  if (value->IsBool()) return std::string(value->GetBool() ? "true" : "false");
  if (!value->IsString()) return usage_error(what + ": what the payload has at " + pointer + " is an object or a list");
  return std::string(value->GetString(), value->GetStringLength());
}

}  // namespace

Result<std::optional<KeyTemplate>> read_template(const Arguments& arguments) {
  const auto text = arguments.value("template");
  if (!text) return std::optional<KeyTemplate>();
  Result<KeyTemplate> layout = KeyTemplate::parse(*text);
  if (!layout) return usage_error("--template: " + layout.error().message);
  return std::optional(std::move(*layout));
}

Result<FieldRules> FieldRules::read(const Arguments& arguments) {
  FieldRules rules;
  for (const std::string& text : arguments.values("field")) {
    auto pair = parse_pair("--field", text);
    if (!pair) return pair.error();
    if (!rules.fixed_.insert(*pair).second) return usage_error("--field: '" + pair->first + "' is given twice");
  }
  for (const std::string& text : arguments.values("field-from")) {
    auto pair = parse_pair("--field-from", text);
    if (!pair) return pair.error();
    const Result<std::string> pointer = check_pointer("--field-from", pair->second);
    if (!pointer) return pointer.error();
    if (!rules.fixed_.try_emplace(pair->first).second) return usage_error("--field-from: '" + pair->first + "' is given twice");
    rules.from_payload_.push_back(*pair);
  }
  rules.id_ = arguments.value_or_empty("id");
  if (const auto text = arguments.value("id-from")) {
    if (!rules.id_.empty()) return usage_error("--id and --id-from exclude each other");
    Result<std::string> pointer = check_pointer("--id-from", *text);
    if (!pointer) return pointer.error();
    rules.id_pointer_ = std::move(*pointer);
  }
  return rules;
}

Result<EventFields> FieldRules::apply(std::string_view payload) const {
  EventFields event{fixed_, id_};
  if (!reads_payload()) return event;
  rapidjson::Document document;
  document.Parse<kParseFlags>(payload.data(), payload.size());
  if (document.HasParseError()) {
    return usage_error("not JSON: " + std::string(rapidjson::GetParseError_En(document.GetParseError())) + " (at byte " +
                       std::to_string(document.GetErrorOffset()) + ")");
  }
  for (const auto& [field, pointer] : from_payload_) {
    Result<std::string> text = text_at(document, pointer, "field " + field);
    if (!text) return text.error();
    event.fields[field] = std::move(*text);
  }
  if (!id_pointer_.empty()) {
    Result<std::string> text = text_at(document, id_pointer_, "id");
    if (!text) return text.error();
    event.id = std::move(*text);
  }
  return event;
}

}  // namespace objectstore::cli
