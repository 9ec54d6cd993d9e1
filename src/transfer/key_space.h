// Where in the order of keys a further lane of a listing may begin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace objectstore::transfer {

/// A key behind `last`: about `times` as far as `last` lies behind `first`, if keys go on as between these two. Begins with `prefix`, as
/// `first` and `last` do. Nothing where no key can be told that lies behind `last` under the prefix.
/// An estimate: it decides how even the shares of the lanes are, never what is listed. The result is valid UTF-8 when `last` is.
std::optional<std::string> key_ahead(std::string_view first, std::string_view last, std::uint32_t times, std::string_view prefix);

}  // namespace objectstore::transfer
