// What all readers of XML replies need: elements that may stand once, roots, keys, times.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/encoding.h"
#include "base/time_format.h"
#include "objectstore/result.h"
#include "s3/failure.h"
#include "s3/xml.h"

namespace objectstore::s3 {

inline constexpr std::string_view kNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Takes the text of elements that may stand once.
class Once {
 public:
  /// False: it stood there before, or holds elements.
  bool take(const pugi::xml_node& element) {
    if (text_) return false;
    text_ = text_of(element);
    return text_.has_value();
  }
  [[nodiscard]] bool given() const { return text_.has_value(); }
  [[nodiscard]] const std::string& text() const {
    static const std::string kEmpty;
    return text_ ? *text_ : kEmpty;
  }
  std::string& operator*() { return *text_; }

 private:
  std::optional<std::string> text_;
};

/// Parses, and checks the root.
inline Status open_reply(std::string& body, std::string_view root, pugi::xml_document& document) {
  if (auto status = parse_xml(body, document); !status) return status;
  if (const std::string_view name = document.document_element().name(); name != root) {
    return corrupt_reply("<" + std::string(root) + "> was expected, <" + std::string(name.substr(0, 100)) + "> came");
  }
  return {};
}

inline Error malformed(std::string_view element) {
  return corrupt_reply("<" + std::string(element) + "> is missing, doubled or malformed");
}

/// As `encoding-type=url` writes keys: a form value, '+' is a space.
inline std::optional<std::string> decode_key(std::string_view text, bool encoded) {
  if (!encoded) return std::string(text);
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return base::uri_decode(plain);
}

/// Nothing for an empty or missing date; an error for one that is none.
inline Result<SystemTime> read_time(const Once& element, std::string_view name) {
  if (element.text().empty()) return SystemTime{};
  const auto time = base::parse_rfc3339(element.text());
  if (!time) return malformed(name);
  return *time;
}

}  // namespace objectstore::s3
