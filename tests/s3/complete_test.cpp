// CompleteMultipartUpload and its verdicts.
#include "s3/complete.h"

#include "s3/fixture.h"
#include "s3/multipart_replies.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace objectstore::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* kPutId = "x-amz-meta-objectstore-put-id";
constexpr const char* kDone =
    "<?xml version=\"1.0\"?><CompleteMultipartUploadResult><Location>l</Location><ETag>\"e1-2\"</ETag></CompleteMultipartUploadResult>";
const MultipartUpload kUpload{.key = "k", .upload_id = "id-1", .put_id = "put-1", .content_type = "a/b"};
const std::vector<UploadedPart> kParts{{1, "5d41402abc4b2a76b9719d911017c592", 5'242'880, "c+/="},
                                       {3, "7d793037a0760186574b0282f2f435e7", 5, ""}};
/// What these two make, by the definition: md5(unhex(first + second)) + "-2".
constexpr const char* kPartsEtag = "065947336a2f2a95ba8899f3675c3be6-2";

enum class Found { ours, another, nothing, fails };

/// POSTs get the queued replies in turn, the last one for ever; HEADs are answered by `found`.
struct Server {
  std::vector<HttpReply> posts{};
  Found found = Found::nothing;
  std::size_t sent = 0;
  int heads = 0;

  HttpReply operator()(const CannedRequest& request) {
    if (request.method == "POST") return posts[std::min(++sent, posts.size()) - 1];
    ++heads;
    switch (found) {
      case Found::ours: return canned(200, {{"etag", "\"e1-2\""}, {kPutId, "put-1"}, {"x-amz-version-id", "v1"}, {"content-length", "1"}});
      case Found::another: return canned(200, {{"etag", "\"e2\""}, {kPutId, "other"}, {"content-length", "1"}});
      case Found::nothing: return canned(404);
      case Found::fails: return canned(500);
    }
    return canned(500);
  }
};

struct Fixture : SenderFixture {
  explicit Fixture(Server& server) {
    SenderOptions options = SenderFixture::sender->options();
    options.transport = counted = std::make_shared<CannedTransport>([&server](const CannedRequest& request) { return server(request); });
    sender = std::make_unique<Sender>(options);
  }
  Result<Uploaded> complete(const CompleteOptions& options, const MultipartUpload& upload = kUpload) const {
    return complete_upload(*sender, "media", upload, kParts, options);
  }
  std::shared_ptr<CannedTransport> counted;
  std::unique_ptr<Sender> sender;
};

HttpReply done(std::string body = kDone) {
  return canned(200, {{"x-amz-version-id", "v1"}}, std::move(body));
}
HttpReply failed_late(std::string_view code) {
  return done(" \n\n <Error><Code>" + std::string(code) + "</Code></Error>");
}
HttpReply gone(int sends = 1) {
  auto reply = canned_error(404, "NoSuchUpload");
  reply.sends = sends;
  return reply;
}
HttpReply refused() {
  return canned_error(412, "PreconditionFailed");
}
HttpReply raced() {
  return canned_error(409, "ConditionalRequestConflict");
}

}  // namespace

TEST_CASE("completing sends the parts with their sums, and tells what was stored") {
  Server server{.posts = {done()}};
  const Fixture fixture(server);
  const auto uploaded = fixture.complete({.condition = CreateOnly{}, .customer_key = SseCustomerKey{Secret(std::string(32, 'k'))}});
  REQUIRE(uploaded);
  CHECK(uploaded->ref == ObjectRef{"media", "k", "e1-2", 5'242'885, "a/b"});
  CHECK(uploaded->version_id == "v1");
  CHECK(uploaded->attempts == 1);
  CHECK(server.heads == 0);
  const auto request = fixture.counted->requests()[0];
  CHECK(request.path == "/media/k");
  CHECK(request.query == "uploadId=id-1");
  CHECK(request.headers.get("if-none-match") == "*");
  CHECK(request.headers.get("content-type") == "application/xml");
  CHECK(request.headers.get("x-amz-server-side-encryption-customer-algorithm") == "AES256");
  CHECK(request.headers.find("x-amz-checksum-sha256") == nullptr);  // there it would be the object's
  CHECK(request.body ==
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1</PartNumber><ETag>"
        "&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag><ChecksumSHA256>c+/=</ChecksumSHA256></Part><Part><PartNumber>3</PartNumber>"
        "<ETag>&quot;7d793037a0760186574b0282f2f435e7&quot;</ETag></Part></CompleteMultipartUpload>");
}

