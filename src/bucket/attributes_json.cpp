// Writes and reads attributes as JSON.
#include "bucket/attributes_json.h"

#include <algorithm>
#include <array>

namespace objectstore::json {

namespace {

struct TextField {
  const char* name;
  std::string Attributes::*member;
};
constexpr std::array kTextFields = {
    TextField{"contentType", &Attributes::content_type},
    TextField{"cacheControl", &Attributes::cache_control},
    TextField{"contentDisposition", &Attributes::content_disposition},
    TextField{"contentEncoding", &Attributes::content_encoding},
    TextField{"contentLanguage", &Attributes::content_language},
    TextField{"expires", &Attributes::expires},
    TextField{"storageClass", &Attributes::storage_class},
};

void put_map(Writer& writer, const char* name, const std::map<std::string, std::string>& map) {
  if (map.empty()) return;
  writer.Key(name);
  writer.StartObject();
  for (const auto& [key, value] : map) {
    writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    put_text(writer, value);
  }
  writer.EndObject();
}

bool read_map(const Value& object, const char* name, std::map<std::string, std::string>& out) {
  const Value* value = member(object, name);
  if (value == nullptr) return true;
  if (!value->IsObject()) return false;
  for (const auto& entry : value->GetObject()) {
    if (!entry.value.IsString()) return false;
    out.emplace(text_of(entry.name), text_of(entry.value));
  }
  return true;
}

}  // namespace

void put_text(Writer& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

const Value* member(const Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

std::string_view text_of(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

bool read_text(const Value& object, const char* name, std::string& out) {
  const Value* value = member(object, name);
  if (value == nullptr) return true;
  if (!value->IsString()) return false;
  out = text_of(*value);
  return true;
}

void put_attributes(Writer& writer, const Attributes& attributes) {
  for (const auto& field : kTextFields) {
    const std::string& value = attributes.*field.member;
    if (value.empty()) continue;
    writer.Key(field.name);
    put_text(writer, value);
  }
  put_map(writer, "metadata", attributes.metadata);
  put_map(writer, "tags", attributes.tags);
}

bool read_attributes(const Value& object, Attributes& attributes) {
  const bool texts = std::all_of(kTextFields.begin(), kTextFields.end(),
                                 [&](const TextField& field) { return read_text(object, field.name, attributes.*field.member); });
  return texts && read_map(object, "metadata", attributes.metadata) && read_map(object, "tags", attributes.tags);
}

}  // namespace objectstore::json
