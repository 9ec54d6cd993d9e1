// Object references as JSON.
#include "objectstore/object_ref.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace objectstore {

namespace {

Error bad_reference(std::string message) {
  return Error{.kind = ErrorKind::invalid_argument, .message = "object reference: " + std::move(message)};
}

Status read_text(const rapidjson::Value& object, const char* member, std::string& out) {
  const auto found = object.FindMember(member);
  if (found == object.MemberEnd()) return bad_reference(std::string("member \"") + member + "\" is missing");
  if (!found->value.IsString()) return bad_reference(std::string("member \"") + member + "\" is not a string");
  out.assign(found->value.GetString(), found->value.GetStringLength());
  return {};
}

}  // namespace

std::string to_json(const ObjectRef& ref) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  const auto text = [&writer](std::string_view name, const std::string& value) {
    writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  text("bucket", ref.bucket);
  text("key", ref.key);
  text("etag", ref.etag);
  writer.Key("size");
  writer.Uint64(ref.size);
  text("contentType", ref.content_type);
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

Result<ObjectRef> parse_object_ref(std::string_view json) {
  // Iterative: the nesting of foreign text must not be able to use up the stack.
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(json.data(), json.size());
  if (document.HasParseError()) {
    return bad_reference(std::string(rapidjson::GetParseError_En(document.GetParseError())) + " (at byte " +
                         std::to_string(document.GetErrorOffset()) + ")");
  }
  if (!document.IsObject()) return bad_reference("not a JSON object");
  ObjectRef ref;
  for (const auto& [member, target] : {std::pair<const char*, std::string*>{"bucket", &ref.bucket},
                                       {"key", &ref.key},
                                       {"etag", &ref.etag},
                                       {"contentType", &ref.content_type}}) {
    if (auto status = read_text(document, member, *target); !status) return status.error();
  }
  const auto size = document.FindMember("size");
  if (size == document.MemberEnd()) return bad_reference("member \"size\" is missing");
  if (!size->value.IsUint64()) return bad_reference("member \"size\" is not a whole number from 0 to 18446744073709551615");
  ref.size = size->value.GetUint64();
  return ref;
}

}  // namespace objectstore
