// Builds the canonical request.
#include "sigv4/canonical_request.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/encoding.h"

namespace objectstore::sigv4 {
namespace {

/// The byte of the escape with which `text` begins, if it begins with one.
std::optional<char> leading_escape(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  std::uint8_t byte = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
  if (error != std::errc() || end != text.data() + 3) return std::nullopt;
  return static_cast<char>(byte);
}

/// Escapes what must be escaped and is not yet; escapes that stand there stay as they are.
void append_escaped_once(std::string& out, std::string_view path) {
  while (!path.empty()) {
    const std::size_t percent = std::min(path.find('%'), path.size());
    base::uri_encode_to(out, path.substr(0, percent), true);
    path.remove_prefix(percent);
    if (path.empty()) return;
    const std::size_t length = leading_escape(path) ? 3 : 1;
    if (length == 3) {
      out.append(path, 0, length);
    } else {
      out += "%25";
    }
    path.remove_prefix(length);
  }
}

/// Decodes and escapes again, so that every spelling of a query part comes out the same.
void append_escaped_anew(std::string& out, std::string_view part) {
  while (!part.empty()) {
    const std::size_t percent = std::min(part.find('%'), part.size());
    base::uri_encode_to(out, part.substr(0, percent), false);
    part.remove_prefix(percent);
    if (part.empty()) return;
    const std::optional<char> byte = leading_escape(part);
    base::uri_encode_to(out, std::string_view(byte ? &*byte : part.data(), 1), false);
    part.remove_prefix(byte ? 3 : 1);
  }
}

/// Empty segments and "." go, ".." takes the segment before it along; a slash at the end stays.
std::string normalized(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    at = end + 1;
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  std::string out;
  out.reserve(path.size());
  for (const std::string_view segment : segments) {
    out += '/';
    out += segment;
  }
  if (segments.empty() || path.back() == '/') out += '/';
  return out;
}

void append_path(std::string& out, std::string_view path, const PathRules& rules) {
  std::string normal;
  if (rules.normalize) {
    normal = normalized(path);
    path = normal;
  }
  if (path.empty()) path = "/";
  if (rules.encode_again) {
    base::uri_encode_to(out, path, true);
  } else {
    append_escaped_once(out, path);
  }
}

void append_query(std::string& out, std::string_view query) {
  if (query.empty()) return;
  struct Parameter {
    std::string_view name, value;
  };
  const auto count = static_cast<std::size_t>(std::count(query.begin(), query.end(), '&')) + 1;
  std::string escaped;
  escaped.reserve(3 * query.size());  // never grows from here on: the views stay good
  std::vector<Parameter> parameters;
  parameters.reserve(count);
  const auto escape = [&escaped](std::string_view part) {
    const std::size_t start = escaped.size();
    append_escaped_anew(escaped, part);
    return std::string_view(escaped).substr(start);
  };
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string_view parameter = query.substr(at, end - at);
    at = end + 1;
    if (parameter.empty()) continue;
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    const std::string_view name = escape(parameter.substr(0, equals));
    const std::string_view value = equals < parameter.size() ? escape(parameter.substr(equals + 1)) : std::string_view();
    parameters.push_back({name, value});
  }
  std::sort(parameters.begin(), parameters.end(),
            [](const Parameter& a, const Parameter& b) { return a.name != b.name ? a.name < b.name : a.value < b.value; });
  bool first = true;
  for (const Parameter& parameter : parameters) {
    if (!first) out += '&';
    first = false;
    out += parameter.name;
    out += '=';
    out += parameter.value;
  }
}

/// Calls `visit(name, value)` for each signed header in order; `host` takes its place among the others.
template <class Visit>
void for_each_signed_header(const HttpRequest& request, Visit visit) {
  bool host_done = false;
  for (const Header& header : request.headers) {
    if (header.name == "authorization" || header.name == "host") continue;
    if (!host_done && header.name > "host") {
      visit(std::string_view("host"), std::string_view(request.host));
      host_done = true;
    }
    visit(std::string_view(header.name), std::string_view(header.value));
  }
  if (!host_done) visit(std::string_view("host"), std::string_view(request.host));
}

}  // namespace

void append_signed_headers(std::string& out, const HttpRequest& request) {
  std::string_view previous;
  for_each_signed_header(request, [&](std::string_view name, std::string_view) {
    if (name == previous) return;
    if (!previous.empty()) out += ';';
    out += name;
    previous = name;
  });
}

Span append_canonical_request(std::string& out, const HttpRequest& request, std::string_view query, std::string_view payload_hash,
                              const PathRules& paths) {
  out += request.method;
  out += '\n';
  append_path(out, request.path, paths);
  out += '\n';
  append_query(out, query);
  std::string_view previous;
  for_each_signed_header(request, [&](std::string_view name, std::string_view value) {
    if (name == previous) {
      out += ',';
    } else {
      out += '\n';
      out += name;
      out += ':';
      previous = name;
    }
    base::collapse_spaces_to(out, value);
  });
  out += "\n\n";
  Span names{out.size(), 0};
  append_signed_headers(out, request);
  names.size = out.size() - names.begin;
  out += '\n';
  out += payload_hash;
  return names;
}

}  // namespace objectstore::sigv4
