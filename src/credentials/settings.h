// Profile, endpoint, region, CA bundle and attempts as the AWS CLI finds them: given, then environment, then profile, then default.
// Source: AWS SDKs and Tools Reference Guide, "Settings reference" and "Service-specific endpoints".
#pragma once

#include <filesystem>
#include <string>

#include "credentials/environment.h"
#include "objectstore/result.h"

namespace objectstore::credentials {

/// What the caller gave. An empty field (0 for max_attempts) is looked for elsewhere.
struct SettingsRequest {
  std::string endpoint = {};
  std::string region = {};
  std::string ca_bundle = {};
  int max_attempts = 0;
  std::string profile = {};
  std::filesystem::path config_file = {};
  std::filesystem::path credentials_file = {};
  Environment environment = nullptr;  ///< null = the process's
};

/// Where a setting was found, for people: "given", "AWS_REGION", "profile prod (/home/x/.aws/config, line 4)", "default".
struct SettingsSources {
  std::string endpoint;
  std::string region;
  std::string ca_bundle;
  std::string max_attempts;
  std::string profile;
};

struct Settings {
  /// Given, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, S3_ENDPOINT, the s3 part of the profile's `services` section, the profile's
  /// endpoint_url; empty = AWS. AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true (or the profile's setting of that name) leaves only a given one.
  std::string endpoint;
  std::string region;     ///< not checked; given, AWS_REGION, AWS_DEFAULT_REGION, the profile's region, us-east-1
  std::string ca_bundle;  ///< given, AWS_CA_BUNDLE, the profile's ca_bundle; empty = the system's
  int max_attempts = 3;   ///< given, AWS_MAX_ATTEMPTS, the profile's max_attempts, 3
  std::string profile;    ///< given, AWS_PROFILE, AWS_DEFAULT_PROFILE, "default"
  SettingsSources from;
};

/// Variables that are set but empty count as not set. Reads the two shared files, when they are there; sends nothing.
/// Errors: unauthenticated (a profile that was named and is in neither file), invalid_argument (a value that cannot be right, naming its variable
/// or its file and line; a file that cannot be read).
Result<Settings> resolve_settings(const SettingsRequest& request);

}  // namespace objectstore::credentials
