// PutObject and its verdicts.
#include "s3/upload.h"

#include <cstring>

#include "s3/fixture.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace objectstore::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* kPutId = "x-amz-meta-objectstore-put-id";

/// What a HEAD finds under the key.
enum class Found { ours, another, nothing, fails };

/// PUTs get the queued replies in turn, the last one for ever; HEADs are answered by `found`.
struct Server {
  std::vector<HttpReply> puts{};
  Found found = Found::nothing;
  std::vector<std::string> put_ids{};
  int heads = 0;

  HttpReply operator()(const CannedRequest& request) {
    if (request.method == "PUT") {
      put_ids.emplace_back(request.headers.get(kPutId));
      return puts[std::min(put_ids.size(), puts.size()) - 1];
    }
    ++heads;
    switch (found) {
      case Found::ours:
        return canned(200, {{"etag", "\"e1\""}, {kPutId, put_ids.back()}, {"x-amz-version-id", "v1"}, {"content-length", "1"}});
      case Found::another: return canned(200, {{"etag", "\"e2\""}, {kPutId, "other"}, {"content-length", "1"}});
      case Found::nothing: return canned(404);
      case Found::fails: return canned(500);
    }
    return canned(500);
  }
};

struct Fixture : SenderFixture {
  explicit Fixture(Server& server, int max_attempts = 3) {
    SenderOptions options = SenderFixture::sender->options();
    options.transport = counted = std::make_shared<CannedTransport>([&server](const CannedRequest& request) { return server(request); });
    options.max_attempts = max_attempts;
    sender = std::make_unique<Sender>(options);
  }
  Result<Uploaded> put(const UploadOptions& options) const {
    Body body = Body::text("x");
    return upload(*sender, "media", "k", body.source(), options);
  }
  std::shared_ptr<CannedTransport> counted;
  std::unique_ptr<Sender> sender;
};

HttpReply stored() {
  return canned(200, {{"etag", "\"e1\""}, {"x-amz-version-id", "v1"}});
}
HttpReply refused() {
  return canned_error(412, "PreconditionFailed");
}
HttpReply refused_after_resend() {
  auto reply = refused();
  reply.sends = 2;
  return reply;
}
HttpReply raced() {
  return canned_error(409, "ConditionalRequestConflict");
}

}  // namespace

