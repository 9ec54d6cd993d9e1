// One JSON object on one line, member by member.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace objectstore::cli {

/// Thread-safety: one instance, one thread.
class JsonLine {
 public:
  JsonLine();
  ~JsonLine();
  JsonLine(JsonLine&&) = delete;

  JsonLine& member(std::string_view name, std::string_view value);
  JsonLine& member(std::string_view name, const char* value) { return member(name, std::string_view(value)); }
  JsonLine& member(std::string_view name, std::uint64_t value);
  JsonLine& member(std::string_view name, bool value);
  /// With three digits behind the point.
  JsonLine& member(std::string_view name, double value);
  JsonLine& member(std::string_view name, const std::map<std::string, std::string>& value);
  /// Nothing when `value` is empty.
  JsonLine& member_if(std::string_view name, std::string_view value);
  JsonLine& member_if(std::string_view name, int value);
  /// Opens a nested object until `close`.
  JsonLine& open(std::string_view name);
  JsonLine& close();
  /// The whole object, without a newline.
  std::string text();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace objectstore::cli
