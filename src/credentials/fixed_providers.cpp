// Credentials that are given: static, anonymous, and those of the environment.
#include <utility>

#include "credentials/key_pair.h"
#include "credentials/providers.h"

namespace objectstore {
namespace credentials {
namespace {

constexpr KeyPairNames kFieldNames{"access key id", "secret access key", "session token"};
constexpr KeyPairNames kVariableNames{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"};

/// Thread-safety: constant after construction.
class StaticProvider final : public CredentialsProvider {
 public:
  explicit StaticProvider(Result<Credentials> credentials) : credentials_(std::move(credentials)) {}
  Result<Credentials> credentials() override { return credentials_; }
  [[nodiscard]] std::string describe() const override { return credentials_ ? credentials_->source : "static credentials"; }

 private:
  const Result<Credentials> credentials_;
};

/// Thread-safety: as safe as the environment is: nobody may change it meanwhile.
class EnvironmentProvider final : public CredentialsProvider {
 public:
  explicit EnvironmentProvider(Environment environment) : environment_(std::move(environment)) {}

  Result<Credentials> credentials() override {
    const auto value = [&](std::string_view name) -> std::optional<std::string_view> {
      const char* found = environment_(name.data());
      if (found == nullptr) return std::nullopt;
      return found;
    };
    const KeyPairValues values{value(kVariableNames.access_key_id), value(kVariableNames.secret_access_key),
                               value(kVariableNames.session_token)};
    if (!values.access_key_id && !values.secret_access_key) {
      return Error{.kind = ErrorKind::not_found, .message = "environment: AWS_ACCESS_KEY_ID is not set"};
    }
    return make_credentials(values, kVariableNames, describe());
  }
  [[nodiscard]] std::string describe() const override { return "environment"; }

 private:
  const Environment environment_;
};

}  // namespace

std::shared_ptr<CredentialsProvider> environment_provider(Environment environment) {
  return std::make_shared<EnvironmentProvider>(std::move(environment));
}

}  // namespace credentials

std::shared_ptr<CredentialsProvider> static_credentials(Credentials credentials) {
  if (credentials.source.empty()) credentials.source = "static credentials";
  auto checked =
      credentials::make_credentials({credentials.access_key_id, credentials.secret_access_key.reveal(), credentials.session_token.reveal()},
                                    credentials::kFieldNames, credentials.source);
  if (checked) checked->expires_at = credentials.expires_at;
  return std::make_shared<credentials::StaticProvider>(std::move(checked));
}

std::shared_ptr<CredentialsProvider> anonymous_credentials() {
  return std::make_shared<credentials::StaticProvider>(Credentials{.source = "anonymous"});
}

std::shared_ptr<CredentialsProvider> environment_credentials() {
  return credentials::environment_provider(credentials::process_environment());
}

}  // namespace objectstore
