// The credentials providers and their chain.
#include "credentials/providers.h"

#include "credentials/fixture.h"
#include "credentials/text.h"
#include "support/catch.h"

using namespace objectstore;
using objectstore::testing::contains;
using objectstore::testing::ends_with;
using objectstore::testing::Home;
using objectstore::testing::starts_with;

namespace {

constexpr const char* kPair = "[default]\naws_access_key_id = AKID\naws_secret_access_key = sEcReT+/=\n";

std::shared_ptr<CredentialsProvider> profile_of(const Home& home, const ProfileOptions& options = {}) {
  return credentials::profile_provider(options, home.environment(), system_clock());
}

std::shared_ptr<CredentialsProvider> defaults_of(const Home& home, const ProfileOptions& options = {}) {
  return credentials::default_provider(options, home.environment(), system_clock());
}

Credentials found(const std::shared_ptr<CredentialsProvider>& provider) {
  auto result = provider->credentials();
  INFO((result ? "" : to_string(result.error())));
  REQUIRE(result);
  return *result;
}

Error refused(const std::shared_ptr<CredentialsProvider>& provider, ErrorKind kind) {
  auto result = provider->credentials();
  REQUIRE_FALSE(result);
  INFO(to_string(result.error()));
  CHECK(result.error().kind == kind);
  return result.error();
}

/// A provider that counts how often it is asked.
class Scripted final : public CredentialsProvider {
 public:
  explicit Scripted(Result<Credentials> answer) : answer_(std::move(answer)) {}
  Result<Credentials> credentials() override {
    ++asked;
    return answer_;
  }
  [[nodiscard]] std::string describe() const override { return "scripted"; }
  int asked = 0;

 private:
  Result<Credentials> answer_;
};

/// Values that no key has, and what is said of them.
struct BadValue {
  std::string value;
  std::string fault;
};
const std::vector<BadValue> kBadValues = {
    {"", "is blank"},
    {" ", "is blank"},
    {"\t\r\n", "is blank"},
    {"CANARY\n", "ends with a line break"},
    {"CANARY\r", "ends with a line break"},
    {"CANARY\r\n", "ends with a line break"},
    {"CAN\nARY", "holds a line break"},
    {"CAN ARY", "holds a space"},
    {" CANARY", "holds a space"},
    {"CANARY ", "holds a space"},
    {"CAN\tARY", "holds a space"},
    {std::string("CAN\0ARY", 7), "holds a control character"},
    {"CAN\x01"
     "ARY",
     "holds a control character"},
    {"CANARY\x7F", "holds a control character"},
    {"CAN\xC3\x84RY", "holds a character outside ASCII"},
    {"CANARY\xFF", "holds a character outside ASCII"},
    {"CANARY\xE2\x80\x8B", "holds a character outside ASCII"},
};

}  // namespace

