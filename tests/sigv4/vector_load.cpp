// Reads cases of the AWS signing test suite.
#include <rapidjson/document.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/time_format.h"
#include "sigv4/vector_case.h"

namespace objectstore::testing {
namespace {

namespace fs = std::filesystem;
using Json = rapidjson::Value;

Error failure(ErrorKind kind, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

Result<std::string> read_text(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return failure(ErrorKind::not_found, "no file " + path.string());
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) return failure(ErrorKind::not_found, "cannot read " + path.string());
  return text;
}

/// Reads members of one JSON object; remembers the first that has a wrong type.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {}

  void text(const char* name, std::string& out) {
    if (const Json* value = find(name, &Json::IsString)) out.assign(value->GetString(), value->GetStringLength());
  }
  void text(const char* name, std::optional<std::string>& out) {
    if (const Json* value = find(name, &Json::IsString)) out.emplace(value->GetString(), value->GetStringLength());
  }
  void secret(const char* name, Secret& out) {
    std::string value;
    text(name, value);
    if (!value.empty()) out = Secret(value);
  }
  void flag(const char* name, bool& out) {
    if (const Json* value = find(name, &Json::IsBool)) out = value->GetBool();
  }
  void seconds(const char* name, std::chrono::seconds& out) {
    if (const Json* value = find(name, &Json::IsInt64)) out = std::chrono::seconds(value->GetInt64());
  }
  const Json* object(const char* name) { return find(name, &Json::IsObject); }
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

 private:
  const Json* find(const char* name, bool (Json::*is_right)() const) {
    const auto member = object_.FindMember(name);
    if (member == object_.MemberEnd() || member->value.IsNull()) return nullptr;
    if ((member->value.*is_right)()) return &member->value;
    if (wrong_.empty()) wrong_ = name;
    return nullptr;
  }
  const Json& object_;
  std::string wrong_;
};

/// Takes from `json` what it says; the rest of `vector` stays.
Status read_context(const Json& json, VectorCase& vector) {
  if (!json.IsObject()) return failure(ErrorKind::corrupt, vector.name + ": the context is no JSON object");
  Members context(json);
  std::string wrong;
  if (const Json* object = context.object("credentials")) {
    Members credentials(*object);
    credentials.text("access_key_id", vector.credentials.access_key_id);
    credentials.secret("secret_access_key", vector.credentials.secret_access_key);
    credentials.secret("token", vector.credentials.session_token);
    wrong = credentials.wrong();
  }
  context.text("region", vector.region);
  context.text("service", vector.service);
  context.flag("normalize", vector.normalize);
  context.flag("sign_body", vector.sign_body);
  context.flag("omit_session_token", vector.omit_session_token);
  context.seconds("expiration_in_seconds", vector.expires);
  std::string timestamp;
  context.text("timestamp", timestamp);
  if (!timestamp.empty()) {
    const auto time = base::parse_rfc3339(timestamp);
    if (!time) return failure(ErrorKind::corrupt, vector.name + ": no time: " + timestamp);
    vector.time = *time;
  }
  if (wrong.empty()) wrong = context.wrong();
  if (!wrong.empty()) return failure(ErrorKind::corrupt, vector.name + ": the context's '" + wrong + "' has a wrong type");
  return {};
}

Status complete(const VectorCase& vector) {
  const auto missing = [&](const char* what) { return failure(ErrorKind::corrupt, vector.name + ": no " + what); };
  if (vector.request.empty()) return missing("request");
  if (vector.credentials.anonymous() || vector.credentials.secret_access_key.empty()) return missing("credentials");
  if (vector.region.empty() || vector.service.empty()) return missing("region or service");
  if (vector.time == SystemTime{}) return missing("timestamp");
  if (!vector.header.any() && !vector.query.any()) return missing("expected texts");
  for (const ExpectedTexts* form : {&vector.header, &vector.query}) {
    if (form->any() && !form->signature) return missing("signature beside the other expected texts");
  }
  return {};
}

Status read_expected(const fs::path& folder, const std::string& form, ExpectedTexts& out) {
  const auto read = [&](const char* name, std::optional<std::string>& text) -> Status {
    const fs::path path = folder / (form + "-" + name + ".txt");
    std::error_code error;
    if (fs::status(path, error).type() == fs::file_type::not_found) return {};
    auto content = read_text(path);
    if (!content) return content.error();
    text = std::move(*content);
    return {};
  };
  if (auto done = read("canonical-request", out.canonical_request); !done) return done;
  if (auto done = read("string-to-sign", out.string_to_sign); !done) return done;
  if (auto done = read("signature", out.signature); !done) return done;
  return read("signed-request", out.signed_request);
}

Result<VectorCase> load_folder_case(const fs::path& folder) {
  VectorCase vector;
  vector.name = folder.filename().string();
  auto request = read_text(folder / "request.txt");
  if (!request) return request.error();
  vector.request = std::move(*request);
  auto context = read_text(folder / "context.json");
  if (!context) return context.error();
  rapidjson::Document json;
  if (json.Parse(*context).HasParseError()) return failure(ErrorKind::corrupt, vector.name + ": context.json is no JSON");
  if (auto read = read_context(json, vector); !read) return read.error();
  if (auto read = read_expected(folder, "header", vector.header); !read) return read.error();
  if (auto read = read_expected(folder, "query", vector.query); !read) return read.error();
  if (auto whole = complete(vector); !whole) return whole.error();
  return vector;
}

}  // namespace

