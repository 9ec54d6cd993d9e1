// Static keys of a profile, read again whenever one of its files changed.
#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <utility>

#include "credentials/key_pair.h"
#include "credentials/profile.h"
#include "credentials/providers.h"

namespace objectstore {
namespace credentials {
namespace {

constexpr KeyPairNames kKeyNames{"aws_access_key_id", "aws_secret_access_key", "aws_session_token"};

/// File systems stamp changes by the tick of a coarse clock (up to 10 ms): two changes within one look alike. So what was read this soon
/// after a change is not relied upon.
constexpr std::chrono::milliseconds kSettleTime{20};

/// The pair in one file. A key that stands twice could join an id with another pair's secret, so it is refused.
Result<Credentials> pair_in(const ConfigSettings& settings, const std::string& source) {
  const auto value = [&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = settings.find(name);
    if (found == settings.end()) return std::nullopt;
    return found->second.value;
  };
  for (const std::string_view name : {kKeyNames.access_key_id, kKeyNames.secret_access_key, kKeyNames.session_token}) {
    const auto found = settings.find(name);
    if (found == settings.end() || found->second.earlier_lines.empty()) continue;
    return Error{.kind = ErrorKind::unauthenticated,
                 .message = source + ": " + std::string(name) + " is set twice, in lines " +
                            std::to_string(found->second.earlier_lines.back()) + " and " + std::to_string(found->second.line)};
  }
  return make_credentials({value(kKeyNames.access_key_id), value(kKeyNames.secret_access_key), value(kKeyNames.session_token)}, kKeyNames,
                          source);
}

Error no_keys(const Profile& profile) {
  Error error{.kind = ErrorKind::not_found};
  error.message = "profile " + profile.source().name + ": no aws_access_key_id in " + profile.source().credentials_file.string() + " or " +
                  profile.source().config_file.string();
  for (const std::string_view other : {"role_arn", "sso_session", "sso_start_url", "credential_process", "web_identity_token_file"}) {
    if (!profile.find(other)) continue;
    error.message += "; it has " + std::string(other) + ", but only static keys are read";
    break;
  }
  return error;
}

/// The credentials file first. A pair is taken from one file whole: never an id from here with a secret from there.
Result<Credentials> credentials_of(const Profile& profile) {
  if (!profile.exists()) return profile.missing();
  for (const ReadConfig* file : {&profile.credentials_file(), &profile.config_file()}) {
    const ConfigSettings* settings = profile.in(*file);
    if (settings == nullptr) continue;
    if (settings->find(kKeyNames.access_key_id) == settings->end() && settings->find(kKeyNames.secret_access_key) == settings->end())
      continue;
    return pair_in(*settings, "profile " + profile.source().name + " of " + file->file->path().string());
  }
  return no_keys(profile);
}

/// Thread-safety: a mutex guards the cache; whoever finds a changed file reads it while the others wait.
class ProfileProvider final : public CredentialsProvider {
 public:
  ProfileProvider(ProfileSource source, std::shared_ptr<Clock> clock) : source_(std::move(source)), clock_(std::move(clock)) {}

  Result<Credentials> credentials() override {
    const std::lock_guard lock(mutex_);
    if (!settled_ || stamp_of(source_.credentials_file) != credentials_stamp_ || stamp_of(source_.config_file) != config_stamp_) reload();
    return cached_;
  }

  [[nodiscard]] std::string describe() const override {
    return "profile " + source_.name + " of " + source_.credentials_file.string() + " and " + source_.config_file.string();
  }

 private:
  void reload() {
    const std::int64_t started = std::chrono::duration_cast<std::chrono::nanoseconds>(clock_->now().time_since_epoch()).count();
    settled_ = false;
    auto profile = read_profile(source_);
    if (!profile) {
      cached_ = std::move(profile).error();
      cached_.error().kind = ErrorKind::unauthenticated;
      return;
    }
    cached_ = credentials_of(*profile);
    credentials_stamp_ = profile->credentials_file().stamp;
    config_stamp_ = profile->config_file().stamp;
    const std::int64_t newest = std::max(credentials_stamp_.changed_ns, config_stamp_.changed_ns);
    settled_ = newest + std::chrono::nanoseconds(kSettleTime).count() < started;
  }

  const ProfileSource source_;
  const std::shared_ptr<Clock> clock_;

  std::mutex mutex_;
  Result<Credentials> cached_ = Error{};  // guarded by mutex_, as all below
  FileStamp credentials_stamp_;
  FileStamp config_stamp_;
  bool settled_ = false;  ///< the stamps tell every later change
};

}  // namespace

std::shared_ptr<CredentialsProvider> profile_provider(const ProfileOptions& options, const Environment& environment,
                                                      std::shared_ptr<Clock> clock) {
  return std::make_shared<ProfileProvider>(find_profile(options, environment), std::move(clock));
}

}  // namespace credentials

std::shared_ptr<CredentialsProvider> profile_credentials(const ProfileOptions& options) {
  return credentials::profile_provider(options, credentials::process_environment(), system_clock());
}

}  // namespace objectstore
