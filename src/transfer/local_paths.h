// Which paths below a folder a key may become.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "objectstore/result.h"

namespace objectstore::transfer {

/// Only a path of plain names can be written below a folder without leaving it: no empty one (so no '/' at either end, no "//"), none of "."
/// and "..", none with a NUL byte, none of over 255 bytes. Errors: invalid_argument, which says what is wrong with the path.
Status check_local_path(std::string_view path);

/// Finds, among paths in ascending order, those whose folder is a file before them ("a", then "a/b"): on a disk only one of the two can be.
/// Holds no more than the paths that begin the current one.
class FilesAsFolders {
 public:
  /// The earlier path that stands in the way of `path`; empty = none does.
  std::string add(std::string_view path);

 private:
  std::vector<std::string> beginnings_;  ///< each begins the next, and the last path
};

}  // namespace objectstore::transfer