TEST_CASE("white space in front of the reply, or behind its declaration, changes nothing") {
  for (const std::string& body : std::vector<std::string>{
           std::string(100, ' ') + kDone,
           "<?xml version=\"1.0\"?>\n \n \n<CompleteMultipartUploadResult><ETag>\"e1-2\"</ETag></CompleteMultipartUploadResult>"}) {
    Server server{.posts = {done(body)}};
    const Fixture fixture(server);
    const auto uploaded = fixture.complete({});
    REQUIRE(uploaded);
    CHECK(uploaded->ref.etag == "e1-2");
  }
}

TEST_CASE("the verdict on a completion that failed") {
  const WriteCondition create = CreateOnly{};
  const WriteCondition match = IfMatch{"e0"};
  const WriteCondition overwrite = Overwrite{};
  struct Case {
    const char* what;
    WriteCondition condition;
    std::vector<HttpReply> posts{};
    Found found;
    std::optional<ErrorKind> verdict;  // nothing = success
    std::size_t sent;
  };
  const auto row = GENERATE_COPY(from_range(std::vector<Case>{
      // The upload is gone: completed before, or aborted.
      {"gone, ours is there", overwrite, {gone()}, Found::ours, std::nullopt, 1},
      {"gone, ours is there, create", create, {gone()}, Found::ours, std::nullopt, 1},
      {"gone, another is there", overwrite, {gone()}, Found::another, ErrorKind::not_found, 1},
      {"gone, another is there, create", create, {gone()}, Found::another, ErrorKind::not_found, 1},
      {"gone, nothing is there", overwrite, {gone()}, Found::nothing, ErrorKind::not_found, 1},
      {"gone, asking fails", overwrite, {gone()}, Found::fails, ErrorKind::not_found, 1},
      {"lost, then gone, ours", overwrite, {broken(), gone()}, Found::ours, std::nullopt, 2},
      {"lost, then gone, another", overwrite, {broken(), gone()}, Found::another, ErrorKind::outcome_unknown, 2},
      {"lost, then gone, nothing", overwrite, {broken(), gone()}, Found::nothing, ErrorKind::outcome_unknown, 2},
      {"lost, then gone, asking fails", overwrite, {broken(), gone()}, Found::fails, ErrorKind::outcome_unknown, 2},
      {"lost, then gone, another, create", create, {broken(), gone()}, Found::another, ErrorKind::already_exists, 2},
      {"lost, then gone, another, match", match, {broken(), gone()}, Found::another, ErrorKind::outcome_unknown, 2},
      {"sent twice at once, gone, ours", overwrite, {gone(2)}, Found::ours, std::nullopt, 1},
      {"sent twice at once, gone, another", overwrite, {gone(2)}, Found::another, ErrorKind::outcome_unknown, 1},
      {"a 500, then gone, ours", overwrite, {canned(500), gone()}, Found::ours, std::nullopt, 2},
      {"an empty 200, then gone, ours", overwrite, {done(""), gone()}, Found::ours, std::nullopt, 2},
      {"a late error, then gone, ours", overwrite, {failed_late("InternalError"), gone()}, Found::ours, std::nullopt, 2},
      {"never sent, then gone", overwrite, {broken(0), gone()}, Found::another, ErrorKind::not_found, 2},
      // 412: ask who is there.
      {"taken by us", create, {refused()}, Found::ours, std::nullopt, 1},
      {"taken by another", create, {refused()}, Found::another, ErrorKind::already_exists, 1},
      {"taken, and asking fails", create, {refused()}, Found::fails, ErrorKind::outcome_unknown, 1},
      {"taken, not there, then stored", create, {refused(), done()}, Found::nothing, std::nullopt, 2},
      {"taken, said late", create, {failed_late("PreconditionFailed")}, Found::another, ErrorKind::already_exists, 1},
      {"match, another", match, {refused()}, Found::another, ErrorKind::precondition_failed, 1},
      {"match, another, said late", match, {failed_late("PreconditionFailed")}, Found::another, ErrorKind::precondition_failed, 1},
      {"match, another, after a lost reply", match, {broken(), refused()}, Found::another, ErrorKind::outcome_unknown, 2},
      {"match on nothing", match, {canned_error(404, "NoSuchKey")}, Found::nothing, ErrorKind::not_found, 1},
      // 409: once more, and where the server dropped the upload the whole of it.
      {"race, then stored", create, {raced(), done()}, Found::another, std::nullopt, 2},
      {"race, then gone", create, {raced(), gone()}, Found::another, ErrorKind::conflict, 2},
      {"race, then gone, ours", create, {raced(), gone()}, Found::ours, std::nullopt, 2},
      {"race without end", match, {raced()}, Found::another, ErrorKind::conflict, 3},
      // The reply was lost to the end.
      {"lost, ours is there", overwrite, {broken()}, Found::ours, std::nullopt, 3},
      {"lost, another is there", overwrite, {broken()}, Found::another, ErrorKind::unavailable, 3},
      {"lost, nothing there", overwrite, {broken()}, Found::nothing, ErrorKind::unavailable, 3},
      {"create lost, ours is there", create, {broken()}, Found::ours, std::nullopt, 3},
      {"create lost, another is there", create, {broken()}, Found::another, ErrorKind::already_exists, 3},
      {"create lost, nothing there", create, {broken()}, Found::nothing, ErrorKind::outcome_unknown, 3},
      {"match lost, another", match, {broken()}, Found::another, ErrorKind::outcome_unknown, 3},
      // A 200 that holds an error.
      {"late error, then stored", overwrite, {failed_late("InternalError"), done()}, Found::nothing, std::nullopt, 2},
      {"late error to the end", overwrite, {failed_late("InternalError")}, Found::nothing, ErrorKind::unavailable, 3},
      {"denied late", create, {failed_late("AccessDenied")}, Found::another, ErrorKind::permission_denied, 1},
      // What the parts are refused for.
      {"too small", create, {canned_error(400, "EntityTooSmall")}, Found::another, ErrorKind::invalid_argument, 1},
      {"no such part", create, {canned_error(400, "InvalidPart")}, Found::another, ErrorKind::invalid_argument, 1},
      {"too small, said late", overwrite, {failed_late("EntityTooSmall")}, Found::another, ErrorKind::invalid_argument, 1},
      {"never sent", create, {broken(0)}, Found::ours, ErrorKind::unavailable, 3},
  }));
  CAPTURE(row.what);
  Server server{.posts = row.posts, .found = row.found};
  const Fixture fixture(server);
  const auto uploaded = fixture.complete({.condition = row.condition});
  INFO((uploaded ? "success" : to_string(uploaded.error())));
  CHECK(kind_of(uploaded) == row.verdict);
  CHECK(server.sent == row.sent);
  if (uploaded) {
    CHECK(uploaded->ref.etag == "e1-2");
    CHECK(uploaded->version_id == "v1");
  } else {
    CHECK(uploaded.error().operation == "complete_multipart_upload");
    CHECK(uploaded.error().key == "k");
    CHECK(uploaded.error().attempts == static_cast<int>(fixture.counted->count()));
  }
}

