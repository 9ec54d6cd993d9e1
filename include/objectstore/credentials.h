// Who signs: credentials, the providers that find them, and the chain that asks one after the other.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/clock.h"
#include "objectstore/export.h"
#include "objectstore/result.h"

namespace objectstore {

/// A string that is wiped from memory when it goes, cannot be printed by accident and compares in constant time.
class OBJECTSTORE_EXPORT Secret {
 public:
  Secret() = default;
  Secret(std::string value);                         // NOLINT(google-explicit-constructor)
  Secret(std::string_view value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  Secret(const char* value) : value_(value) {}       // NOLINT(google-explicit-constructor)
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  /// The secret itself, for the one place that needs it.
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  bool operator==(const Secret& other) const;

 private:
  std::string value_;
};

/// One identity. All fields belong together: never mix fields of two.
struct Credentials {
  std::string access_key_id = {};  ///< empty = anonymous: requests go out unsigned
  Secret secret_access_key = {};
  Secret session_token = {};  ///< of temporary credentials
  std::optional<SystemTime> expires_at = std::nullopt;
  std::string source = {};  ///< where they were found, e.g. "environment"; not secret

  [[nodiscard]] bool anonymous() const { return access_key_id.empty(); }
};

/// Thread-safety: `credentials` may be called concurrently. It is asked again for every attempt of every request, so a provider
/// that is slow caches.
class OBJECTSTORE_EXPORT CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  /// Errors: not_found (nothing here: a chain asks the next one), unauthenticated (something is here, and it is wrong: a chain
  /// stops; the message names the source, never the value).
  virtual Result<Credentials> credentials() = 0;
  /// For people, e.g. "profile prod of ~/.aws/credentials".
  [[nodiscard]] virtual std::string describe() const = 0;
};

/// Always these. Errors: unauthenticated when a value is blank (only the session token may be) or holds white space, control or non-ASCII
/// characters; so for all providers below.
OBJECTSTORE_EXPORT std::shared_ptr<CredentialsProvider> static_credentials(Credentials credentials);
/// Requests go out unsigned.
OBJECTSTORE_EXPORT std::shared_ptr<CredentialsProvider> anonymous_credentials();
/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN of the process. A key that is set but empty is an error, so that a secret
/// missing in a CI job does not silently hand over to another identity.
OBJECTSTORE_EXPORT std::shared_ptr<CredentialsProvider> environment_credentials();

/// Where the shared configuration lies and which profile counts. Empty fields are taken from AWS_SHARED_CREDENTIALS_FILE,
/// AWS_CONFIG_FILE and AWS_PROFILE (AWS_DEFAULT_PROFILE), then ~/.aws/credentials, ~/.aws/config and "default".
struct ProfileOptions {
  std::string profile = {};
  std::filesystem::path credentials_file = {};
  std::filesystem::path config_file = {};
};
/// Static keys of a profile, read again when a file changed. The pair comes whole from one file, the credentials file first.
/// Errors: not_found (no such profile, or no keys in it), unauthenticated (half a pair, a key that is set twice, a file that cannot be read
/// or has a syntax error: the message names file and line).
OBJECTSTORE_EXPORT std::shared_ptr<CredentialsProvider> profile_credentials(const ProfileOptions& options = {});
/// The first of `providers` that has something. Errors: not_found with what each of them said.
OBJECTSTORE_EXPORT std::shared_ptr<CredentialsProvider> credentials_chain(std::vector<std::shared_ptr<CredentialsProvider>> providers);
/// Environment, then profile. A profile named in `options` goes before the environment and is asked alone, as in the AWS CLI: its absence
/// must not hand over to another identity. Errors: not_found with where was looked and how credentials are set.
OBJECTSTORE_EXPORT std::shared_ptr<CredentialsProvider> default_credentials(const ProfileOptions& options = {});

}  // namespace objectstore
