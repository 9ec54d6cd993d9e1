// Where settings come from, and which place wins.
#include "credentials/settings.h"

#include "credentials/fixture.h"
#include "credentials/text.h"
#include "support/catch.h"

using namespace objectstore;
using credentials::resolve_settings;
using credentials::Settings;
using credentials::SettingsRequest;
using objectstore::testing::contains;
using objectstore::testing::ends_with;
using objectstore::testing::Home;
using objectstore::testing::starts_with;
using objectstore::testing::write_file;

namespace {

Settings resolve(const Home& home, SettingsRequest request = {}) {
  request.environment = home.environment();
  auto settings = resolve_settings(request);
  INFO((settings ? "" : to_string(settings.error())));
  REQUIRE(settings);
  return *settings;
}

Error refusal(const Home& home, SettingsRequest request = {}) {
  request.environment = home.environment();
  auto settings = resolve_settings(request);
  REQUIRE_FALSE(settings);
  return settings.error();
}

std::string in_config(const Home& home, std::string_view profile, int line) {
  return "profile " + std::string(profile) + " (" + home.config().string() + ", line " + std::to_string(line) + ")";
}

}  // namespace

TEST_CASE("with nothing set anywhere, AWS in us-east-1 with three attempts is meant") {
  const Home home;
  const Settings settings = resolve(home);
  CHECK(settings.endpoint.empty());
  CHECK(settings.region == "us-east-1");
  CHECK(settings.ca_bundle.empty());
  CHECK(settings.max_attempts == 3);
  CHECK(settings.profile == "default");
  CHECK(settings.from.endpoint == "default");
  CHECK(settings.from.region == "default");
  CHECK(settings.from.ca_bundle == "default");
  CHECK(settings.from.max_attempts == "default");
  CHECK(settings.from.profile == "default");
}

TEST_CASE("the endpoint is taken from the first place that names one") {
  Home home;
  home.write_config(
      "[default]\n"
      "services = local\n"
      "endpoint_url = http://profile\n"
      "[services local]\n"
      "sqs =\n"
      "  endpoint_url = http://wrong\n"
      "s3 =\n"
      "  endpoint_url = http://service\n");
  // From the strongest to the weakest; each step takes one away.
  SettingsRequest request{.endpoint = "http://given"};
  home.set("AWS_ENDPOINT_URL_S3", "http://for-s3");
  home.set("AWS_ENDPOINT_URL", "http://for-all");
  home.set("S3_ENDPOINT", "http://older");
  const auto check = [&](std::string_view endpoint, const std::string& source) {
    const Settings settings = resolve(home, request);
    CHECK(settings.endpoint == endpoint);
    CHECK(settings.from.endpoint == source);
  };
  check("http://given", "given");
  request.endpoint.clear();
  check("http://for-s3", "AWS_ENDPOINT_URL_S3");
  home.unset("AWS_ENDPOINT_URL_S3");
  check("http://for-all", "AWS_ENDPOINT_URL");
  home.set("AWS_ENDPOINT_URL", "");  // empty is not set
  check("http://older", "S3_ENDPOINT");
  home.unset("S3_ENDPOINT");
  check("http://service", "services local (" + home.config().string() + ", line 8)");
  home.write_config("[default]\nservices = absent\nendpoint_url = http://profile\n");
  check("http://profile", in_config(home, "default", 3));
  home.write_config("[default]\nregion = eu-west-1\n");
  check("", "default");
}

