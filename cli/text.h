// Text for people: names shown so that no byte of them can break a line or steer a terminal.
#pragma once

#include <string>
#include <string_view>

namespace objectstore::cli {

/// `name` as it is, or in double quotes with C escapes when it holds control characters or invalid UTF-8, or begins with a double quote.
std::string shown(std::string_view name);
/// `text` with its control characters (tab excepted) escaped: safe as part of one line.
std::string one_line(std::string_view text);
/// `text` with every ill-formed byte replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace objectstore::cli
