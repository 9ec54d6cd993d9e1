// Errors of the operating system as typed errors that name the path and the cause.
#pragma once

#include <filesystem>
#include <string_view>

#include "objectstore/result.h"

namespace objectstore::io {

/// "cannot open /a/b: No such file or directory (ENOENT)". `action` is a verb, e.g. "open".
/// Kinds: not_found (ENOENT, ENOTDIR), already_exists (EEXIST), permission_denied (EACCES, EPERM, EROFS), invalid_argument (EISDIR,
/// ENAMETOOLONG, ELOOP), unsupported (EXDEV, ENOTSUP), unavailable (EAGAIN, EBUSY, ESTALE, ETXTBSY), internal (ENOSPC, EDQUOT, EIO, EMFILE
/// and all others).
Error errno_error(std::string_view action, const std::filesystem::path& path, int error_number);

}  // namespace objectstore::io
