// CopyObject and its odd 200s.
#include "s3/copy.h"

#include "s3/fixture.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace objectstore::testing;

namespace {

constexpr const char* kCopied =
    "<?xml version=\"1.0\"?><CopyObjectResult><ETag>\"e2\"</ETag><LastModified>2024-11-14T10:23:11.000Z</LastModified></CopyObjectResult>";

struct Fixture : SenderFixture {
  Result<Copied> run(const CopySource& source, const CopyOptions& options = {}) { return copy(*sender, "media", source, "to", options); }
};

HttpReply seen(const char* etag) {
  return canned(200, {{"etag", etag}, {"content-length", "5"}, {"content-type", "a/b"}});
}

}  // namespace

TEST_CASE("the source is percent-encoded, conditions and attributes are headers") {
  Fixture fixture;
  fixture.transport->reply(canned(200, {{"x-amz-version-id", "v2"}}, kCopied));
  const auto copied =
      fixture.run({.key = "a b/\xc3\xbc+%?", .bucket = "other", .version_id = "v/1", .if_match = "e1"},
                  {.replace = ReplaceAttributes{.content_type = "a/b", .metadata = {{"m", "1"}}}, .storage_class = "GLACIER"});
  REQUIRE(copied);
  CHECK(copied->etag == "e2");
  CHECK(copied->version_id == "v2");
  CHECK(copied->last_modified == SystemTime(std::chrono::seconds(1'731'579'791)));
  const auto request = fixture.transport->requests()[0];
  CHECK(request.method == "PUT");
  CHECK(request.path == "/media/to");
  CHECK(request.headers.get("x-amz-copy-source") == "/other/a%20b/%C3%BC%2B%25%3F?versionId=v%2F1");
  CHECK(request.headers.get("x-amz-copy-source-if-match") == "\"e1\"");
  CHECK(request.headers.get("x-amz-metadata-directive") == "REPLACE");
  CHECK(request.headers.get("x-amz-meta-m") == "1");
  CHECK(request.headers.get("content-type") == "a/b");
  CHECK(request.headers.get("x-amz-storage-class") == "GLACIER");
}

TEST_CASE("a 200 that holds an error is an error, after white space too") {
  const std::string lead = GENERATE(as<std::string>{}, "", "\n\n   \n");
  Fixture fixture;
  fixture.transport->reply(canned(200, {}, lead + "<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>"))
      .reply(canned(200, {}, kCopied));
  CHECK(fixture.run({.key = "a", .bucket = "media"}));  // a passing one is tried again
  CHECK(fixture.transport->count() == 2);
  Fixture denied;
  denied.transport->reply(canned(200, {}, lead + "<Error><Code>AccessDenied</Code></Error>"));
  const auto copied = denied.run({.key = "a", .bucket = "media"});
  REQUIRE_FALSE(copied);
  CHECK(copied.error().kind == ErrorKind::permission_denied);
  CHECK(copied.error().operation == "copy");
  CHECK(denied.transport->count() == 1);
}

TEST_CASE("a 200 that holds nonsense is corrupt after all attempts") {
  Fixture fixture;
  for (int i = 0; i < 3; ++i) fixture.transport->reply(canned(200, {}, "<html/>"));
  CHECK(kind_of(fixture.run({.key = "a", .bucket = "media"})) == ErrorKind::corrupt);
}

TEST_CASE("an empty 200 is resolved by comparing source and target") {
  Fixture fixture;
  const std::string empty = GENERATE(as<std::string>{}, "", " \r\n");
  fixture.transport->reply(canned(200, {}, empty));
  SECTION("equal: copied") {
    fixture.transport->reply(seen("\"e1\"")).reply(seen("\"e1\""));
    const auto copied = fixture.run({.key = "a", .bucket = "media"});
    REQUIRE(copied);
    CHECK(copied->etag == "e1");
  }
  SECTION("different: unknown") {
    fixture.transport->reply(seen("\"e1\"")).reply(seen("\"e2\""));
    CHECK(kind_of(fixture.run({.key = "a", .bucket = "media"})) == ErrorKind::outcome_unknown);
  }
  SECTION("equal bytes, but not the attributes asked for: unknown") {
    fixture.transport->reply(seen("\"e1\"")).reply(seen("\"e1\""));
    CHECK(kind_of(fixture.run({.key = "a", .bucket = "media"}, {.replace = ReplaceAttributes{.metadata = {{"m", "1"}}}})) ==
          ErrorKind::outcome_unknown);
  }
  SECTION("target missing: unknown") {
    fixture.transport->reply(seen("\"e1\"")).reply(canned(404));
    CHECK(kind_of(fixture.run({.key = "a", .bucket = "media"})) == ErrorKind::outcome_unknown);
  }
}

TEST_CASE("an empty 200 is not settled by replies that tell no length") {
  Fixture fixture;
  const auto no_length = [] { return canned(200, {{"etag", "\"e\""}, {"content-type", "a/b"}}); };
  fixture.transport->reply(canned(200, {}, "")).reply(no_length()).reply(no_length());
  CHECK(kind_of(fixture.run({.key = "a", .bucket = "media"})) == ErrorKind::outcome_unknown);
}

TEST_CASE("a copy whose condition fails or whose source is missing says so") {
  Fixture fixture;
  fixture.transport->reply(canned_error(412, "PreconditionFailed")).reply(canned_error(404, "NoSuchKey"));
  CHECK(kind_of(fixture.run({.key = "a", .bucket = "media", .if_match = "e"})) == ErrorKind::precondition_failed);
  CHECK(kind_of(fixture.run({.key = "a", .bucket = "media"})) == ErrorKind::not_found);
}
