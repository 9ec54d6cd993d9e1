// The parser of the shared configuration: one pass over lines, values as views into the text.
#include "credentials/config_file.h"

#include <utility>

#include "base/digest.h"
#include "base/encoding.h"

namespace objectstore::credentials {
namespace {

constexpr std::string_view kSpaces = " \t\r\f\v";

std::string_view strip(std::string_view text) {
  const auto first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// Without a comment that white space sets off.
std::string_view strip_comment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if ((text[i] == '#' || text[i] == ';') && (text[i - 1] == ' ' || text[i - 1] == '\t')) return strip(text.substr(0, i));
  }
  return strip(text);
}

/// "profile  'my name'" -> {"profile", "my name"}; one word -> {"", word}.
std::pair<std::string_view, std::string_view> split_header(std::string_view header) {
  const auto unquote = [](std::string_view name) {
    const bool quoted = name.size() >= 2 && (name.front() == '"' || name.front() == '\'') && name.back() == name.front();
    return quoted ? name.substr(1, name.size() - 2) : name;
  };
  const auto space = header.find_first_of(" \t");
  if (space == std::string_view::npos || header.front() == '"' || header.front() == '\'') return {"", unquote(header)};
  return {header.substr(0, space), unquote(strip(header.substr(space)))};
}

}  // namespace

ConfigFile::Text::~Text() {
  base::wipe(bytes.data(), bytes.size());
}

class ConfigFile::Parser {
 public:
  Parser(ConfigFile& file, ConfigFileKind kind) : file_(file), kind_(kind) {}

  Status run(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty()) {
      ++line_;
      const auto end = text.find('\n');
      std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (Status status = take_line(line); !status) return status;
    }
    // `[profile default]` goes before `[default]`.
    if (plain_default_) file_.profiles_.try_emplace("default", std::move(*plain_default_));
    return {};
  }

 private:
  Status take_line(std::string_view line) {
    const std::string_view content = strip(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') return {};
    const auto indent = static_cast<std::size_t>(content.data() - line.data());
    if (setting_ != nullptr && indent > indent_) return take_indented(content);
    if (content.front() == '[') return take_header(content);
    if (section_ == nullptr) return fail("a setting before the first [section]");
    indent_ = indent;
    setting_ = nullptr;
    nested_ = nullptr;
    return take_setting(content, *section_, setting_);
  }

  Status take_header(std::string_view content) {
    const auto end = content.find(']');
    if (end == std::string_view::npos) return fail("a section header without ']'");
    const std::string_view rest = strip(content.substr(end + 1));
    if (!rest.empty() && rest.front() != '#' && rest.front() != ';') return fail("something stands behind the section header");
    const std::string_view header = strip(content.substr(1, end - 1));
    if (header.empty()) return fail("a section header without a name");
    setting_ = nullptr;
    nested_ = nullptr;
    section_ = &section_for(header);
    return {};
  }

  ConfigSettings& section_for(std::string_view header) {
    const auto [type, name] = split_header(header);
    if (kind_ == ConfigFileKind::credentials) return type.empty() ? profile(name) : file_.others_[std::string(header)];
    if (type.empty() && name == "default") return plain_default_ ? *plain_default_ : plain_default_.emplace();
    if (type == "profile" && !name.empty()) return profile(name);
    if (type == "services" && !name.empty()) return file_.services_[std::string(name)];
    return file_.others_[std::string(header)];
  }

  ConfigSettings& profile(std::string_view name) { return file_.profiles_[std::string(name)]; }

  Status take_setting(std::string_view content, ConfigSettings& into, ConfigSetting*& setting) {
    const auto delimiter = content.find_first_of("=:");
    if (delimiter == std::string_view::npos) return fail("neither a [section] nor key = value");
    const std::string key = base::to_lower(strip(content.substr(0, delimiter)));
    if (key.empty()) return fail("a value without a key");
    setting = &into[key];
    if (setting->line != 0) setting->earlier_lines.push_back(setting->line);
    setting->line = line_;
    // Together with its delimiter, so that white space right behind that sets off a comment too.
    setting->value = strip(strip_comment(content.substr(delimiter)).substr(1));
    return {};
  }

  Status take_indented(std::string_view content) {
    if (setting_->value.empty()) return take_setting(content, setting_->nested, nested_);
    const char* begin = setting_->value.data();
    setting_->value = {begin, static_cast<std::size_t>(content.data() + content.size() - begin)};
    return {};
  }

  Error fail(std::string_view what) const {
    return {.kind = ErrorKind::invalid_argument,
            .message = file_.path_.string() + ", line " + std::to_string(line_) + ": " + std::string(what)};
  }

  ConfigFile& file_;
  const ConfigFileKind kind_;
  int line_ = 0;
  std::size_t indent_ = 0;  ///< of `setting_`
  ConfigSettings* section_ = nullptr;
  ConfigSetting* setting_ = nullptr;  ///< the last one at section level, null behind a header
  ConfigSetting* nested_ = nullptr;
  std::optional<ConfigSettings> plain_default_;  ///< `[default]` of a config file
};

Result<ConfigFile> ConfigFile::parse(std::string text, ConfigFileKind kind, std::filesystem::path path) {
  ConfigFile file;
  file.path_ = std::move(path);
  file.text_ = std::make_unique<const Text>(std::move(text));
  const std::string_view bytes = file.text_->bytes;
  const auto refuse = [&](std::string_view what) {
    return Error{.kind = ErrorKind::invalid_argument, .message = file.path_.string() + ": " + std::string(what)};
  };
  if (bytes.size() > kMaxConfigBytes) return refuse("larger than 1 MiB: not a configuration file");
  if (bytes.find('\0') != std::string_view::npos) return refuse("holds a NUL byte: not a text file (UTF-8 is expected)");
  if (Status status = Parser(file, kind).run(bytes); !status) return status.error();
  return file;
}

const ConfigSettings* ConfigFile::profile(std::string_view name) const {
  const auto found = profiles_.find(name);
  return found == profiles_.end() ? nullptr : &found->second;
}

const ConfigSettings* ConfigFile::services(std::string_view name) const {
  const auto found = services_.find(name);
  return found == services_.end() ? nullptr : &found->second;
}

bool ConfigFile::has_section(std::string_view header) const {
  return others_.find(header) != others_.end();
}

}  // namespace objectstore::credentials
