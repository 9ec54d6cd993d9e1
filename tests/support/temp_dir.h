// A temporary folder that removes itself, and whole files read and written in one call.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace objectstore::testing {

/// One per test, on the stack.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// The names of everything below, relative and sorted; folders end in '/'.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::filesystem::path path_;
};

/// A file's bytes. Fails the running test when it cannot be read.
std::string read_file(const std::filesystem::path& path);
/// Fails the running test when it cannot be written.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace objectstore::testing