TEST_CASE("an upload tells what was stored") {
  Server server{.puts = {stored()}};
  Fixture fixture(server);
  const auto uploaded = fixture.put({.content_type = "a/b"});
  REQUIRE(uploaded);
  CHECK(uploaded->ref == ObjectRef{"media", "k", "e1", 1, "a/b"});
  CHECK(uploaded->version_id == "v1");
  CHECK(uploaded->attempts == 1);
  const auto request = fixture.counted->requests()[0];
  CHECK(request.body == "x");
  CHECK(request.headers.get("x-amz-content-sha256") == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
  CHECK(request.headers.get("x-amz-checksum-sha256") == "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=");
  CHECK(request.headers.find(kPutId) == nullptr);  // only conditional uploads need one
}

TEST_CASE("a conditional upload carries one fresh id over all its attempts") {
  Server server{.puts = {broken(), canned(503), stored()}};
  Fixture fixture(server);
  REQUIRE(fixture.put({.condition = CreateOnly{}}));
  REQUIRE(server.put_ids.size() == 3);
  CHECK(server.put_ids[0].size() == 36);
  CHECK(server.put_ids[1] == server.put_ids[0]);
  CHECK(server.put_ids[2] == server.put_ids[0]);
  REQUIRE(fixture.put({.condition = CreateOnly{}}));
  CHECK(server.put_ids[3] != server.put_ids[0]);
}

TEST_CASE("the verdict on a conditional upload that failed") {
  const WriteCondition create = CreateOnly{};
  const WriteCondition match = IfMatch{"e0"};
  struct Case {
    const char* what;
    WriteCondition condition;
    std::vector<HttpReply> puts{};
    Found found;
    std::optional<ErrorKind> verdict;  // nothing = success
    std::size_t sent;
  };
  const auto row = GENERATE_COPY(from_range(std::vector<Case>{
      // 412: ask who is there.
      {"taken by us", create, {refused()}, Found::ours, std::nullopt, 1},
      {"taken by another", create, {refused()}, Found::another, ErrorKind::already_exists, 1},
      {"taken, and asking fails", create, {refused()}, Found::fails, ErrorKind::outcome_unknown, 1},
      {"taken, and then not there", create, {refused()}, Found::nothing, ErrorKind::outcome_unknown, 3},
      {"taken, not there, then stored", create, {refused(), stored()}, Found::nothing, std::nullopt, 2},
      {"match, ours is there", match, {refused()}, Found::ours, std::nullopt, 1},
      {"match, another, sent once", match, {refused()}, Found::another, ErrorKind::precondition_failed, 1},
      {"match, another, sent twice", match, {refused_after_resend()}, Found::another, ErrorKind::outcome_unknown, 1},
      {"match, another, after a lost reply", match, {broken(), refused()}, Found::another, ErrorKind::outcome_unknown, 2},
      {"match, another, after a 500", match, {canned(500), refused()}, Found::another, ErrorKind::outcome_unknown, 2},
      {"match, another, after a connection never made", match, {broken(0), refused()}, Found::another, ErrorKind::precondition_failed, 2},
      {"match, another, after a 409", match, {raced(), refused()}, Found::another, ErrorKind::precondition_failed, 2},
      {"match, asking fails", match, {refused()}, Found::fails, ErrorKind::outcome_unknown, 1},
      {"match, gone", match, {refused()}, Found::nothing, ErrorKind::not_found, 1},
      {"match, gone, sent twice", match, {refused_after_resend()}, Found::nothing, ErrorKind::outcome_unknown, 1},
      // 404 to If-Match.
      {"match on nothing", match, {canned_error(404, "NoSuchKey")}, Found::nothing, ErrorKind::not_found, 1},
      {"match on nothing after a lost reply",
       match,
       {broken(), canned_error(404, "NoSuchKey")},
       Found::nothing,
       ErrorKind::outcome_unknown,
       2},
      // 409: try again, never "exists".
      {"race, then stored", create, {raced(), raced(), stored()}, Found::nothing, std::nullopt, 3},
      {"race without end", create, {raced()}, Found::another, ErrorKind::conflict, 3},
      {"match race without end", match, {raced()}, Found::another, ErrorKind::conflict, 3},
      // The reply was lost to the end.
      {"lost, ours is there", create, {broken()}, Found::ours, std::nullopt, 3},
      {"lost, another is there", create, {broken()}, Found::another, ErrorKind::already_exists, 3},
      {"lost, nothing there", create, {broken()}, Found::nothing, ErrorKind::outcome_unknown, 3},
      {"lost, asking fails", create, {broken()}, Found::fails, ErrorKind::outcome_unknown, 3},
      {"match lost, ours", match, {broken()}, Found::ours, std::nullopt, 3},
      {"match lost, another", match, {broken()}, Found::another, ErrorKind::outcome_unknown, 3},
      {"match lost, nothing", match, {broken()}, Found::nothing, ErrorKind::outcome_unknown, 3},
      {"500 to the end, ours is there", create, {canned(500)}, Found::ours, std::nullopt, 3},
      {"lost, then denied, ours is there", create, {broken(), canned_error(403, "AccessDenied")}, Found::ours, std::nullopt, 2},
      {"lost, then denied, nothing there",
       create,
       {broken(), canned_error(403, "AccessDenied")},
       Found::nothing,
       ErrorKind::outcome_unknown,
       2},
      // Nothing was ever sent: nothing is unknown.
      {"never sent", create, {broken(0)}, Found::another, ErrorKind::unavailable, 3},
      {"never sent, timeout", match, {broken(0, ErrorKind::timeout)}, Found::another, ErrorKind::timeout, 3},
      {"denied", create, {canned_error(403, "AccessDenied")}, Found::another, ErrorKind::permission_denied, 1},
      // Without a condition: a plain retry, a plain error.
      {"overwrite lost", Overwrite{}, {broken()}, Found::ours, ErrorKind::unavailable, 3},
      {"overwrite lost, then stored", Overwrite{}, {broken(), stored()}, Found::ours, std::nullopt, 2},
  }));
  CAPTURE(row.what);
  Server server{.puts = row.puts, .found = row.found};
  Fixture fixture(server);
  const auto uploaded = fixture.put({.condition = row.condition});
  CHECK(kind_of(uploaded) == row.verdict);
  CHECK(server.put_ids.size() == row.sent);
  if (uploaded) {
    CHECK(uploaded->ref.etag == "e1");
    CHECK(uploaded->version_id == "v1");
  } else {
    CHECK(uploaded.error().operation == "upload");
    CHECK(uploaded.error().bucket == "media");
    CHECK(uploaded.error().key == "k");
    CHECK(uploaded.error().attempts == static_cast<int>(fixture.counted->count()));
    CHECK(uploaded.error().message.starts_with("upload s3://media/k: "));
    CHECK(uploaded.error().message.find("upload s3://", 1) == std::string::npos);  // named once
  }
}

TEST_CASE("the question has attempts of its own, within the deadline") {
  SECTION("one attempt for the upload leaves two for the question") {
    Server server{.puts = {broken()}, .found = Found::fails};
    Fixture fixture(server, 1);
    CHECK(kind_of(fixture.put({.condition = CreateOnly{}})) == ErrorKind::outcome_unknown);
    CHECK(server.put_ids.size() == 1);
    CHECK(server.heads == 2);
  }
  SECTION("past the deadline nothing is asked") {
    Server server{.puts = {}, .found = Found::ours};
    Fixture fixture(server);
    SenderOptions options = fixture.sender->options();
    int puts = 0;
    options.transport = std::make_shared<CannedTransport>([&](const CannedRequest&) {
      ++puts;
      fixture.clock->advance(5s);
      return broken(1, ErrorKind::timeout);
    });
    Sender sender(options);
    Body body = Body::text("x");
    const auto uploaded = upload(sender, "media", "k", body.source(), {.condition = CreateOnly{}, .call = {.deadline = 5s}});
    CHECK(kind_of(uploaded) == ErrorKind::outcome_unknown);
    CHECK(puts == 1);
  }
  SECTION("a key refused as taken and then not there is unknown at the deadline too") {
    Server server{.puts = {canned(412, {{"retry-after", "60"}})}, .found = Found::nothing};
    Fixture fixture(server);
    CHECK(kind_of(fixture.put({.condition = CreateOnly{}, .call = {.deadline = 5s}})) == ErrorKind::outcome_unknown);
    CHECK(server.put_ids.size() == 1);
  }
}

TEST_CASE("cancelling a conditional upload under way says that it may have happened") {
  Server server{.puts = {broken(1, ErrorKind::cancelled)}, .found = Found::ours};
  Fixture fixture(server);
  const auto uploaded = fixture.put({.condition = CreateOnly{}});
  REQUIRE_FALSE(uploaded);
  CHECK(uploaded.error().kind == ErrorKind::cancelled);
  CHECK(uploaded.error().message.find("may or may not") != std::string::npos);
  CHECK(server.heads == 0);
}

TEST_CASE("a stream that cannot be sent again is settled by asking") {
  Server server{.puts = {broken()}, .found = Found::ours};
  Fixture fixture(server);
  Body body = Body::stream(1, [done = false](std::span<std::byte> out) mutable -> Result<std::size_t> {
    if (std::exchange(done, true)) return std::size_t{0};
    out[0] = std::byte{'x'};
    return std::size_t{1};
  });
  REQUIRE(upload(*fixture.sender, "media", "k", body.source(), {.condition = CreateOnly{}}));
  CHECK(server.put_ids.size() == 1);
}

TEST_CASE("an upload confirmed without an ETag asks for it") {
  Server server{.puts = {canned(200)}, .found = Found::another};
  Fixture fixture(server);
  SECTION("found") {
    const auto uploaded = fixture.put({});
    REQUIRE(uploaded);
    CHECK(uploaded->ref.etag == "e2");
  }
  SECTION("not found") {
    server.found = Found::nothing;
    CHECK(kind_of(fixture.put({})) == ErrorKind::corrupt);
  }
}

TEST_CASE("bytes that arrived damaged are sent again within the attempts, then the error is corrupt") {
  Server server{.puts = {canned_error(400, "BadDigest")}};
  Fixture fixture(server);
  CHECK(kind_of(fixture.put({})) == ErrorKind::corrupt);
  CHECK(server.put_ids.size() == 3);
}
