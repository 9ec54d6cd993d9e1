// No secret gets into the log.
#include "s3/wire_log.h"

#include <vector>

#include "support/canned_transport.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace objectstore::testing;

TEST_CASE("presigned parameters are redacted, all others stand") {
  CHECK(redact_query("list-type=2&prefix=a") == "list-type=2&prefix=a");
  CHECK(redact_query("X-Amz-Algorithm=A&X-Amz-Credential=canary&X-Amz-Signature=canary&x-amz-security-token=canary&y=1") ==
        "X-Amz-Algorithm=A&X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]&x-amz-security-token=[redacted]&y=1");
  CHECK(redact_query("AWSAccessKeyId=canary&Signature=canary&Expires=1") == "AWSAccessKeyId=[redacted]&Signature=[redacted]&Expires=1");
  CHECK(redact_query("") == "");
  CHECK(redact_query("delete") == "delete");
}

TEST_CASE("secret headers are redacted, and so are presigned URLs in any header") {
  for (const char* name : {"authorization", "Authorization", "x-amz-security-token", "x-amz-server-side-encryption-customer-key",
                           "X-Amz-Server-Side-Encryption-Customer-Key-MD5", "x-amz-copy-source-server-side-encryption-customer-key",
                           "cookie", "set-cookie", "proxy-authorization"}) {
    CAPTURE(name);
    CHECK(redact_header(name, "canary") == "[redacted]");
  }
  CHECK(redact_header("location", "http://x/y?X-Amz-Signature=canary&a=1") == "http://x/y?X-Amz-Signature=[redacted]&a=1");
  CHECK(redact_header("content-type", "text/plain") == "text/plain");
}

TEST_CASE("one line an attempt, the heads for debugging, and no line of the server's own making") {
  std::vector<std::pair<LogLevel, std::string>> lines;
  const LogFunction log = [&lines](LogLevel level, std::string_view text) { lines.emplace_back(level, text); };
  HttpRequest request;
  request.method = "PUT";
  request.scheme = "http";
  request.host = "h:1";
  request.path = "/b/k";
  request.query = "X-Amz-Signature=canary";
  request.headers.set("authorization", "canary");
  auto reply = canned(503, {{"x-amz-request-id", "R1\nforged"}, {"set-cookie", "canary"}});
  reply.received_at = reply.sent_at + std::chrono::milliseconds(12);
  log_attempt(log, request, reply, 2);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].first == LogLevel::verbose);
  CHECK(lines[0].second == "PUT http://h:1/b/k?X-Amz-Signature=[redacted] -> 503 in 12 ms (attempt 2, request id R1?forged)");
  CHECK(lines[1].first == LogLevel::debug);
  CHECK(lines[1].second ==
        "> PUT http://h:1/b/k?X-Amz-Signature=[redacted]\n> authorization: [redacted]\n"
        "< HTTP 503\n< set-cookie: [redacted]\n< x-amz-request-id: R1?forged");
  lines.clear();
  log_attempt(log, request, broken(), 1);
  CHECK(lines[0].second == "PUT http://h:1/b/k?X-Amz-Signature=[redacted] -> the connection broke (attempt 1)");
}
