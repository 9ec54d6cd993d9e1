// Splits host and port, and tells addresses from names.
#include "base/authority.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/errors.h"

namespace objectstore::base {

Result<Authority> split_authority(std::string_view text) {
  Authority authority;
  std::size_t end = std::min(text.find(':'), text.size());
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos || end == 1) return invalid("not an IPv6 address in brackets");
    ++end;
  } else if (text.substr(0, end).find_first_of("[]") != std::string_view::npos) {
    return invalid("a bracket in the host's name");
  }
  authority.host = text.substr(0, end);
  if (authority.host.empty()) return invalid("the host is missing");
  if (end == text.size()) return authority;
  if (text[end] != ':') return invalid("something other than a port follows the IPv6 address");
  const auto port = parse_decimal(text.substr(end + 1));
  if (!port || *port < 1 || *port > 65535) return invalid("the port behind the colon must be a number from 1 to 65535");
  authority.port = static_cast<std::uint16_t>(*port);
  return authority;
}

bool is_ipv4(std::string_view host) {
  int parts = 1;
  std::size_t digits = 0;
  for (const char c : host) {
    if (c == '.') {
      if (digits == 0) return false;
      ++parts;
      digits = 0;
    } else if (c >= '0' && c <= '9' && digits < 3) {
      ++digits;
    } else {
      return false;
    }
  }
  return parts == 4 && digits > 0;
}

}  // namespace objectstore::base
