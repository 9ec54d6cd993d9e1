// Contract: URLs that carry their own permission, where there is a server to serve them.
#include "contract/backend_under_test.h"

namespace objectstore::contract {

TEST_CASE("a backend without a server gives no URLs, and says so", "[contract][presign]") {
  if (backend().is_s3()) return;
  const FreshBucket bucket;
  auto url = bucket->presign("k");
  check_context(url, "presign", bucket->name(), "k");
  CHECK(kind_of(url) == ErrorKind::unsupported);
}

TEST_CASE("a presigned URL names the object and bears a signature and its expiry", "[contract][presign]") {
  if (!backend().is_s3()) return;
  const FreshBucket bucket;
  auto url = bucket->presign("a b/ü?", {.expires = std::chrono::seconds(60)});
  INFO(failure_of(url));
  REQUIRE(url);
  CHECK(url->find("/a%20b/%C3%BC%3F?") != std::string::npos);
  CHECK(url->find("X-Amz-Signature=") != std::string::npos);
  CHECK(url->find("X-Amz-Expires=60") != std::string::npos);
  for (const std::chrono::seconds expires : {std::chrono::seconds(0), std::chrono::seconds(-1), std::chrono::seconds(604'801)}) {
    auto refused_url = bucket->presign("k", {.expires = expires});
    check_context(refused_url, "presign", bucket->name(), "k");
    CHECK(kind_of(refused_url) == ErrorKind::invalid_argument);
  }
}

}  // namespace objectstore::contract
