// Hosts with their ports, as URLs and Host headers name them.
#pragma once

#include <cstdint>
#include <string_view>

#include "objectstore/result.h"

namespace objectstore::base {

/// A view of the text that was split.
struct Authority {
  std::string_view host;   ///< not empty; an IPv6 address with its brackets. Which characters it may hold is the caller's part.
  std::uint16_t port = 0;  ///< 0 = none is given
};

/// name, name:port, [IPv6] or [IPv6]:port (RFC 3986, section 3.2, without user). Errors: invalid_argument.
Result<Authority> split_authority(std::string_view text);

/// True for four groups of one to three digits: no name has this form.
bool is_ipv4(std::string_view host);

}  // namespace objectstore::base
