// Finds the profile's name and files, and its settings in them.
#include "credentials/profile.h"

#include <utility>

namespace objectstore::credentials {
namespace {

std::filesystem::path expand_home(const std::string& path, const Environment& environment) {
  if (!path.starts_with("~/")) return path;
  return home_folder(environment) / path.substr(2);
}

std::filesystem::path file_for(const std::filesystem::path& given, const char* name, const char* in_home, const Environment& environment) {
  if (!given.empty()) return given;
  if (const std::string path = variable(environment, name); !path.empty()) return expand_home(path, environment);
  const std::filesystem::path home = home_folder(environment);
  return home.empty() ? home : home / in_home;
}

/// Where it was looked, for an error.
std::string looked_in(const std::string& path, const ReadConfig& file) {
  return path + (file.file ? "" : " (no such file)");
}

}  // namespace

ProfileSource find_profile(const ProfileOptions& options, const Environment& environment) {
  ProfileSource source{
      .name = options.profile,
      .named_by = "given",
      .credentials_file = file_for(options.credentials_file, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", environment),
      .config_file = file_for(options.config_file, "AWS_CONFIG_FILE", ".aws/config", environment)};
  for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (!source.name.empty()) return source;
    source.name = variable(environment, name);
    source.named_by = name;
  }
  if (!source.name.empty()) return source;
  source.name = "default";
  source.named_by = "default";
  return source;
}

const ConfigSettings* Profile::in(const ReadConfig& file) const {
  return file.file ? file.file->profile(source_.name) : nullptr;
}

Error Profile::missing() const {
  const std::string& name = source_.name;
  std::string text = "profile \"" + name + "\"";
  if (source_.named_by != "given" && source_.named()) text += " (named by " + source_.named_by + ")";
  const std::string credentials_path = source_.credentials_file.string();
  const std::string config_path = source_.config_file.string();
  if (credentials_path.empty() && config_path.empty()) {
    text += ": there is no home folder to look in";
  } else if (!credentials_.file && !config_.file) {
    text += ": neither " + credentials_path + " nor " + config_path + " exists";
  } else {
    text += " is neither in " + looked_in(credentials_path, credentials_) + " nor in " + looked_in(config_path, config_);
  }
  if (config_.file && config_.file->has_section(name)) {
    text += "; the latter has [" + name + "], which has to read [profile " + name + "]";
  } else if (credentials_.file && credentials_.file->has_section("profile " + name)) {
    text += "; the former has [profile " + name + "], which has to read [" + name + "]";
  }
  return {.kind = ErrorKind::not_found, .message = std::move(text)};
}

std::optional<Profile::Setting> Profile::find(std::string_view key) const {
  for (const ReadConfig* file : {&credentials_, &config_}) {
    const ConfigSettings* settings = in(*file);
    if (settings == nullptr) continue;
    const auto found = settings->find(key);
    if (found == settings->end() || found->second.value.empty()) continue;
    return Setting{found->second.value,
                   "profile " + source_.name + " (" + file->file->path().string() + ", line " + std::to_string(found->second.line) + ")"};
  }
  return std::nullopt;
}

std::optional<Profile::Setting> Profile::find_for_service(std::string_view service, std::string_view key) const {
  const auto name = find("services");
  if (!name || !config_.file) return std::nullopt;
  const ConfigSettings* services = config_.file->services(name->value);
  if (services == nullptr) return std::nullopt;
  const auto section = services->find(service);
  if (section == services->end()) return std::nullopt;
  const auto found = section->second.nested.find(key);
  if (found == section->second.nested.end() || found->second.value.empty()) return std::nullopt;
  return Setting{found->second.value, "services " + std::string(name->value) + " (" + config_.file->path().string() + ", line " +
                                          std::to_string(found->second.line) + ")"};
}

Result<Profile> read_profile(ProfileSource source) {
  const auto read = [](const std::filesystem::path& path, ConfigFileKind kind) -> Result<ReadConfig> {
    if (path.empty()) return ReadConfig{};
    return read_config_file(path, kind);
  };
  auto credentials = read(source.credentials_file, ConfigFileKind::credentials);
  if (!credentials) return credentials.error();
  auto config = read(source.config_file, ConfigFileKind::config);
  if (!config) return config.error();
  return Profile(std::move(source), std::move(*credentials), std::move(*config));
}

Result<Profile> load_profile(const ProfileOptions& options, const Environment& environment) {
  return read_profile(find_profile(options, environment));
}

}  // namespace objectstore::credentials
