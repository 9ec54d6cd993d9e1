// Does what it is told over the public interface: one JSON command a line on stdin, one JSON reply a line on stdout.
//
//   {"op":"put","bucket":B,"key":K64,"body":B64,...attributes}  {"op":"get"|"head"|"delete"|"presign"|"copy"|"list"|"delete_many",...}
// Keys and bodies are base64, so that every byte passes. A reply is {"ok":true,...} or {"error":{"kind","code","status","message"}}.
// OBJECTSTORE_TEST_S3, OBJECTSTORE_TEST_ACCESS_KEY and OBJECTSTORE_TEST_SECRET_KEY name the server.
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "objectstore/client.h"

using namespace objectstore;

namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

/// One command with typed access; what is absent is "", 0 or empty.
class Command {
 public:
  bool parse(const std::string& line) { return !document_.Parse(line.c_str(), line.size()).HasParseError() && document_.IsObject(); }

  [[nodiscard]] std::string text(const char* name) const {
    const auto found = document_.FindMember(name);
    if (found == document_.MemberEnd() || !found->value.IsString()) return {};
    return {found->value.GetString(), found->value.GetStringLength()};
  }
  [[nodiscard]] std::string bytes(const char* name) const { return base::unbase64(text(name)).value_or(""); }
  [[nodiscard]] unsigned number(const char* name) const {
    const auto found = document_.FindMember(name);
    return found != document_.MemberEnd() && found->value.IsUint() ? found->value.GetUint() : 0;
  }
  [[nodiscard]] std::map<std::string, std::string> map(const char* name) const {
    std::map<std::string, std::string> result;
    const auto found = document_.FindMember(name);
    if (found == document_.MemberEnd() || !found->value.IsObject()) return result;
    for (const auto& member : found->value.GetObject()) {
      result.emplace(std::string(member.name.GetString(), member.name.GetStringLength()),
                     std::string(member.value.GetString(), member.value.GetStringLength()));
    }
    return result;
  }
  [[nodiscard]] std::vector<std::string> many_bytes(const char* name) const {
    std::vector<std::string> result;
    const auto found = document_.FindMember(name);
    if (found == document_.MemberEnd() || !found->value.IsArray()) return result;
    for (const auto& value : found->value.GetArray()) {
      result.push_back(base::unbase64({value.GetString(), value.GetStringLength()}).value_or(""));
    }
    return result;
  }

 private:
  rapidjson::Document document_;
};

