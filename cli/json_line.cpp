// One JSON object on one line, over RapidJSON.
#include "json_line.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "text.h"

namespace objectstore::cli {

struct JsonLine::State {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};

  void key(std::string_view name) { writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
  void string(std::string_view value) {
    const std::string checked = valid_utf8(value);
    writer.String(checked.data(), static_cast<rapidjson::SizeType>(checked.size()));
  }
};

JsonLine::JsonLine() : state_(std::make_unique<State>()) {
  state_->writer.StartObject();
}
JsonLine::~JsonLine() = default;

JsonLine& JsonLine::member(std::string_view name, std::string_view value) {
  state_->key(name);
  state_->string(value);
  return *this;
}

JsonLine& JsonLine::member(std::string_view name, std::uint64_t value) {
  state_->key(name);
  state_->writer.Uint64(value);
  return *this;
}

JsonLine& JsonLine::member(std::string_view name, bool value) {
  state_->key(name);
  state_->writer.Bool(value);
  return *this;
}

JsonLine& JsonLine::member(std::string_view name, double value) {
  state_->key(name);
  state_->writer.SetMaxDecimalPlaces(3);
  state_->writer.Double(value);
  return *this;
}

JsonLine& JsonLine::member(std::string_view name, const std::map<std::string, std::string>& value) {
  open(name);
  for (const auto& [key, text] : value) member(key, text);
  return close();
}

JsonLine& JsonLine::member_if(std::string_view name, std::string_view value) {
  return value.empty() ? *this : member(name, value);
}

JsonLine& JsonLine::member_if(std::string_view name, int value) {
  return value <= 0 ? *this : member(name, static_cast<std::uint64_t>(value));
}

JsonLine& JsonLine::open(std::string_view name) {
  state_->key(name);
  state_->writer.StartObject();
  return *this;
}

JsonLine& JsonLine::close() {
  state_->writer.EndObject();
  return *this;
}

std::string JsonLine::text() {
  state_->writer.EndObject();
  return {state_->buffer.GetString(), state_->buffer.GetSize()};
}

}  // namespace objectstore::cli