TEST_CASE("ignoring configured endpoints leaves only the given one") {
  Home home;
  home.set("AWS_ENDPOINT_URL_S3", "http://for-s3");
  home.set("S3_ENDPOINT", "http://older");
  SECTION("by variable, in any case") {
    home.set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", GENERATE("true", "TRUE", "True"));
    home.write_config("[default]\nendpoint_url = http://profile\n");
    CHECK(resolve(home).endpoint.empty());
    CHECK(resolve(home, {.endpoint = "http://given"}).endpoint == "http://given");
  }
  SECTION("by profile") {
    home.write_config("[default]\nignore_configured_endpoint_urls = true\nendpoint_url = http://profile\n");
    CHECK(resolve(home).endpoint.empty());
  }
  SECTION("the variable goes before the profile, and anything else than true means no") {
    home.set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false");
    home.write_config("[default]\nignore_configured_endpoint_urls = true\n");
    CHECK(resolve(home).endpoint == "http://for-s3");
  }
}

TEST_CASE("region, CA bundle and attempts: given, then environment, then profile") {
  Home home;
  home.write_config("[default]\nregion = eu-west-3\nca_bundle = /profile.pem\nmax_attempts = 7\n");
  Settings settings = resolve(home);
  CHECK(settings.region == "eu-west-3");
  CHECK(settings.from.region == in_config(home, "default", 2));
  CHECK(settings.ca_bundle == "/profile.pem");
  CHECK(settings.from.ca_bundle == in_config(home, "default", 3));
  CHECK(settings.max_attempts == 7);
  CHECK(settings.from.max_attempts == in_config(home, "default", 4));

  home.set("AWS_DEFAULT_REGION", "eu-west-2");
  home.set("AWS_CA_BUNDLE", "/variable.pem");
  home.set("AWS_MAX_ATTEMPTS", "5");
  settings = resolve(home);
  CHECK(settings.region == "eu-west-2");
  CHECK(settings.from.region == "AWS_DEFAULT_REGION");
  CHECK(settings.ca_bundle == "/variable.pem");
  CHECK(settings.from.ca_bundle == "AWS_CA_BUNDLE");
  CHECK(settings.max_attempts == 5);
  CHECK(settings.from.max_attempts == "AWS_MAX_ATTEMPTS");

  home.set("AWS_REGION", "eu-west-1");
  CHECK(resolve(home).region == "eu-west-1");

  settings = resolve(home, {.region = "auto", .ca_bundle = "/given.pem", .max_attempts = 1});
  CHECK(settings.region == "auto");
  CHECK(settings.ca_bundle == "/given.pem");
  CHECK(settings.max_attempts == 1);
  CHECK(settings.from.max_attempts == "given");
}

TEST_CASE("the profile is the given one, then AWS_PROFILE, then AWS_DEFAULT_PROFILE") {
  Home home;
  home.write_config("[default]\nregion=r0\n[profile a]\nregion=r1\n[profile b]\nregion=r2\n[profile c]\nregion=r3\n");
  CHECK(resolve(home).region == "r0");
  home.set("AWS_DEFAULT_PROFILE", "c");
  CHECK(resolve(home).region == "r3");
  CHECK(resolve(home).from.profile == "AWS_DEFAULT_PROFILE");
  home.set("AWS_PROFILE", "b");
  CHECK(resolve(home).region == "r2");
  CHECK(resolve(home).profile == "b");
  const Settings settings = resolve(home, {.profile = "a"});
  CHECK(settings.region == "r1");
  CHECK(settings.profile == "a");
  CHECK(settings.from.profile == "given");
}

TEST_CASE("a setting in the credentials file goes before the config file's") {
  const Home home;
  home.write_config("[profile a]\nregion = from-config\nca_bundle = /config.pem\n");
  home.write_credentials("[a]\nregion = from-credentials\n");
  const Settings settings = resolve(home, {.profile = "a"});
  CHECK(settings.region == "from-credentials");
  CHECK(settings.from.region == "profile a (" + home.credentials().string() + ", line 2)");
  CHECK(settings.ca_bundle == "/config.pem");
}

