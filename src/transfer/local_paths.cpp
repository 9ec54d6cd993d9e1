// Which paths below a folder a key may become.
#include "transfer/local_paths.h"

#include <algorithm>

#include "base/errors.h"

namespace objectstore::transfer {

namespace {

constexpr std::size_t kLongestName = 255;  // NAME_MAX of every common file system

}  // namespace

Status check_local_path(std::string_view path) {
  const auto refuse = [](std::string_view why) { return base::invalid("no file can have this path: " + std::string(why)); };
  if (path.empty()) return refuse("it is empty");
  if (path.find('\0') != std::string_view::npos) return refuse("it holds a NUL byte");
  if (path.starts_with('/')) return refuse("it begins with '/'");
  if (path.ends_with('/')) return refuse("it ends in '/'");
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t end = std::min(path.find('/', from), path.size());
    const std::string_view name = path.substr(from, end - from);
    if (name.empty()) return refuse("it holds '//'");
    if (name == "." || name == "..") return refuse("'" + std::string(name) + "' is no name");
    if (name.size() > kLongestName) return refuse("a name in it is longer than 255 bytes");
    from = end + 1;
  }
  return {};
}

std::string FilesAsFolders::add(std::string_view path) {
  while (!beginnings_.empty() && !path.starts_with(beginnings_.back())) beginnings_.pop_back();
  const auto blocks = [path](const std::string& file) { return path.size() > file.size() && path[file.size()] == '/'; };
  const auto found = std::ranges::find_if(beginnings_, blocks);
  std::string in_the_way = found == beginnings_.end() ? std::string() : *found;
  beginnings_.emplace_back(path);
  return in_the_way;
}

}  // namespace objectstore::transfer
