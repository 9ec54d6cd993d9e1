// Reads XML replies of a server that is not trusted, and writes the little XML that requests need.
#pragma once

#include <cstdint>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "objectstore/result.h"

namespace objectstore::s3 {

/// Deepest nesting that is read. Replies of S3 have 4 levels.
inline constexpr int kMaxXmlDepth = 32;

/// Parses `body` where it lies: `document` points into it, so it must outlive `document` unchanged.
/// Refused before parsing: a document type, UTF-16 and UTF-32, NUL bytes, nesting deeper than kMaxXmlDepth. Errors: corrupt.
Status parse_xml(std::string& body, pugi::xml_document& document);

/// The name of the first element of `body` if it is XML at all, without parsing it; else "".
std::string_view root_name(std::string_view body);

/// The text of an element that holds nothing else; nothing where it holds elements.
std::optional<std::string> text_of(const pugi::xml_node& element);

/// Can XML 1.0 carry `text` exactly (all but control characters, surrogates and U+FFFE/U+FFFF)? `text` is valid UTF-8.
bool fits_xml(std::string_view text);
/// Escapes so that a parser gives back the same bytes, white space included.
void escape_xml_to(std::string& out, std::string_view text);

}  // namespace objectstore::s3