TEST_CASE("the files are the given ones, then those of the variables, then those in the home folder") {
  Home home;
  home.write_config("[default]\nregion = home\n");
  CHECK(resolve(home).region == "home");
  write_file(home.folder / "variable", "[default]\nregion = variable\n");
  home.set("AWS_CONFIG_FILE", (home.folder / "variable").string());
  CHECK(resolve(home).region == "variable");
  home.set("AWS_CONFIG_FILE", "~/variable");
  CHECK(resolve(home).region == "variable");
  write_file(home.folder / "given", "[default]\nregion = given\n");
  CHECK(resolve(home, {.config_file = home.folder / "given"}).region == "given");
  write_file(home.folder / "keys", "[default]\nregion = keys\n");
  home.set("AWS_SHARED_CREDENTIALS_FILE", (home.folder / "keys").string());
  CHECK(resolve(home).region == "keys");
  home.set("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
  home.set("AWS_CONFIG_FILE", "/dev/null");
  CHECK(resolve(home).region == "us-east-1");
}

TEST_CASE("a named profile that does not exist is unauthenticated, with the places that were searched") {
  Home home;
  home.write_config("[default]\nregion = eu-west-1\n[lonely]\nregion = x\n");
  SECTION("given") {
    const Error error = refusal(home, {.profile = "prod"});
    CHECK(error.kind == ErrorKind::unauthenticated);
    CHECK(error.message ==
          "profile \"prod\" is neither in " + home.credentials().string() + " (no such file) nor in " + home.config().string());
  }
  SECTION("named by a variable") {
    home.set("AWS_PROFILE", "prod");
    const Error error = refusal(home);
    CHECK(error.kind == ErrorKind::unauthenticated);
    CHECK(contains(error.message, "\"prod\" (named by AWS_PROFILE)"));
  }
  SECTION("with a hint where the header only lacks a word, or has one too many") {
    CHECK(ends_with(refusal(home, {.profile = "lonely"}).message, "the latter has [lonely], which has to read [profile lonely]"));
    home.write_credentials("[profile prod]\n");
    CHECK(ends_with(refusal(home, {.profile = "prod"}).message, "the former has [profile prod], which has to read [prod]"));
  }
  SECTION("in either file is enough") {
    home.write_credentials("[prod]\n");
    CHECK(resolve(home, {.profile = "prod"}).profile == "prod");
  }
}

TEST_CASE("a number of attempts that is none names the place it stands in") {
  Home home;
  const auto value = GENERATE("0", "-1", "3x", "abc", " 3", "101", "99999999999999999999");
  CAPTURE(value);
  SECTION("variable") {
    home.set("AWS_MAX_ATTEMPTS", value);
    const Error error = refusal(home);
    CHECK(error.kind == ErrorKind::invalid_argument);
    CHECK(error.message == "AWS_MAX_ATTEMPTS must be a whole number from 1 to 100");
  }
  SECTION("profile") {
    if (value == std::string(" 3")) return;  // trimmed there
    home.write_config("[default]\nmax_attempts = " + std::string(value) + "\n");
    const Error error = refusal(home);
    CHECK(error.kind == ErrorKind::invalid_argument);
    CHECK(error.message == "max_attempts (" + in_config(home, "default", 2) + ") must be a whole number from 1 to 100");
  }
}

TEST_CASE("given attempts below zero are refused") {
  const Home home;
  CHECK(refusal(home, {.max_attempts = -1}).kind == ErrorKind::invalid_argument);
}

TEST_CASE("a broken shared file fails the resolution with file and line") {
  const Home home;
  SECTION("config") {
    home.write_config("[default]\nregion = eu-west-1\nbroken\n");
    const Error error = refusal(home);
    CHECK(error.kind == ErrorKind::invalid_argument);
    CHECK(starts_with(error.message, home.config().string() + ", line 3: "));
  }
  SECTION("credentials") {
    home.write_credentials("aws_access_key_id = x\n");
    const Error error = refusal(home);
    CHECK(error.kind == ErrorKind::invalid_argument);
    CHECK(starts_with(error.message, home.credentials().string() + ", line 1: "));
  }
}
