// One profile of the shared configuration: which it is, where its files lie, and its settings from both of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "credentials/config_file.h"
#include "credentials/environment.h"
#include "objectstore/credentials.h"
#include "objectstore/result.h"

namespace objectstore::credentials {

/// Which profile of which files.
struct ProfileSource {
  std::string name;
  std::string named_by;  ///< "given", "AWS_PROFILE", "AWS_DEFAULT_PROFILE" or "default"
  std::filesystem::path credentials_file;
  std::filesystem::path config_file;

  /// Somebody asked for this very profile, so it has to be there.
  [[nodiscard]] bool named() const { return named_by != "default"; }
};

/// Fills what `options` leave empty, as ProfileOptions says. A leading "~/" in the variables means the home folder.
ProfileSource find_profile(const ProfileOptions& options, const Environment& environment);

/// A profile's settings; the credentials file goes before the config file, as in the AWS CLI. Move-only: holds both files.
class Profile {
 public:
  struct Setting {
    std::string_view value;
    std::string where;  ///< "profile prod (/home/x/.aws/config, line 4)"
  };

  Profile(ProfileSource source, ReadConfig credentials, ReadConfig config)
      : source_(std::move(source)), credentials_(std::move(credentials)), config_(std::move(config)) {}

  [[nodiscard]] const ProfileSource& source() const { return source_; }
  [[nodiscard]] const ReadConfig& credentials_file() const { return credentials_; }
  [[nodiscard]] const ReadConfig& config_file() const { return config_; }
  /// Null when the file or the profile in it is not there.
  [[nodiscard]] const ConfigSettings* in(const ReadConfig& file) const;
  [[nodiscard]] bool exists() const { return in(credentials_) != nullptr || in(config_) != nullptr; }
  /// The not_found for a profile that is in neither file; says where was looked and what may have been meant.
  [[nodiscard]] Error missing() const;

  /// `key` in lower case.
  [[nodiscard]] std::optional<Setting> find(std::string_view key) const;
  /// From the `[services NAME]` section that the profile names.
  [[nodiscard]] std::optional<Setting> find_for_service(std::string_view service, std::string_view key) const;

 private:
  ProfileSource source_;
  ReadConfig credentials_;
  ReadConfig config_;
};

/// Errors: those of read_config_file. A missing profile is none: see Profile::exists.
Result<Profile> read_profile(ProfileSource source);
Result<Profile> load_profile(const ProfileOptions& options, const Environment& environment);

}  // namespace objectstore::credentials