TEST_CASE("an upload without an id of ours is settled by the ETag that its parts make") {
  Server server{.posts = {broken(), gone()}};
  const Fixture fixture(server);
  MultipartUpload listed = kUpload;
  listed.put_id.clear();
  SECTION("another's") {
    server.found = Found::another;
    CHECK(kind_of(fixture.complete({}, listed)) == ErrorKind::outcome_unknown);
  }
  SECTION("ours") {
    SenderOptions options = fixture.sender->options();
    int posts = 0;
    options.transport = std::make_shared<CannedTransport>([&](const CannedRequest& request) {
      if (request.method == "POST") return ++posts == 1 ? broken() : gone();
      return canned(200, {{"etag", "\"" + std::string(kPartsEtag) + "\""}, {"content-length", "1"}});
    });
    Sender sender(options);
    const auto uploaded = complete_upload(sender, "media", listed, kParts, {});
    REQUIRE(uploaded);
    CHECK(uploaded->ref.etag == kPartsEtag);
  }
}

TEST_CASE("a completion waits longer for a silent server than other requests do") {
  Server server{.posts = {done()}};
  const Fixture fixture(server);
  REQUIRE(fixture.complete({}));
  CHECK(fixture.counted->requests()[0].stall_timeout == kLongWork);
}

TEST_CASE("replies to a completion that make no sense are corrupt") {
  for (const std::string body : {"", " \n ", "<CopyObjectResult/>", "<CompleteMultipartUploadResult/>",
                                 "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>",
                                 "<CompleteMultipartUploadResult><ETag>a</ETag><ETag>b</ETag></CompleteMultipartUploadResult>",
                                 "<!DOCTYPE x><CompleteMultipartUploadResult/>", "<CompleteMultipartUploadResult>"}) {
    CAPTURE(body);
    CHECK(kind_of(parse_completed(body)) == ErrorKind::corrupt);
  }
}
