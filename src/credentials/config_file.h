// The AWS shared configuration: reads ~/.aws/config and ~/.aws/credentials into sections and settings.
//
// The format (AWS SDKs and Tools Reference Guide, "Shared config and credentials files"):
//   # comment, ; comment                     a whole line, or behind white space at the end of a header or setting
//   [default]  [profile NAME]                profiles in the config file; the credentials file has [NAME] alone
//   [services NAME]  [sso-session NAME]      other sections of the config file; NAME may stand in quotes
//   key = value                              also with ':'; keys in any case; the first delimiter counts
//   key =                                    followed by deeper indented lines `sub = value`: nested settings
// A deeper indented line below a setting that has a value continues it (as in the AWS CLI), the line break included.
// Sections of one name are merged, the later setting wins; settings that nobody asks for are kept. A byte order mark, CRLF and a missing
// last line break are fine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/result.h"

namespace objectstore::credentials {

/// Larger files are refused.
inline constexpr std::size_t kMaxConfigBytes = 1u << 20;

enum class ConfigFileKind : std::uint8_t { config, credentials };

/// One setting. `value` points into the file's text.
struct ConfigSetting {
  std::string_view value;
  int line = 0;                         ///< of the value that counts
  std::vector<int> earlier_lines = {};  ///< where the same key stood before, in sections of the same name
  std::map<std::string, ConfigSetting, std::less<>> nested = {};
};

using ConfigSettings = std::map<std::string, ConfigSetting, std::less<>>;  ///< by lower-case key

/// One parsed file. Move-only; its text, which may hold secrets, is wiped when it goes.
class ConfigFile {
 public:
  /// Errors: invalid_argument, naming `path` and the line, never a value.
  static Result<ConfigFile> parse(std::string text, ConfigFileKind kind, std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Null when there is none of that name.
  [[nodiscard]] const ConfigSettings* profile(std::string_view name) const;
  /// `[services NAME]`
  [[nodiscard]] const ConfigSettings* services(std::string_view name) const;
  /// A section whose header is just this, e.g. "prod" of the config file, where "profile prod" was meant.
  [[nodiscard]] bool has_section(std::string_view header) const;

 private:
  class Parser;
  struct Text {
    std::string bytes;
    explicit Text(std::string&& from) : bytes(std::move(from)) {}
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;
    ~Text();
  };

  ConfigFile() = default;

  std::filesystem::path path_;
  std::unique_ptr<const Text> text_;
  std::map<std::string, ConfigSettings, std::less<>> profiles_;
  std::map<std::string, ConfigSettings, std::less<>> services_;
  std::map<std::string, ConfigSettings, std::less<>> others_;
};

/// What tells one state of a file from another.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = -1;  ///< -1 = no such file
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_of(const std::filesystem::path& path);

struct ReadConfig {
  std::optional<ConfigFile> file;  ///< nothing = no such file
  FileStamp stamp;                 ///< of the bytes that were read
};

/// Reads and parses a file. /dev/null counts as empty.
/// Errors: invalid_argument, naming the file: it cannot be read, is no regular file, is too large, holds a NUL byte or a syntax error.
Result<ReadConfig> read_config_file(const std::filesystem::path& path, ConfigFileKind kind);

}  // namespace objectstore::credentials
