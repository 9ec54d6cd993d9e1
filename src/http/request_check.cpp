// Character rules of RFC 9110 and RFC 3986, one pass per part.
#include "http/request_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/authority.h"
#include "base/errors.h"

namespace objectstore::http {
namespace {

using base::invalid;

enum Class : std::uint8_t { kToken = 1, kPath = 2, kQuery = 4, kHost = 8, kValue = 16 };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 0; c < 256; ++c) {
    bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    bool visible = c > 0x20 && c < 0x7f;
    unsigned found = 0;
    if (alphanumeric) found |= kToken;
    if (visible && c != '#') found |= kQuery;
    if (visible && c != '#' && c != '?') found |= kPath;
    if (alphanumeric || c == '-' || c == '.' || c == '_' || c == ':' || c == '[' || c == ']' || c == '~') found |= kHost;
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) found |= kValue;
    classes[c] = static_cast<std::uint8_t>(found);
  }
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) classes[static_cast<unsigned char>(c)] |= kToken;
  return classes;
}

constexpr auto kClasses = make_classes();

bool all(std::string_view text, Class wanted) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0; });
}

}  // namespace

Status check_request(const HttpRequest& request) {
  if (request.method.empty() || !all(request.method, kToken)) return invalid("the HTTP method is no token");
  if (request.scheme != "https" && request.scheme != "http") return invalid("the URL's scheme is neither http nor https");
  if (!all(request.host, kHost) || !base::split_authority(request.host)) {
    return invalid("the URL's host is no authority (name, name:port or [IPv6]:port)");
  }
  if (!request.path.starts_with('/') || !all(request.path, kPath)) {
    return invalid("the URL's path must begin with '/' and be percent-encoded");
  }
  if (!all(request.query, kQuery)) return invalid("the URL's query must be percent-encoded");
  for (const Header& header : request.headers) {
    if (header.name.empty() || !all(header.name, kToken)) return invalid("a header's name is no token");
    if (!all(header.value, kValue)) return invalid("the value of header " + header.name + " holds a control character");
    if (header.name == "transfer-encoding") return invalid("the transport frames bodies itself: no transfer-encoding header");
  }
  return {};
}

}  // namespace objectstore::http
