// Resolves settings: each from the first place that has it, remembering which.
#include "credentials/settings.h"

#include <charconv>
#include <initializer_list>
#include <utility>

#include "base/encoding.h"
#include "base/errors.h"
#include "credentials/profile.h"

namespace objectstore::credentials {
namespace {

using base::invalid;

constexpr int kMaxAttemptsLimit = 100;

/// A value and where it was found; "" = nowhere.
struct Found {
  std::string value;
  std::string source;
};

/// Asks one place after the other.
class Search {
 public:
  Search(const Environment& environment, const Profile& profile) : environment_(environment), profile_(profile) {}

  Search& given(std::string_view value) {
    return take(value, [] { return "given"; });
  }
  Search& variables(std::initializer_list<const char*> names) {
    for (const char* name : names) take(variable(environment_, name), [name] { return name; });
    return *this;
  }
  Search& profile_setting(std::string_view key) {
    if (const auto setting = profile_.find(key)) take(setting->value, [&] { return setting->where; });
    return *this;
  }
  Search& service_setting(std::string_view service, std::string_view key) {
    if (const auto setting = profile_.find_for_service(service, key)) take(setting->value, [&] { return setting->where; });
    return *this;
  }
  Found otherwise(std::string_view value) {
    take(value, [] { return "default"; });
    if (found_.value.empty()) found_.source = "default";
    return std::move(found_);
  }

 private:
  template <class Describe>
  Search& take(std::string_view value, Describe describe) {
    if (found_.value.empty() && !value.empty()) found_ = {std::string(value), describe()};
    return *this;
  }

  const Environment& environment_;
  const Profile& profile_;
  Found found_;
};

Result<int> attempts_of(const Found& found) {
  int attempts = 0;
  const char* end = found.value.data() + found.value.size();
  const auto [stop, failure] = std::from_chars(found.value.data(), end, attempts);
  if (failure == std::errc() && stop == end && attempts >= 1 && attempts <= kMaxAttemptsLimit) return attempts;
  const std::string name = found.source.starts_with("AWS_") ? found.source : "max_attempts (" + found.source + ")";
  return invalid(name + " must be a whole number from 1 to " + std::to_string(kMaxAttemptsLimit));
}

}  // namespace

Result<Settings> resolve_settings(const SettingsRequest& request) {
  const Environment environment = request.environment ? request.environment : process_environment();
  auto profile = load_profile(
      {.profile = request.profile, .credentials_file = request.credentials_file, .config_file = request.config_file}, environment);
  if (!profile) return profile.error();
  if (!profile->exists() && profile->source().named()) {
    Error error = profile->missing();
    error.kind = ErrorKind::unauthenticated;  // not_found would read as if the object were not there
    return error;
  }

  const auto search = [&] { return Search(environment, *profile); };
  const bool only_given = base::equals_ignoring_case(
      search().variables({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"}).profile_setting("ignore_configured_endpoint_urls").otherwise("").value,
      "true");
  const Found endpoint = only_given ? search().given(request.endpoint).otherwise("")
                                    : search()
                                          .given(request.endpoint)
                                          .variables({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "S3_ENDPOINT"})
                                          .service_setting("s3", "endpoint_url")
                                          .profile_setting("endpoint_url")
                                          .otherwise("");
  const Found region =
      search().given(request.region).variables({"AWS_REGION", "AWS_DEFAULT_REGION"}).profile_setting("region").otherwise("us-east-1");
  const Found ca_bundle = search().given(request.ca_bundle).variables({"AWS_CA_BUNDLE"}).profile_setting("ca_bundle").otherwise("");
  const Found attempts = search()
                             .given(request.max_attempts == 0 ? "" : std::to_string(request.max_attempts))
                             .variables({"AWS_MAX_ATTEMPTS"})
                             .profile_setting("max_attempts")
                             .otherwise("3");
  const auto max_attempts = attempts_of(attempts);
  if (!max_attempts) return max_attempts.error();

  return Settings{.endpoint = endpoint.value,
                  .region = region.value,
                  .ca_bundle = ca_bundle.value,
                  .max_attempts = *max_attempts,
                  .profile = profile->source().name,
                  .from = {.endpoint = endpoint.source,
                           .region = region.source,
                           .ca_bundle = ca_bundle.source,
                           .max_attempts = attempts.source,
                           .profile = profile->source().named_by}};
}

}  // namespace objectstore::credentials