Result<std::vector<VectorCase>> load_vector_folder(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_directory(error)) paths.push_back(it->path());
    if (error) break;
  }
  if (error) return failure(ErrorKind::not_found, "cannot read " + folder.string() + ": " + error.message());
  if (paths.empty()) return failure(ErrorKind::not_found, folder.string() + " holds no case");
  std::sort(paths.begin(), paths.end());
  std::vector<VectorCase> cases;
  for (const fs::path& path : paths) {
    auto vector = load_folder_case(path);
    if (!vector) return vector.error();
    cases.push_back(std::move(*vector));
  }
  return cases;
}

Result<std::vector<VectorCase>> load_vector_file(const fs::path& file) {
  auto text = read_text(file);
  if (!text) return text.error();
  rapidjson::Document json;
  if (json.Parse(*text).HasParseError() || !json.IsObject() || !json.HasMember("context") || !json.HasMember("cases") ||
      !json["cases"].IsArray()) {
    return failure(ErrorKind::corrupt, file.string() + " is no file of cases");
  }
  VectorCase common;
  common.name = file.filename().string();
  if (auto read = read_context(json["context"], common); !read) return read.error();
  std::vector<VectorCase> cases;
  for (const Json& item : json["cases"].GetArray()) {
    if (!item.IsObject()) return failure(ErrorKind::corrupt, file.string() + ": a case is no JSON object");
    VectorCase vector = common;
    Members members(item);
    members.text("name", vector.name);
    members.text("request", vector.request);
    if (const Json* context = members.object("context")) {
      if (auto read = read_context(*context, vector); !read) return read.error();
    }
    for (const auto& [form, out] : {std::pair{"header", &vector.header}, std::pair{"query", &vector.query}}) {
      const Json* object = members.object(form);
      if (object == nullptr) continue;
      Members texts(*object);
      texts.text("canonical-request", out->canonical_request);
      texts.text("string-to-sign", out->string_to_sign);
      texts.text("signature", out->signature);
      texts.text("signed-request", out->signed_request);
    }
    if (auto whole = complete(vector); !whole) return whole.error();
    cases.push_back(std::move(vector));
  }
  if (cases.empty()) return failure(ErrorKind::not_found, file.string() + " holds no case");
  return cases;
}

}  // namespace objectstore::testing
