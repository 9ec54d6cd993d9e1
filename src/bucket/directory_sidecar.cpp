// Writes and reads sidecars.
#include "bucket/directory_sidecar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "bucket/attributes_json.h"

namespace objectstore::directory {

namespace {

constexpr int kFormat = 1;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

using json::member, json::put_text, json::read_text, json::text_of, json::Value, json::Writer;

std::int64_t microseconds(SystemTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

SystemTime time_of_microseconds(std::int64_t count) {
  return SystemTime(std::chrono::duration_cast<SystemTime::duration>(std::chrono::microseconds(count)));
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
  json::put_attributes(writer, version.attributes);
  if (!version.upload_id.empty()) {
    writer.Key("uploadId");
    put_text(writer, version.upload_id);
  }
  if (!version.part_sizes.empty()) {
    writer.Key("partSizes");
    writer.StartArray();
    for (const auto& run : version.part_sizes) {
      writer.StartArray();
      writer.Uint64(run.count);
      writer.Uint64(run.size);
      writer.EndArray();
    }
    writer.EndArray();
  }
  writer.EndObject();
}

Error corrupt(std::string message) {
  return Error{.kind = ErrorKind::corrupt, .message = "sidecar: " + std::move(message)};
}

bool read_stamp(const Value& object, Stamp& stamp) {
  const Value* size = member(object, "size");
  const Value* mtime = member(object, "mtime");
  if (size == nullptr || !size->IsUint64() || mtime == nullptr || !mtime->IsInt64()) return false;
  stamp = {size->GetUint64(), mtime->GetInt64()};
  return true;
}

bool read_part_sizes(const Value& object, std::vector<PartRun>& runs) {
  const Value* value = member(object, "partSizes");
  if (value == nullptr) return true;
  if (!value->IsArray()) return false;
  for (const Value& run : value->GetArray()) {
    if (!run.IsArray() || run.Size() != 2 || !run[0].IsUint64() || !run[1].IsUint64()) return false;
    runs.push_back({run[0].GetUint64(), run[1].GetUint64()});
  }
  return true;
}

bool read_version(const Value& object, Version& version) {
  if (!object.IsObject() || !read_stamp(object, version.stamp)) return false;
  const Value* modified = member(object, "modified");
  if (modified == nullptr || !modified->IsInt64()) return false;
  version.modified = time_of_microseconds(modified->GetInt64());
  if (!read_text(object, "etag", version.etag) || version.etag.empty()) return false;
  return read_text(object, "uploadId", version.upload_id) && read_part_sizes(object, version.part_sizes) &&
         json::read_attributes(object, version.attributes);
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