TEST_CASE("static credentials come back as they were given") {
  const auto expires = SystemTime(std::chrono::seconds(2'000'000'000));
  const auto provider =
      static_credentials({.access_key_id = "AKID", .secret_access_key = "secret", .session_token = "token", .expires_at = expires});
  const Credentials credentials = found(provider);
  CHECK(credentials.access_key_id == "AKID");
  CHECK(credentials.secret_access_key.reveal() == "secret");
  CHECK(credentials.session_token.reveal() == "token");
  CHECK(credentials.expires_at == expires);
  CHECK(credentials.source == "static credentials");
  CHECK(found(static_credentials({.access_key_id = "a", .secret_access_key = "b", .source = "vault"})).source == "vault");
  CHECK(static_credentials({.access_key_id = "a", .secret_access_key = "b", .source = "vault"})->describe() == "vault");
}

TEST_CASE("anonymous credentials are anonymous") {
  const Credentials credentials = found(anonymous_credentials());
  CHECK(credentials.anonymous());
  CHECK(credentials.secret_access_key.empty());
  CHECK(anonymous_credentials()->describe() == "anonymous");
}

TEST_CASE("a value that no key has is refused by source and name, and is not shown") {
  const BadValue bad = GENERATE(from_range(kBadValues));
  CAPTURE(bad.value);
  SECTION("static") {
    Error error = refused(static_credentials({.access_key_id = bad.value, .secret_access_key = "CANARY"}), ErrorKind::unauthenticated);
    CHECK(starts_with(error.message, "static credentials: access key id " + bad.fault));
    CHECK_FALSE(contains(to_string(error), "CAN"));
    error = refused(static_credentials({.access_key_id = "AKID", .secret_access_key = bad.value}), ErrorKind::unauthenticated);
    CHECK(starts_with(error.message, "static credentials: secret access key " + bad.fault));
    CHECK_FALSE(contains(to_string(error), "CAN"));
    if (bad.value.empty()) return;  // no token at all
    error = refused(static_credentials({.access_key_id = "AKID", .secret_access_key = "CANARY", .session_token = bad.value}),
                    ErrorKind::unauthenticated);
    CHECK(starts_with(error.message, "static credentials: session token " + bad.fault));
    CHECK_FALSE(contains(to_string(error), "CAN"));
  }
  SECTION("environment") {
    if (bad.value.find('\0') != std::string::npos) return;  // ends a variable
    Home home;
    home.set("AWS_ACCESS_KEY_ID", bad.value);
    home.set("AWS_SECRET_ACCESS_KEY", "CANARY");
    Error error = refused(credentials::environment_provider(home.environment()), ErrorKind::unauthenticated);
    CHECK(starts_with(error.message, "environment: AWS_ACCESS_KEY_ID " + bad.fault));
    CHECK_FALSE(contains(to_string(error), "CANARY"));
    home.set("AWS_ACCESS_KEY_ID", "AKID");
    home.set("AWS_SECRET_ACCESS_KEY", bad.value);
    error = refused(credentials::environment_provider(home.environment()), ErrorKind::unauthenticated);
    CHECK(starts_with(error.message, "environment: AWS_SECRET_ACCESS_KEY " + bad.fault));
    CHECK_FALSE(contains(to_string(error), "CAN"));
    if (bad.value.empty()) return;
    home.set("AWS_SECRET_ACCESS_KEY", "CANARY");
    home.set("AWS_SESSION_TOKEN", bad.value);
    error = refused(credentials::environment_provider(home.environment()), ErrorKind::unauthenticated);
    CHECK(starts_with(error.message, "environment: AWS_SESSION_TOKEN " + bad.fault));
    CHECK_FALSE(contains(to_string(error), "CAN"));
  }
}

TEST_CASE("the environment gives a pair, and a token where one is set") {
  Home home;
  const auto provider = credentials::environment_provider(home.environment());
  const Error error = refused(provider, ErrorKind::not_found);
  CHECK(error.message == "environment: AWS_ACCESS_KEY_ID is not set");

  home.set("AWS_ACCESS_KEY_ID", "AKID");
  home.set("AWS_SECRET_ACCESS_KEY", "secret");
  home.set("AWS_SESSION_TOKEN", "");  // as many CI systems leave it
  Credentials credentials = found(provider);
  CHECK(credentials.access_key_id == "AKID");
  CHECK(credentials.secret_access_key.reveal() == "secret");
  CHECK(credentials.session_token.empty());
  CHECK(credentials.source == "environment");

  home.set("AWS_SESSION_TOKEN", "token");
  CHECK(found(provider).session_token.reveal() == "token");
}

TEST_CASE("half a pair is an error that names the missing half") {
  Home home;
  SECTION("environment, no secret") {
    home.set("AWS_ACCESS_KEY_ID", "AKID");
    CHECK(refused(credentials::environment_provider(home.environment()), ErrorKind::unauthenticated).message ==
          "environment: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
  }
  SECTION("environment, no id") {
    home.set("AWS_SECRET_ACCESS_KEY", "CANARY");
    CHECK(refused(credentials::environment_provider(home.environment()), ErrorKind::unauthenticated).message ==
          "environment: AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not");
  }
  SECTION("profile, although the other file has the other half") {
    home.write_credentials("[default]\naws_access_key_id = AKID\n");
    home.write_config("[default]\naws_access_key_id = OTHER\naws_secret_access_key = CANARY\n");
    CHECK(refused(profile_of(home), ErrorKind::unauthenticated).message ==
          "profile default of " + home.credentials().string() + ": aws_access_key_id is set, but aws_secret_access_key is not");
  }
}

TEST_CASE("a profile's pair is read from the credentials file, then from the config file") {
  const Home home;
  home.write_config(
      "[default]\naws_access_key_id = CONFIG\naws_secret_access_key = s\n[profile x]\naws_access_key_id=X\naws_secret_access_key=sx\n");
  CHECK(found(profile_of(home)).access_key_id == "CONFIG");
  CHECK(found(profile_of(home)).source == "profile default of " + home.config().string());
  home.write_credentials(std::string(kPair) + "aws_session_token = token\n");
  const Credentials credentials = found(profile_of(home));
  CHECK(credentials.access_key_id == "AKID");
  CHECK(credentials.secret_access_key.reveal() == "sEcReT+/=");
  CHECK(credentials.session_token.reveal() == "token");
  CHECK(credentials.source == "profile default of " + home.credentials().string());
  CHECK(found(profile_of(home, {.profile = "x"})).access_key_id == "X");
  CHECK(profile_of(home, {.profile = "x"})->describe() == "profile x of " + home.credentials().string() + " and " + home.config().string());
}

TEST_CASE("a pair that is spread over merged sections holds, one with a key given twice does not") {
  const Home home;
  home.write_credentials("[default]\naws_access_key_id = AKID\n[other]\nx = y\n[default]\naws_secret_access_key = secret\n");
  CHECK(found(profile_of(home)).secret_access_key.reveal() == "secret");
  home.write_credentials(std::string(kPair) + "[default]\naws_access_key_id = OTHER\n");
  CHECK(refused(profile_of(home), ErrorKind::unauthenticated).message ==
        "profile default of " + home.credentials().string() + ": aws_access_key_id is set twice, in lines 2 and 5");
}

TEST_CASE("bad values in a profile are refused by file and key") {
  const Home home;
  const auto [line, fault] = GENERATE(table<std::string, std::string>({
      {"aws_secret_access_key =", "aws_secret_access_key is blank"},
      {"aws_secret_access_key = CAN ARY", "aws_secret_access_key holds a space"},
      {"aws_secret_access_key = CANARY\n   region = x", "aws_secret_access_key holds a line break"},
      {"aws_secret_access_key = CAN\xC3\x84RY", "aws_secret_access_key holds a character outside ASCII"},
      {"aws_secret_access_key = CAN\x02RY", "aws_secret_access_key holds a control character"},
  }));
  home.write_credentials("[default]\naws_access_key_id = AKID\n" + line + "\n");
  const Error error = refused(profile_of(home), ErrorKind::unauthenticated);
  CHECK(starts_with(error.message, "profile default of " + home.credentials().string() + ": " + fault));
  CHECK_FALSE(contains(to_string(error), "CAN"));
}

TEST_CASE("a shared file that cannot be parsed stops the search") {
  Home home;
  home.write_credentials("[default]\naws_access_key_id = AKID\nCANARY\n");
  const Error error = refused(defaults_of(home), ErrorKind::unauthenticated);
  CHECK(starts_with(error.message, home.credentials().string() + ", line 3: "));
  CHECK_FALSE(contains(to_string(error), "CANARY"));
}

TEST_CASE("a profile without keys says so, and what it has instead") {
  const Home home;
  home.write_config("[profile x]\nregion = eu-west-1\n[profile y]\nrole_arn = arn:aws:iam::1:role/r\n");
  const Error error = refused(profile_of(home, {.profile = "x"}), ErrorKind::not_found);
  CHECK(error.message == "profile x: no aws_access_key_id in " + home.credentials().string() + " or " + home.config().string());
  CHECK(ends_with(refused(profile_of(home, {.profile = "y"}), ErrorKind::not_found).message,
                  "it has role_arn, but only static keys are read"));
  CHECK(contains(refused(profile_of(home, {.profile = "z"}), ErrorKind::not_found).message, "profile \"z\" is neither in"));
}

TEST_CASE("the environment goes before the profile, unless a profile was named") {
  Home home;
  home.write_credentials(std::string(kPair) + "[other]\naws_access_key_id = OTHER\naws_secret_access_key = s\n");
  home.set("AWS_ACCESS_KEY_ID", "ENV");
  home.set("AWS_SECRET_ACCESS_KEY", "s");
  CHECK(found(defaults_of(home)).access_key_id == "ENV");
  CHECK(found(defaults_of(home, {.profile = "other"})).access_key_id == "OTHER");
  CHECK(found(defaults_of(home, {.profile = "default"})).access_key_id == "AKID");
  home.set("AWS_PROFILE", "other");
  CHECK(found(defaults_of(home)).access_key_id == "ENV");
  home.unset("AWS_ACCESS_KEY_ID");
  home.unset("AWS_SECRET_ACCESS_KEY");
  CHECK(found(defaults_of(home)).access_key_id == "OTHER");
}

TEST_CASE("a named profile without keys does not hand over to the environment") {
  Home home;
  home.set("AWS_ACCESS_KEY_ID", "ENV");
  home.set("AWS_SECRET_ACCESS_KEY", "s");
  refused(defaults_of(home, {.profile = "absent"}), ErrorKind::not_found);
}

TEST_CASE("no credentials anywhere: the error says where was looked and how to set them") {
  const Home home;
  const Error error = refused(defaults_of(home), ErrorKind::not_found);
  CHECK(starts_with(error.message, "no credentials (environment: AWS_ACCESS_KEY_ID is not set; profile "));
  CHECK(contains(error.message, "neither " + home.credentials().string() + " nor " + home.config().string() + " exists"));
  CHECK(contains(error.message, "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put"));
  CHECK(error.message.find('\n') == std::string::npos);
}

TEST_CASE("a chain asks in order, goes on after not_found alone, and stops at what it finds") {
  const Credentials pair{.access_key_id = "AKID", .secret_access_key = "s"};
  const auto nothing = std::make_shared<Scripted>(Error{.kind = ErrorKind::not_found, .message = "nothing in the first"});
  const auto something = std::make_shared<Scripted>(pair);
  const auto broken = std::make_shared<Scripted>(Error{.kind = ErrorKind::unauthenticated, .message = "broken"});

  CHECK(found(credentials_chain({nothing, something, broken})).access_key_id == "AKID");
  CHECK(broken->asked == 0);
  CHECK(refused(credentials_chain({nothing, broken, something}), ErrorKind::unauthenticated).message == "broken");
  CHECK(something->asked == 1);
  CHECK(refused(credentials_chain({nothing, nullptr, nothing}), ErrorKind::not_found).message ==
        "no credentials (nothing in the first; nothing in the first)");
  CHECK(found(credentials_chain({credentials_chain({nothing}), something})).access_key_id == "AKID");
  refused(credentials_chain({}), ErrorKind::not_found);
  CHECK(credentials_chain({nothing, something})->describe() == "scripted, then scripted");
}

TEST_CASE("no secret appears in what providers say of themselves or of their faults") {
  const std::string canary = "CANARY7f3a";
  Home home;
  home.set("AWS_ACCESS_KEY_ID", "AKID");
  home.set("AWS_SECRET_ACCESS_KEY", canary);
  home.set("AWS_SESSION_TOKEN", canary);
  home.write_credentials("[default]\naws_access_key_id = AKID\naws_secret_access_key = " + canary + "\naws_session_token = " + canary +
                         "\n");
  const auto pair = static_credentials({.access_key_id = "AKID", .secret_access_key = canary, .session_token = canary});
  for (const auto& provider : {pair, credentials::environment_provider(home.environment()), profile_of(home), defaults_of(home)}) {
    const Credentials credentials = found(provider);
    CHECK(credentials.secret_access_key.reveal() == canary);
    CHECK_FALSE(contains(provider->describe(), canary));
    CHECK_FALSE(contains(credentials.source, canary));
  }
  // Every way to break the line that holds the secret.
  const std::string line = "aws_secret_access_key = " + canary;
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (const char* insertion : {"\n", "\r", " ", "=", "[", "]", "#", "\x01", "\xC3\xA4"}) {
      std::string broken = line;
      broken.insert(i, insertion);
      home.write_credentials("[default]\naws_access_key_id = AKID\n" + broken + "\n");
      const auto result = profile_of(home)->credentials();
      if (!result) CHECK_FALSE(contains(to_string(result.error()), "CANARY"));
    }
  }
}
