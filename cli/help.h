// Help for people, and the man page, from the command table.
#pragma once

#include <string>
#include <string_view>

#include "command.h"

namespace objectstore::cli {

/// What `objstore --help` shows.
std::string overview();
/// What `objstore COMMAND --help` shows.
std::string help_of(const Command& command);
/// The commands of a group, e.g. "event".
std::string help_of_group(std::string_view group);
/// objstore(1), as roff.
std::string man_page();

/// "objstore 0.1.0"
std::string version_line();

}  // namespace objectstore::cli
