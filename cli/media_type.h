// The content type that belongs to a file name.
#pragma once

#include <string_view>

namespace objectstore::cli {

/// By the extension, in any case; "application/octet-stream" where it says nothing. "x.tar.gz" is application/gzip.
std::string_view media_type_of(std::string_view file_name);

}  // namespace objectstore::cli