void write(Writer& out, const char* name, std::string_view value) {
  out.Key(name);
  out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void write_error(Writer& out, const Error& error) {
  out.Key("error");
  out.StartObject();
  write(out, "kind", to_string(error.kind));
  write(out, "code", error.service_code);
  out.Key("status");
  out.Int(error.http_status);
  write(out, "message", to_string(error));
  out.EndObject();
}

void write_object(Writer& out, const ObjectInfo& object) {
  write(out, "key", base::base64(object.key));
  write(out, "etag", object.etag);
  out.Key("size");
  out.Uint64(object.size);
  write(out, "content_type", object.content_type);
  write(out, "cache_control", object.cache_control);
  write(out, "content_disposition", object.content_disposition);
  write(out, "content_encoding", object.content_encoding);
  write(out, "content_language", object.content_language);
  write(out, "expires", object.expires);
  out.Key("metadata");
  out.StartObject();
  for (const auto& [name, value] : object.metadata) write(out, name.c_str(), value);
  out.EndObject();
}

UploadOptions upload_options(const Command& command) {
  UploadOptions options;
  if (const auto type = command.text("content_type"); !type.empty()) options.content_type = type;
  options.cache_control = command.text("cache_control");
  options.content_disposition = command.text("content_disposition");
  options.content_encoding = command.text("content_encoding");
  options.content_language = command.text("content_language");
  options.expires = command.text("expires");
  options.metadata = command.map("metadata");
  options.tags = command.map("tags");
  if (command.text("condition") == "create") options.condition = CreateOnly{};
  return options;
}

PresignOptions presign_options(const Command& command) {
  PresignOptions options;
  const std::string method = command.text("method");
  if (method == "PUT") options.method = PresignMethod::put;
  if (method == "HEAD") options.method = PresignMethod::head;
  if (method == "DELETE") options.method = PresignMethod::delete_object;
  options.expires = std::chrono::seconds(command.number("expires"));
  for (const auto& [name, value] : command.map("headers")) options.headers.set(name, value);
  return options;
}

/// Does one command; what it returns is written by the caller.
Status run(Bucket& bucket, const Command& command, Writer& out) {
  const std::string op = command.text("op");
  const std::string key = command.bytes("key");
  if (op == "put") {
    const auto done = bucket.upload(key, Body::text(command.bytes("body")), upload_options(command));
    if (!done) return done.error();
    write(out, "etag", done->ref.etag);
    return {};
  }
  if (op == "get") {
    const auto got = bucket.download(key);
    if (!got) return got.error();
    write(out, "body", base::base64(got->content));
    write_object(out, got->object);
    return {};
  }
  if (op == "head") {
    const auto got = bucket.head(key);
    if (!got) return got.error();
    write_object(out, *got);
    return {};
  }
  if (op == "delete") return bucket.delete_object(key);
  if (op == "delete_many") {
    const auto outcomes = bucket.delete_objects(command.many_bytes("keys"));
    if (!outcomes) return outcomes.error();
    out.Key("failed");
    out.StartArray();
    for (const auto& outcome : *outcomes) {
      if (!outcome.error) continue;
      out.StartObject();
      write(out, "key", base::base64(outcome.key));
      write_error(out, *outcome.error);
      out.EndObject();
    }
    out.EndArray();
    return {};
  }
  if (op == "copy") {
    const auto copied = bucket.copy({.key = command.bytes("source")}, key);
    if (!copied) return copied.error();
    write(out, "etag", copied->etag);
    return {};
  }
  if (op == "presign") {
    const auto url = bucket.presign(key, presign_options(command));
    if (!url) return url.error();
    write(out, "url", *url);
    return {};
  }
  if (op == "list") {
    ListOptions options{
        .prefix = command.bytes("prefix"), .delimiter = command.text("delimiter"), .start_after = command.bytes("start_after")};
    if (const auto size = command.number("page_size"); size != 0) options.page_size = size;
    out.Key("entries");
    out.StartArray();
    Status status;
    for (const auto& entry : list_objects(bucket, options)) {
      if (!entry) {
        status = entry.error();
        break;
      }
      out.StartObject();
      write(out, "key", base::base64(entry->object.key));
      out.Key("prefix");
      out.Bool(entry->is_prefix);
      out.Key("size");
      out.Uint64(entry->object.size);
      out.EndObject();
    }
    out.EndArray();
    return status;
  }
  return Error{.kind = ErrorKind::invalid_argument, .message = "no such command: " + op};
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

int main() {
  const auto client = connect({.endpoint = variable("OBJECTSTORE_TEST_S3"),
                               .credentials = static_credentials({.access_key_id = variable("OBJECTSTORE_TEST_ACCESS_KEY"),
                                                                  .secret_access_key = variable("OBJECTSTORE_TEST_SECRET_KEY")})});
  if (!client) {
    std::cerr << "interop_agent: " << to_string(client.error()) << '\n';
    return 1;
  }
  std::string line;
  while (std::getline(std::cin, line)) {
    rapidjson::StringBuffer buffer;
    Writer out(buffer);
    out.StartObject();
    Command command;
    const Status status = command.parse(line) ? run(*client->bucket(command.text("bucket")), command, out)
                                              : Error{.kind = ErrorKind::invalid_argument, .message = "not a JSON object"};
    if (status) {
      out.Key("ok");
      out.Bool(true);
    } else {
      write_error(out, status.error());
    }
    out.EndObject();
    std::cout << buffer.GetString() << std::endl;
  }
}
