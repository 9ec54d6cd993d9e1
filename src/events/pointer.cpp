// The pointer's JSON and id.
#include "events/pointer.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/uuid.h"

namespace objectstore {

std::string to_json(const Pointer& pointer) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  const auto member = [&writer](const char* name, const std::string& value) {
    writer.Key(name);
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  member("key", pointer.object.key);
  if (!pointer.company.empty()) member("company", pointer.company);
  if (!pointer.event.empty()) member("event", pointer.event);
  member("bucket", pointer.object.bucket);
  member("etag", pointer.object.etag);
  writer.Key("size");
  writer.Uint64(pointer.object.size);
  member("contentType", pointer.object.content_type);
  member("event_id", pointer.event_id);
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string pointer_event_id(std::string_view bucket, std::string_view key) {
  std::string name(bucket);
  name += '/';
  name += key;
  return base::uuid_v5(base::kUrlNamespace, name);
}

namespace events {

Pointer make_pointer(ObjectRef object, const Fields* fields) {
  const auto field = [fields](const char* name) {
    if (fields == nullptr) return std::string();
    const auto found = fields->find(name);
    return found == fields->end() ? std::string() : found->second;
  };
  Pointer pointer;
  pointer.company = field("company");
  pointer.event = field("event");
  pointer.event_id = pointer_event_id(object.bucket, object.key);
  pointer.object = std::move(object);
  return pointer;
}

std::optional<Fields> fields_of(const std::optional<KeyTemplate>& layout, std::string_view key) {
  if (!layout) return std::nullopt;
  auto fields = layout->parse_key(key);
  if (!fields) return std::nullopt;
  return *std::move(fields);
}

Pointer make_pointer(const ObjectInfo& object, const std::optional<KeyTemplate>& layout) {
  auto fields = fields_of(layout, object.key);
  if (const auto own = object.metadata.find(kLayoutMetadata); !fields && own != object.metadata.end()) {
    if (const auto parsed = KeyTemplate::parse(own->second)) fields = fields_of(*parsed, object.key);
  }
  return make_pointer(object.ref(), fields ? &*fields : nullptr);
}

std::optional<std::string> layout_metadata(const KeyTemplate& layout) {
  constexpr std::size_t kLongest = 512;  // S3 takes 2 KB of metadata in all
  const std::string& text = layout.text();
  const bool plain = text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; }) &&
                     base::collapse_spaces(text) == text;
  if (!plain) return std::nullopt;
  return text;
}

Message to_message(const Pointer& pointer) {
  return {.id = pointer.event_id, .ordering_key = {}, .body = to_json(pointer)};
}

}  // namespace events
}  // namespace objectstore
