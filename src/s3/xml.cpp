// Reads XML replies of a server that is not trusted, and writes the little XML that requests need.
#include "s3/xml.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace objectstore::s3 {

namespace {

constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

Error corrupt(std::string message) {
  return Error{.kind = ErrorKind::corrupt, .message = "the server's XML reply " + std::move(message)};
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Walks over the markup without building anything: nesting and document types are known before the parser allocates.
Status check_markup(std::string_view body) {
  int depth = 0;
  std::size_t at = 0;
  const auto skip_past = [&](std::string_view end) {
    const auto found = body.find(end, at);
    at = found == std::string_view::npos ? body.size() : found + end.size();
  };
  while (true) {
    at = body.find('<', at);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = body.substr(at);
    if (rest.starts_with("<!--")) {
      skip_past("-->");
    } else if (rest.starts_with("<![CDATA[")) {
      skip_past("]]>");
    } else if (rest.starts_with("<?")) {
      skip_past("?>");
    } else if (rest.starts_with("<!")) {
      return corrupt("holds a document type, which is refused");
    } else if (rest.starts_with("</")) {
      --depth;
      at += 2;
    } else {
      char quote = 0;
      for (++at; at < body.size(); ++at) {
        const char c = body[at];
        if (quote != 0) {
          if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
          quote = c;
        } else if (c == '>') {
          break;
        }
      }
      if (at < body.size() && body[at - 1] != '/') ++depth;
      if (depth > kMaxXmlDepth) return corrupt("is nested too deeply");
    }
  }
}

}  // namespace

Status parse_xml(std::string& body, pugi::xml_document& document) {
  const std::string_view view = body;
  if (view.starts_with("\xff\xfe") || view.starts_with("\xfe\xff") || view.find('\0') != std::string_view::npos) {
    return corrupt("is not UTF-8");
  }
  const std::size_t skipped = view.starts_with(kUtf8Mark) ? kUtf8Mark.size() : 0;
  if (std::all_of(view.begin() + static_cast<std::ptrdiff_t>(skipped), view.end(), is_space)) return corrupt("is empty");
  if (auto status = check_markup(view.substr(skipped)); !status) return status;
  constexpr unsigned kOptions = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_ws_pcdata_single;
  const auto outcome = document.load_buffer_inplace(body.data() + skipped, body.size() - skipped, kOptions, pugi::encoding_utf8);
  if (!outcome) return corrupt("cannot be read: " + std::string(outcome.description()) + " at byte " + std::to_string(outcome.offset));
  return {};
}

std::string_view root_name(std::string_view body) {
  if (body.starts_with(kUtf8Mark)) body.remove_prefix(kUtf8Mark.size());
  while (true) {
    while (!body.empty() && is_space(body.front())) body.remove_prefix(1);
    std::string_view end;
    if (body.starts_with("<?")) {
      end = "?>";
    } else if (body.starts_with("<!--")) {
      end = "-->";
    } else {
      break;
    }
    const auto found = body.find(end);
    if (found == std::string_view::npos) return {};
    body.remove_prefix(found + end.size());
  }
  if (!body.starts_with('<')) return {};
  return body.substr(1, std::min(body.find_first_of(" \t\r\n/>", 1), body.size()) - 1);
}

std::optional<std::string> text_of(const pugi::xml_node& element) {
  std::string text;
  for (const auto& child : element.children()) {
    if (child.type() != pugi::node_pcdata && child.type() != pugi::node_cdata) return std::nullopt;
    text += child.value();
  }
  return text;
}

bool fits_xml(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
    if (c == 0xef && text.substr(i).size() >= 3 && text[i + 1] == '\xbf' && (text[i + 2] == '\xbe' || text[i + 2] == '\xbf')) return false;
  }
  return true;
}

void escape_xml_to(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      case '\t': out += "&#9;"; break;
      case '\n': out += "&#10;"; break;
      case '\r': out += "&#13;"; break;
      default: out += c;
    }
  }
}

}  // namespace objectstore::s3
