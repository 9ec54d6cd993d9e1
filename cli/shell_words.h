// A line split into words as a POSIX shell does, without any expansion.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "objectstore/result.h"

namespace objectstore::cli {

/// The words of `line` (POSIX.1-2017, Shell Command Language, 2.2 and 2.3): blanks part them; '...' keeps all; "..." keeps all but a backslash
/// in front of $ ` " \; a backslash outside of quotes keeps what follows; a word that begins with # ends the line. Everything else is an
/// ordinary character: nothing is expanded, redirected or joined. None where the line is blank or a comment.
/// Errors: invalid_argument (a quote that is not closed, a backslash at the end, a NUL byte).
Result<std::vector<std::string>> shell_words(std::string_view line);

}  // namespace objectstore::cli
