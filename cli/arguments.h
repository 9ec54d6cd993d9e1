// The command line in parts: which command, which flags with which values, and the operands.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "command.h"
#include "objectstore/result.h"

namespace objectstore::cli {

/// Flags and operands as they were given. All flags of the command and the global ones may be asked for.
class Arguments {
 public:
  [[nodiscard]] bool has(std::string_view flag) const { return values_.contains(flag); }
  /// The last value given, or nothing.
  [[nodiscard]] std::optional<std::string> value(std::string_view flag) const;
  [[nodiscard]] std::string value_or_empty(std::string_view flag) const { return value(flag).value_or(std::string()); }
  /// Every value given, in order.
  [[nodiscard]] std::span<const std::string> values(std::string_view flag) const;
  [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }

  void add(std::string_view flag, std::string value);
  void add_operand(std::string operand) { operands_.push_back(std::move(operand)); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> operands_;
};

/// What a command line asks for. `command` is null for the bare program, or a group without its second word (`group` names it).
struct ParsedLine {
  const Command* command = nullptr;
  std::string group;
  Arguments arguments;
  bool help = false;
  bool version = false;
  std::optional<Error> usage_error;  ///< invalid_argument; what was understood before it stands in the other members
};

ParsedLine parse_line(std::vector<std::string> words);

}  // namespace objectstore::cli
