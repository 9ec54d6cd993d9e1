// connect(): which backend an endpoint means; addresses; object references.
#include "objectstore/client.h"

#include <cstdlib>

#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

using namespace objectstore;
using namespace objectstore::testing;

namespace {

/// Sets variables of the process for one test.
class WithEnvironment {
 public:
  explicit WithEnvironment(std::vector<std::pair<const char*, const char*>> variables) : variables_(std::move(variables)) {
    for (const auto& [name, value] : variables_) {
      const char* old = std::getenv(name);
      old_.push_back(old != nullptr ? std::optional<std::string>(old) : std::nullopt);
      value != nullptr ? setenv(name, value, 1) : unsetenv(name);
    }
  }
  ~WithEnvironment() {
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      old_[i] ? setenv(variables_[i].first, old_[i]->c_str(), 1) : unsetenv(variables_[i].first);
    }
  }
  WithEnvironment(const WithEnvironment&) = delete;
  WithEnvironment& operator=(const WithEnvironment&) = delete;

 private:
  std::vector<std::pair<const char*, const char*>> variables_;
  std::vector<std::optional<std::string>> old_;
};

const std::vector<std::pair<const char*, const char*>> kNothingSet = {
    {"AWS_ENDPOINT_URL_S3", nullptr}, {"AWS_ENDPOINT_URL", nullptr},
    {"S3_ENDPOINT", nullptr},         {"AWS_REGION", nullptr},
    {"AWS_DEFAULT_REGION", nullptr},  {"AWS_PROFILE", nullptr},
    {"AWS_CONFIG_FILE", "/dev/null"}, {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"}};

std::string described(ConnectOptions options) {
  options.credentials = anonymous_credentials();
  const auto client = connect(std::move(options));
  return client ? client->describe() : "<" + std::string(to_string(client.error().kind)) + "> " + client.error().message;
}

}  // namespace

TEST_CASE("the endpoint says which backend it is") {
  WithEnvironment environment(kNothingSet);
  const TempDir folder;
  CHECK(described({.endpoint = "memory:"}).find("memory") != std::string::npos);
  CHECK(described({.endpoint = "file:" + (folder / "data").string()}).find((folder / "data").string()) != std::string::npos);
  CHECK(described({.endpoint = "file://" + (folder / "data").string()}).find((folder / "data").string()) != std::string::npos);
  CHECK(described({.endpoint = "http://127.0.0.1:9000"}).find("s3 at http://127.0.0.1:9000, region us-east-1") == 0);
  CHECK(described({.region = "eu-west-1"}).find("s3 at AWS, region eu-west-1") == 0);
  CHECK(described({.endpoint = "https://s3.ap-south-1.amazonaws.com"}).find("region ap-south-1") != std::string::npos);
  CHECK(described({.endpoint = "https://s3.ap-south-1.amazonaws.com", .region = "eu-west-1"}).find("region eu-west-1") !=
        std::string::npos);
}

TEST_CASE("without an endpoint the environment's is taken, local ones included") {
  auto variables = kNothingSet;
  variables.emplace_back("AWS_ENDPOINT_URL_S3", "memory:");
  WithEnvironment environment(variables);
  CHECK(described({}).find("memory") != std::string::npos);
  CHECK(described({.endpoint = "http://127.0.0.1:9000"}).find("s3 at http://127.0.0.1:9000") == 0);
}

TEST_CASE("a wrong endpoint, region or addressing is invalid_argument and names where it came from") {
  auto variables = kNothingSet;
  variables.emplace_back("S3_ENDPOINT", "http://canary:canary@host");
  WithEnvironment environment(variables);
  for (const char* endpoint : {"memory:x", "file:", "file://host/path", "localhost:9000", "ftp://x", "http://u:canary@h"}) {
    const auto text = described({.endpoint = endpoint});
    CAPTURE(endpoint, text);
    CHECK(text.find("<invalid_argument> connect: ") == 0);
    CHECK(text.find("canary") == std::string::npos);
  }
  const auto from_environment = described({});
  CHECK(from_environment.find("S3_ENDPOINT") != std::string::npos);
  CHECK(from_environment.find("canary") == std::string::npos);
  const auto region = GENERATE(as<std::string>(), "a b", "a.b", "eu/west", "eu\nwest", "b\xC3\xA4r", "a@b", "x:80", std::string(65, 'a'));
  CAPTURE(region);
  CHECK(described({.endpoint = "http://h", .region = region}).find("<invalid_argument>") == 0);
  setenv("AWS_REGION", region.c_str(), 1);  // WithEnvironment puts it back
  const auto refused = described({.endpoint = "http://h"});
  CHECK(refused.find("<invalid_argument> connect: region (AWS_REGION)") == 0);
  CHECK(refused.find(region) == std::string::npos);
  setenv("AWS_REGION", "eu-west-1", 1);
  CHECK(described({.endpoint = "http://127.0.0.1:9000", .addressing = Addressing::virtual_hosted}).find("<invalid_argument>") == 0);
  CHECK(described({.endpoint = "http://h/prefix", .addressing = Addressing::virtual_hosted}).find("<invalid_argument>") == 0);
}

TEST_CASE("buckets outlive the client") {
  std::shared_ptr<Bucket> bucket;
  {
    const auto client = connect({.endpoint = "memory:"});
    REQUIRE(client);
    REQUIRE(client->create_bucket("media"));
    bucket = client->bucket("media");
  }
  CHECK(bucket->upload("k", Body::text("x")));
  CHECK(bucket->name() == "media");
}

TEST_CASE("s3 addresses are taken apart exactly") {
  struct Case {
    const char* uri;
    const char* bucket;
    const char* key;
  };
  const auto row = GENERATE(values<Case>({
      {"s3://media", "media", ""},
      {"s3://media/", "media", ""},
      {"s3://media/a/b.txt", "media", "a/b.txt"},
      {"s3://media//a", "media", "/a"},
      {"s3://media/a%20b?x#y", "media", "a%20b?x#y"},
      {"s3://media/a/", "media", "a/"},
  }));
  CAPTURE(row.uri);
  const auto uri = parse_s3_uri(row.uri);
  REQUIRE(uri);
  CHECK(uri->bucket == row.bucket);
  CHECK(uri->key == row.key);
}

TEST_CASE("what is no s3 address is refused") {
  for (const char* text : {"", "media/a", "s3:/media", "s3://", "s3:///a", "S3://media", "https://media/a"}) {
    CAPTURE(text);
    CHECK(kind_of(parse_s3_uri(text)) == ErrorKind::invalid_argument);
  }
}

TEST_CASE("the client's deadline bounds a call that sets none, on the backends without a server too") {
  const TempDir folder;
  for (const std::string& endpoint : {std::string("memory:"), "file:" + (folder / "data").string()}) {
    CAPTURE(endpoint);
    const auto clock = std::make_shared<FakeClock>();
    const auto client = connect({.endpoint = endpoint, .deadline = std::chrono::seconds(5), .clock = clock});
    REQUIRE(client);
    REQUIRE(client->create_bucket("bucket"));
    const auto bucket = client->bucket("bucket");
    const auto slow_upload = [&](const CallOptions& call) {
      auto body = Body::stream(1, [&, left = std::size_t{1}](std::span<std::byte>) mutable -> Result<std::size_t> {
        clock->advance(std::chrono::seconds(6));
        return std::exchange(left, 0);
      });
      return bucket->upload("k", std::move(body), {.call = call});
    };
    const auto late = slow_upload({});
    CHECK(kind_of(late) == ErrorKind::timeout);
    CHECK(kind_of(bucket->head("k")) == ErrorKind::not_found);
    CHECK(slow_upload({.deadline = std::chrono::seconds(100)}));
  }
}
