// DeleteObjects: batches, odd keys, partial failures.
#include "s3/delete_objects.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "s3/fixture.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace objectstore::testing;

namespace {

/// Answers a batch: all deleted but those that `refuse`.
HttpReply answer(const CannedRequest& request, std::string_view refuse = "\x01") {
  if (request.method == "DELETE") return canned(204);
  std::string body = "<DeleteResult>";
  std::string_view rest = request.body;
  for (auto at = rest.find("<Key>"); at != std::string_view::npos; at = rest.find("<Key>")) {
    rest.remove_prefix(at + 5);
    const std::string key(rest.substr(0, rest.find("</Key>")));
    body += key == refuse ? "<Error><Key>" + key + "</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
                          : "<Deleted><Key>" + key + "</Key></Deleted>";
  }
  return canned(200, {}, body + "</DeleteResult>");
}

struct Fixture : SenderFixture {
  explicit Fixture(CannedTransport::Handler handler) {
    SenderOptions options = SenderFixture::sender->options();
    options.transport = counted = std::make_shared<CannedTransport>(std::move(handler));
    sender = std::make_unique<Sender>(options);
  }
  Result<std::vector<DeleteOutcome>> run(const std::vector<std::string>& keys) { return delete_objects(*sender, "media", keys, {}); }
  std::shared_ptr<CannedTransport> counted;
  std::unique_ptr<Sender> sender;
};

}  // namespace

TEST_CASE("keys go in batches of a thousand, and outcomes come in the order given") {
  Fixture fixture([](const CannedRequest& request) { return answer(request, "k1500"); });
  std::vector<std::string> keys;
  for (int i = 0; i < 2001; ++i) keys.push_back("k" + std::to_string(i));
  const auto outcomes = fixture.run(keys);
  REQUIRE(outcomes);
  REQUIRE(outcomes->size() == 2001);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CHECK((*outcomes)[i].key == keys[i]);
    CHECK((*outcomes)[i].error.has_value() == (i == 1500));
  }
  const Error& error = *(*outcomes)[1500].error;
  CHECK(error.kind == ErrorKind::permission_denied);
  CHECK(error.key == "k1500");
  CHECK(error.operation == "delete_objects");
  CHECK(error.service_code == "AccessDenied");
  const auto requests = fixture.counted->requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].path == "/media");
  CHECK(requests[0].query == "delete=");
  CHECK(requests[0].headers.get("content-md5") == base::base64(base::md5(std::as_bytes(std::span(requests[0].body)))));
  CHECK(requests[0].headers.get("x-amz-content-sha256") == base::hex(base::sha256(requests[0].body)));
}

TEST_CASE("repetitions are sent once and answered each, bad keys are refused here") {
  Fixture fixture([](const CannedRequest& request) { return answer(request, "b"); });
  const auto outcomes = fixture.run({"a", "b", "", "a", "b", std::string("x\0y", 3), std::string(1025, 'k'), "\xff"});
  REQUIRE(outcomes);
  CHECK_FALSE((*outcomes)[0].error);
  CHECK_FALSE((*outcomes)[3].error);
  CHECK((*outcomes)[1].error->kind == ErrorKind::permission_denied);
  CHECK((*outcomes)[4].error->kind == ErrorKind::permission_denied);
  for (const std::size_t i : {2u, 5u, 6u, 7u}) CHECK((*outcomes)[i].error->kind == ErrorKind::invalid_argument);
  CHECK(fixture.counted->count() == 1);
}

TEST_CASE("keys that XML cannot carry are deleted one by one, all others exactly escaped") {
  Fixture fixture([](const CannedRequest& request) { return answer(request); });
  const auto outcomes = fixture.run({"ctl\x01", "<&>\r\n", "\xef\xbf\xbe"});
  REQUIRE(outcomes);
  for (const auto& outcome : *outcomes) CHECK_FALSE(outcome.error);
  const auto requests = fixture.counted->requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].body.find("<Key>&lt;&amp;&gt;&#13;&#10;</Key>") != std::string::npos);
  CHECK(requests[1].method == "DELETE");
  CHECK(requests[1].path == "/media/ctl%01");
  CHECK(requests[2].path == "/media/%EF%BF%BE");
}

TEST_CASE("a server without DeleteObjects is asked key by key") {
  const int status = GENERATE(501, 405);
  Fixture fixture([status](const CannedRequest& request) { return request.method == "POST" ? canned(status) : canned(204); });
  const auto outcomes = fixture.run({"a", "b"});
  REQUIRE(outcomes);
  CHECK_FALSE((*outcomes)[1].error);
  CHECK(fixture.counted->count() == 3);
}

TEST_CASE("a key that the reply does not mention was not confirmed") {
  Fixture fixture([](const CannedRequest&) { return canned(200, {}, "<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>"); });
  const auto outcomes = fixture.run({"a", "b"});
  REQUIRE(outcomes);
  CHECK_FALSE((*outcomes)[0].error);
  CHECK((*outcomes)[1].error->kind == ErrorKind::corrupt);
}

TEST_CASE("the call fails as a whole when nothing could be tried") {
  Fixture fixture([](const CannedRequest&) { return canned_error(404, "NoSuchBucket"); });
  const auto outcomes = fixture.run({"a"});
  REQUIRE_FALSE(outcomes);
  CHECK(outcomes.error().kind == ErrorKind::not_found);
  CHECK(outcomes.error().service_code == "NoSuchBucket");
  CHECK(outcomes.error().operation == "delete_objects");
}

TEST_CASE("a batch that fails later fails its keys only, and a hopeless one is not followed by others") {
  std::vector<std::string> keys;
  for (int i = 0; i < 3000; ++i) keys.push_back("k" + std::to_string(i));
  int batches = 0;
  SECTION("passing") {
    Fixture fixture([&batches](const CannedRequest& request) { return ++batches >= 2 && batches <= 4 ? canned(500) : answer(request); });
    const auto outcomes = fixture.run(keys);
    REQUIRE(outcomes);
    CHECK_FALSE((*outcomes)[999].error);
    CHECK((*outcomes)[1000].error->kind == ErrorKind::unavailable);
    CHECK((*outcomes)[1999].error->kind == ErrorKind::unavailable);
    CHECK_FALSE((*outcomes)[2000].error);
  }
  SECTION("hopeless") {
    Fixture fixture(
        [&batches](const CannedRequest& request) { return ++batches == 2 ? canned_error(403, "InvalidAccessKeyId") : answer(request); });
    const auto outcomes = fixture.run(keys);
    REQUIRE(outcomes);
    CHECK((*outcomes)[1000].error->kind == ErrorKind::unauthenticated);
    CHECK((*outcomes)[2999].error->kind == ErrorKind::unauthenticated);
    CHECK(batches == 2);
  }
}

TEST_CASE("a batch's 200 that holds an error is an error") {
  Fixture fixture([n = 0](const CannedRequest& request) mutable {
    return ++n == 1 ? canned(200, {}, "<Error><Code>InternalError</Code></Error>") : answer(request);
  });
  const auto outcomes = fixture.run({"a"});
  REQUIRE(outcomes);
  CHECK_FALSE((*outcomes)[0].error);
  CHECK(fixture.counted->count() == 2);
}

TEST_CASE("no keys, no request") {
  Fixture fixture([](const CannedRequest&) { return canned(500); });
  const auto outcomes = fixture.run({});
  REQUIRE(outcomes);
  CHECK(outcomes->empty());
  CHECK(fixture.counted->count() == 0);
}
