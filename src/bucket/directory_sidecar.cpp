// Writes and reads sidecars.
#include "bucket/directory_sidecar.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace objectstore::directory {

namespace {

constexpr int kFormat = 1;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

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

std::int64_t microseconds(SystemTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

SystemTime time_of_microseconds(std::int64_t count) {
  return SystemTime(std::chrono::duration_cast<SystemTime::duration>(std::chrono::microseconds(count)));
}

void put_text(Writer& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

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

void put_version(Writer& writer, const Version& version) {
  writer.StartObject();
  writer.Key("size");
  writer.Uint64(version.stamp.size);
  writer.Key("mtime");
  writer.Int64(version.stamp.mtime);
  writer.Key("etag");
  put_text(writer, version.etag);
  writer.Key("modified");
  writer.Int64(microseconds(version.modified));
  for (const auto& field : kTextFields) {
    const std::string& value = version.attributes.*field.member;
    if (value.empty()) continue;
    writer.Key(field.name);
    put_text(writer, value);
  }
  put_map(writer, "metadata", version.attributes.metadata);
  put_map(writer, "tags", version.attributes.tags);
  writer.EndObject();
}

Error corrupt(std::string message) {
  return Error{.kind = ErrorKind::corrupt, .message = "sidecar: " + std::move(message)};
}

using Value = rapidjson::Value;

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

bool read_stamp(const Value& object, Stamp& stamp) {
  const Value* size = member(object, "size");
  const Value* mtime = member(object, "mtime");
  if (size == nullptr || !size->IsUint64() || mtime == nullptr || !mtime->IsInt64()) return false;
  stamp = {size->GetUint64(), mtime->GetInt64()};
  return true;
}

bool read_version(const Value& object, Version& version) {
  if (!object.IsObject() || !read_stamp(object, version.stamp)) return false;
  const Value* modified = member(object, "modified");
  if (modified == nullptr || !modified->IsInt64()) return false;
  version.modified = time_of_microseconds(modified->GetInt64());
  if (!read_text(object, "etag", version.etag) || version.etag.empty()) return false;
  const bool texts = std::all_of(kTextFields.begin(), kTextFields.end(),
                                 [&](const TextField& field) { return read_text(object, field.name, version.attributes.*field.member); });
  return texts && read_map(object, "metadata", version.attributes.metadata) && read_map(object, "tags", version.attributes.tags);
}

constexpr unsigned kParseFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

}  // namespace

Stamp stamp_of(const struct stat& information) {
  return {static_cast<std::uint64_t>(information.st_size),
          static_cast<std::int64_t>(information.st_mtim.tv_sec) * kNanosecondsPerSecond + information.st_mtim.tv_nsec};
}

Version computed_version(const Stamp& stamp) {
  Version version;
  version.stamp = stamp;
  std::array<char, 40> text{};
  char* at = std::to_chars(text.begin(), text.end(), stamp.size, 16).ptr;
  *at++ = '-';
  at = std::to_chars(at, text.end(), static_cast<std::uint64_t>(stamp.mtime), 16).ptr;
  version.etag.assign(text.begin(), at);
  version.modified = time_of_microseconds(stamp.mtime / 1000);
  version.attributes.content_type = "application/octet-stream";
  return version;
}

bool is_content_etag(std::string_view etag) {
  return etag.size() == 32 && etag.find('-') == std::string_view::npos;
}

std::string to_json(const Sidecar& sidecar) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("format");
  writer.Int(kFormat);
  writer.Key("key");
  put_text(writer, sidecar.key);
  writer.Key("versions");
  writer.StartArray();
  for (const auto& version : sidecar.versions) put_version(writer, version);
  writer.EndArray();
  writer.EndObject();
  std::string text(buffer.GetString(), buffer.GetSize());
  text += '\n';
  return text;
}

Result<Sidecar> parse_sidecar(std::string json) {
  rapidjson::Document document;
  document.ParseInsitu<kParseFlags>(json.data());
  if (document.HasParseError() || !document.IsObject()) return corrupt("no JSON object");
  const Value* format = member(document, "format");
  if (format == nullptr || !format->IsInt()) return corrupt("no format");
  if (format->GetInt() != kFormat) {
    return Error{.kind = ErrorKind::unsupported,
                 .message = "sidecar: format " + std::to_string(format->GetInt()) + " is not known to this version of the library"};
  }
  Sidecar sidecar;
  const Value* versions = member(document, "versions");
  if (!read_text(document, "key", sidecar.key) || sidecar.key.empty()) return corrupt("no key");
  if (versions == nullptr || !versions->IsArray()) return corrupt("no versions");
  for (const Value& value : versions->GetArray()) {
    Version version;
    if (!read_version(value, version)) return corrupt("a version is incomplete");
    sidecar.versions.push_back(std::move(version));
  }
  return sidecar;
}

std::optional<ListedVersion> find_listed_version(std::string& json, std::string_view key, const Stamp& stamp) {
  // One small document a key of a page: the pool lies on the stack.
  std::array<char, 4096> memory;
  rapidjson::MemoryPoolAllocator<> pool(memory.data(), memory.size());
  rapidjson::Document document(&pool);
  document.ParseInsitu<kParseFlags>(json.data());
  if (document.HasParseError() || !document.IsObject()) return std::nullopt;
  const Value* format = member(document, "format");
  const Value* own_key = member(document, "key");
  const Value* versions = member(document, "versions");
  if (format == nullptr || !format->IsInt() || format->GetInt() != kFormat) return std::nullopt;
  if (own_key == nullptr || !own_key->IsString() || text_of(*own_key) != key) return std::nullopt;
  if (versions == nullptr || !versions->IsArray()) return std::nullopt;
  for (const Value& value : versions->GetArray()) {
    Stamp own;
    if (!value.IsObject() || !read_stamp(value, own) || own != stamp) continue;
    ListedVersion listed;
    const Value* modified = member(value, "modified");
    if (modified == nullptr || !modified->IsInt64() || !read_text(value, "etag", listed.etag)) return std::nullopt;
    if (!read_text(value, "storageClass", listed.storage_class)) return std::nullopt;
    listed.modified = time_of_microseconds(modified->GetInt64());
    return listed;
  }
  return std::nullopt;
}

}  // namespace objectstore::directory
