// Asks one provider after the other, and tells whoever has no credentials yet where they go.
#include <utility>

#include "credentials/providers.h"

namespace objectstore {
namespace credentials {
namespace {

constexpr std::string_view kHowToSet =
    ". Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put aws_access_key_id and aws_secret_access_key below [default] in "
    "~/.aws/credentials; public objects can be read unsigned (--no-sign-request)";

/// Thread-safety: constant after construction.
class Chain final : public CredentialsProvider {
 public:
  Chain(std::vector<std::shared_ptr<CredentialsProvider>> providers, std::string_view hint)
      : providers_(std::move(providers)), hint_(hint) {
    std::erase(providers_, nullptr);
  }

  Result<Credentials> credentials() override {
    std::string looked;
    for (const auto& provider : providers_) {
      auto found = provider->credentials();
      if (found || found.error().kind != ErrorKind::not_found) return found;
      looked += (looked.empty() ? "" : "; ") + found.error().message;
    }
    if (looked.empty()) looked = "nobody to ask";
    return Error{.kind = ErrorKind::not_found, .message = "no credentials (" + looked + ")" + hint_};
  }

  [[nodiscard]] std::string describe() const override {
    std::string text;
    for (const auto& provider : providers_) text += (text.empty() ? "" : ", then ") + provider->describe();
    return text.empty() ? "no credentials provider" : text;
  }

 private:
  std::vector<std::shared_ptr<CredentialsProvider>> providers_;
  std::string hint_;
};

}  // namespace

std::shared_ptr<CredentialsProvider> default_provider(const ProfileOptions& options, const Environment& environment,
                                                      std::shared_ptr<Clock> clock) {
  std::vector<std::shared_ptr<CredentialsProvider>> providers;
  if (options.profile.empty()) providers.push_back(environment_provider(environment));
  providers.push_back(profile_provider(options, environment, std::move(clock)));
  return std::make_shared<Chain>(std::move(providers), kHowToSet);
}

}  // namespace credentials

std::shared_ptr<CredentialsProvider> credentials_chain(std::vector<std::shared_ptr<CredentialsProvider>> providers) {
  return std::make_shared<credentials::Chain>(std::move(providers), "");
}

std::shared_ptr<CredentialsProvider> default_credentials(const ProfileOptions& options) {
  return credentials::default_provider(options, credentials::process_environment(), system_clock());
}

}  // namespace objectstore
