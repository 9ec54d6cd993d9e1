// Contract: encryption at rest, by the server's keys or the caller's, where there is a server to do it.
#include "contract/backend_under_test.h"

namespace objectstore::contract {

namespace {

const SseCustomerKey kCustomerKey{Secret(std::string(32, 'k'))};

}  // namespace

TEST_CASE("a backend that cannot encrypt says so instead of storing plain bytes", "[contract][encryption]") {
  if (backend().is_s3()) return;
  const FreshBucket bucket;
  CHECK(kind_of(bucket->upload("k", Body::view("x"), {.encryption = SseS3{}})) == ErrorKind::unsupported);
  CHECK(kind_of(bucket->upload("k", Body::view("x"), {.encryption = SseKms{}})) == ErrorKind::unsupported);
  CHECK(kind_of(bucket->upload("k", Body::view("x"), {.encryption = kCustomerKey})) == ErrorKind::unsupported);
  CHECK(keys_of(*bucket).empty());
}

TEST_CASE("what the server's own keys encrypt reads like any other object and tells how it is kept", "[contract][encryption]") {
  if (!backend().is_s3()) return;
  const FreshBucket bucket;
  struct Case {
    std::string key;
    Encryption encryption;
    std::string told;
    std::string kms_key;
  };
  const std::vector<Case> cases = {
      {"s3", SseS3{}, "AES256", ""},
      {"kms-default", SseKms{}, "aws:kms", backend().server == "minio" ? "objectstore-tests" : ""},
      {"kms-named", SseKms{"objectstore-tests"}, "aws:kms", "objectstore-tests"},
  };
  for (const auto& [key, encryption, told, kms_key] : cases) {
    CAPTURE(key);
    if (key == "kms-named" && backend().server != "minio") continue;  // others have no key of this name
    const auto check = [&, &of = key, &how = told, &by = kms_key](std::string_view name) {
      const auto head = bucket->head(name);
      INFO(failure_of(head));
      REQUIRE(head);
      CHECK(head->encryption == how);
      if (!by.empty()) CHECK(head->kms_key_id.ends_with(by));
      CHECK(text_of(*bucket, name) == "secret of " + of);
    };
    put(*bucket, key, "secret of " + key, {.encryption = encryption});
    check(key);
    put(*bucket, "plain", "secret of " + key);
    const auto copied = bucket->copy({.key = "plain"}, key + "-copy", {.encryption = encryption});
    INFO(failure_of(copied));
    REQUIRE(copied);
    check(key + "-copy");
  }
}

TEST_CASE("what a customer's key encrypts opens with this key and no other", "[contract][encryption]") {
  if (!backend().is_tls()) return;
  const FreshBucket bucket;
  const std::string content = "secret of the customer";
  put(*bucket, "k", content, {.metadata = {{"owner", "ana"}}, .encryption = kCustomerKey});

  const auto head = bucket->head("k", {.customer_key = kCustomerKey});
  INFO(failure_of(head));
  REQUIRE(head);
  CHECK(head->size == content.size());
  CHECK(head->metadata == Metadata{{"owner", "ana"}});
  const auto whole = bucket->download("k", {}, {.customer_key = kCustomerKey});
  INFO(failure_of(whole));
  REQUIRE(whole);
  CHECK(whole->content == content);
  const auto part = bucket->download("k", {}, {.range = ByteRange::first_last(7, 8), .customer_key = kCustomerKey});
  REQUIRE(part);
  CHECK(part->content == "of");

  struct Case {
    std::string what;
    std::optional<SseCustomerKey> key;
    ErrorKind expected;
  };
  const std::vector<Case> cases = {
      {"no key", std::nullopt, ErrorKind::invalid_argument},
      {"another key", SseCustomerKey{Secret(std::string(32, 'K'))}, ErrorKind::permission_denied},
  };
  for (const auto& [what, key, expected] : cases) {
    CAPTURE(what);
    const auto refused_head = bucket->head("k", {.customer_key = key});
    check_context(refused_head, "head", bucket->name(), "k");
    CHECK(to_string(refused_head.error().kind) == to_string(expected));
    const auto refused_download = bucket->download("k", {}, {.customer_key = key});
    check_context(refused_download, "download", bucket->name(), "k");
    CHECK(to_string(refused_download.error().kind) == to_string(expected));
  }
  put(*bucket, "open", "x");
  CHECK(kind_of(bucket->download("open", {}, {.customer_key = kCustomerKey})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->upload("short", Body::view("x"), {.encryption = SseCustomerKey{Secret("short")}})) == ErrorKind::invalid_argument);
}

}  // namespace objectstore::contract
