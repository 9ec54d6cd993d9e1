// The fields of an event's key: fixed ones from --field, and those that --field-from takes out of the payload.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arguments.h"
#include "objectstore/keys.h"
#include "objectstore/result.h"

namespace objectstore::cli {

/// --template, if it is given. Errors: invalid_argument.
Result<std::optional<KeyTemplate>> read_template(const Arguments& arguments);

/// Fields and id of one payload.
struct EventFields {
  Fields fields;
  std::string id;  ///< empty = a fresh one
};

/// Thread-safety: constant after construction.
class FieldRules {
 public:
  /// Reads --field, --field-from, --id and --id-from. Errors: invalid_argument.
  static Result<FieldRules> read(const Arguments& arguments);
  /// True when a payload has to be looked into.
  [[nodiscard]] bool reads_payload() const { return !from_payload_.empty() || !id_pointer_.empty(); }
  /// Errors: invalid_argument (the payload is no JSON, or has no such member).
  [[nodiscard]] Result<EventFields> apply(std::string_view payload) const;

 private:
  Fields fixed_;
  std::string id_;
  std::vector<std::pair<std::string, std::string>> from_payload_;  ///< field, JSON Pointer
  std::string id_pointer_;
};

}  // namespace objectstore::cli
