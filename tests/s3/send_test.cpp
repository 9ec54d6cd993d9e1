// Attempts, retries and repairs of one request.
#include "s3/send.h"

#include <cstring>

#include "base/time_format.h"
#include "s3/fixture.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace objectstore::testing;
using namespace std::chrono_literals;

namespace {

Request get_request() {
  Request request;
  request.http.method = "GET";
  request.bucket = "media";
  request.key = "k";
  return request;
}

Result<HttpReply> send_get(SenderFixture& fixture, const CallOptions& options = {}) {
  Call call = fixture.sender->begin("download", "media", "k", options);
  Request request = get_request();
  return fixture.sender->send(request, call);
}

HttpReply dated(HttpReply reply, SystemTime sent, SystemTime date) {
  reply.sent_at = sent;
  reply.received_at = sent;
  reply.headers.set("date", base::http_date(date));
  return reply;
}

}  // namespace

TEST_CASE("a success is one request, signed and addressed") {
  SenderFixture fixture;
  fixture.transport->reply(canned(200));
  REQUIRE(send_get(fixture));
  const auto requests = fixture.transport->requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].scheme == "http");
  CHECK(requests[0].host == "127.0.0.1:9000");
  CHECK(requests[0].path == "/media/k");
  CHECK(requests[0].headers.get("x-amz-date") == "20241114T102311Z");
  CHECK(requests[0].headers.get("x-amz-content-sha256") == kEmptySha256);
  CHECK(requests[0]
            .headers.get("authorization")
            .starts_with("AWS4-HMAC-SHA256 Credential=AKIDTEST/20241114/us-east-1/s3/aws4_request, "
                         "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "));
  CHECK(fixture.clock->sleeps().empty());
}

TEST_CASE("passing faults are tried again, and each attempt is signed anew") {
  struct Case {
    const char* what;
    HttpReply reply;
  };
  const auto row = GENERATE(values<Case>({
      {"connection", broken()},
      {"never sent", broken(0)},
      {"stall", broken(1, ErrorKind::timeout)},
      {"cut", broken(1, ErrorKind::corrupt)},
      {"408", canned(408)},
      {"429", canned(429)},
      {"500", canned(500)},
      {"502", canned(502)},
      {"503", canned(503)},
      {"504", canned(504)},
      {"SlowDown", canned_error(503, "SlowDown")},
      {"RequestTimeout", canned_error(400, "RequestTimeout")},
      {"InternalError", canned_error(500, "InternalError")},
  }));
  CAPTURE(row.what);
  SenderFixture fixture;
  fixture.transport->reply(row.reply).reply(row.reply).reply(canned(200));
  Call call = fixture.sender->begin("download", "media", "k", {});
  Request request = get_request();
  REQUIRE(fixture.sender->send(request, call));
  CHECK(call.attempts == 3);
  CHECK(fixture.clock->sleeps().size() == 2);
  CHECK(fixture.transport->count() == 3);
}

TEST_CASE("what will not get better is tried once") {
  struct Case {
    const char* what;
    HttpReply reply;
    ErrorKind kind;
  };
  const auto row = GENERATE(values<Case>({
      {"404", canned_error(404, "NoSuchKey"), ErrorKind::not_found},
      {"403", canned_error(403, "AccessDenied"), ErrorKind::permission_denied},
      {"400", canned(400), ErrorKind::invalid_argument},
      {"412", canned(412), ErrorKind::precondition_failed},
      {"501", canned(501), ErrorKind::unsupported},
      {"cancelled", broken(1, ErrorKind::cancelled), ErrorKind::cancelled},
      {"refused", broken(0, ErrorKind::invalid_argument), ErrorKind::invalid_argument},
  }));
  CAPTURE(row.what);
  SenderFixture fixture;
  fixture.transport->reply(row.reply);
  CHECK(kind_of(send_get(fixture)) == row.kind);
  CHECK(fixture.transport->count() == 1);
}

TEST_CASE("the error of the last attempt is handed out, with everything that is known") {
  SenderFixture fixture;
  for (int i = 0; i < 3; ++i) fixture.transport->reply(canned_error(503, "SlowDown"));
  Call call = fixture.sender->begin("download", "media", "k", {});
  Request request = get_request();
  const auto reply = fixture.sender->send(request, call);
  REQUIRE_FALSE(reply);
  const Error error = Sender::in_context(reply.error(), call);
  CHECK(error.kind == ErrorKind::unavailable);
  CHECK(error.operation == "download");
  CHECK(error.bucket == "media");
  CHECK(error.key == "k");
  CHECK(error.http_status == 503);
  CHECK(error.service_code == "SlowDown");
  CHECK(error.request_id == "RID");
  CHECK(error.host_id == "HID");
  CHECK(error.attempts == 3);
  CHECK(error.message == "download s3://media/k: said the server");
  // Throttled: longer ceilings, 1 s and 2 s.
  const auto sleeps = fixture.clock->sleeps();
  REQUIRE(sleeps.size() == 2);
  CHECK(sleeps[0] <= 1s);
  CHECK(sleeps[1] <= 2s);
}

TEST_CASE("who paces itself hears of each throttled attempt, also where the call succeeds in the end") {
  SenderFixture fixture;
  int throttled = 0;
  const CallOptions options{.on_throttled = [&] { ++throttled; }};
  fixture.transport->reply(canned(503, {}, "<Error><Code>SlowDown</Code></Error>")).reply(canned(429)).reply(canned(200));
  CHECK(send_get(fixture, options));
  CHECK(throttled == 2);
  fixture.transport->reply(canned(500)).reply(canned(200));
  CHECK(send_get(fixture, options));
  CHECK(throttled == 2);
  for (int i = 0; i < 3; ++i) fixture.transport->reply(canned(503));
  CHECK_FALSE(send_get(fixture, options));
  CHECK(throttled == 5);
}

TEST_CASE("a server that asks for a pause gets it") {
  SenderFixture fixture;
  fixture.transport->reply(canned(503, {{"retry-after", "7"}})).reply(canned(503, {{"x-amz-retry-after", "1234"}})).reply(canned(200));
  REQUIRE(send_get(fixture));
  const auto sleeps = fixture.clock->sleeps();
  REQUIRE(sleeps.size() == 2);
  CHECK(sleeps[0] == 7s);
  CHECK(sleeps[1] >= 1234ms);
}

TEST_CASE("a storm ends when the quota is used up, and success refills it") {
  SenderFixture fixture;
  int fails = 0;
  while (fixture.sender->quota().tokens() >= RetryQuota::kTransientCost) {
    CHECK_FALSE(send_get(fixture));  // the transport says 500 when nothing is queued
    ++fails;
    REQUIRE(fails < 100);
  }
  const auto before = fixture.transport->count();
  const auto result = send_get(fixture);
  CHECK(fixture.transport->count() == before + 1);  // no retry any more
  REQUIRE_FALSE(result);
  CHECK(result.error().message.find("too many requests of this client fail") != std::string::npos);
  for (int i = 0; i < 40; ++i) {
    fixture.transport->reply(canned(200));
    REQUIRE(send_get(fixture));
  }
  CHECK(fixture.sender->quota().tokens() >= 40);
}

TEST_CASE("one deadline bounds all attempts") {
  SECTION("it is what is left of it that each attempt gets") {
    SenderFixture fixture;
    fixture.transport->reply(canned(503, {{"retry-after", "2"}})).reply(canned(200));
    REQUIRE(send_get(fixture, {.deadline = 10s}));
    const auto requests = fixture.transport->requests();
    CHECK(requests[0].timeout == 10s);
    CHECK(requests[1].timeout == 8s);
  }
  SECTION("a wait that would outlast it is not begun") {
    SenderFixture other;
    other.transport->reply(canned(503, {{"retry-after", "11"}}));
    const auto result = send_get(other, {.deadline = 10s});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::timeout);
    CHECK(result.error().http_status == 503);
    CHECK(other.transport->count() == 1);
    CHECK(other.clock->sleeps().empty());
  }
  SECTION("a transport that ran into it is not asked again") {
    SenderFixture timed;
    auto transport = std::make_shared<CannedTransport>([&timed](const CannedRequest&) {
      timed.clock->advance(10s);
      return broken(1, ErrorKind::timeout);
    });
    SenderOptions options = timed.sender->options();
    options.transport = transport;
    Sender sender(options);
    Call call = sender.begin("download", "media", "k", {.deadline = 10s});
    Request request = get_request();
    CHECK(kind_of(sender.send(request, call)) == ErrorKind::timeout);
    CHECK(transport->count() == 1);
  }
  SECTION("without one there is no limit") {
    SenderFixture fixture;
    fixture.transport->reply(canned(200));
    REQUIRE(send_get(fixture));
    CHECK(fixture.transport->requests()[0].timeout == 0ms);
  }
}

TEST_CASE("cancelling ends the call before an attempt and during a wait") {
  SECTION("before") {
    SenderFixture fixture;
    CancelToken cancel;
    cancel.cancel();
    CHECK(kind_of(send_get(fixture, {.cancel = cancel})) == ErrorKind::cancelled);
    CHECK(fixture.transport->count() == 0);
  }
  SECTION("in a wait") {
    CancelToken cancel;
    SenderFixture fixture;
    SenderOptions options = fixture.sender->options();
    auto transport = std::make_shared<CannedTransport>([&cancel](const CannedRequest&) {
      cancel.cancel();
      return canned(503);
    });
    options.transport = transport;
    Sender sender(options);
    const CallOptions call_options{.cancel = cancel};  // the call looks at its token
    Call call = sender.begin("download", "media", "k", call_options);
    Request request = get_request();
    const auto result = sender.send(request, call);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::cancelled);
    CHECK(result.error().attempts == 1);
    CHECK(transport->count() == 1);
  }
}

TEST_CASE("credentials are read for each attempt") {
  SenderFixture fixture;
  SenderOptions options = fixture.sender->options();
  auto credentials = fixture.credentials;
  auto transport = std::make_shared<CannedTransport>([credentials](const CannedRequest&) {
    credentials->current.access_key_id = "AKIDNEW";
    return canned(500);
  });
  options.transport = transport;
  Sender sender(options);
  Call call = sender.begin("download", "media", "k", {});
  Request request = get_request();
  CHECK_FALSE(sender.send(request, call));
  const auto requests = transport->requests();
  CHECK(requests[0].headers.get("authorization").find("AKIDTEST/") != std::string_view::npos);
  CHECK(requests[1].headers.get("authorization").find("AKIDNEW/") != std::string_view::npos);
}

TEST_CASE("credentials that cannot be had end the call unsent") {
  SenderFixture fixture;
  fixture.credentials->failure = Error{.kind = ErrorKind::not_found, .message = "none anywhere"};
  const auto result = send_get(fixture);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::unauthenticated);
  CHECK(result.error().message.find("none anywhere") != std::string::npos);
  CHECK(fixture.transport->count() == 0);
}

TEST_CASE("an expired token is tried once more when the provider has another one by then") {
  SenderFixture fixture;
  fixture.credentials->current.session_token = "old";
  SenderOptions options = fixture.sender->options();
  auto credentials = fixture.credentials;
  const bool renewed = GENERATE(true, false);
  auto transport = std::make_shared<CannedTransport>([credentials, renewed](const CannedRequest& request) {
    if (request.headers.get("x-amz-security-token") == "new") return canned(200);
    if (renewed) credentials->current.session_token = "new";
    return canned_error(400, "ExpiredToken");
  });
  options.transport = transport;
  options.max_attempts = 1;
  Sender sender(options);
  Call call = sender.begin("download", "media", "k", {});
  Request request = get_request();
  const auto result = sender.send(request, call);
  CHECK(result.has_value() == renewed);
  CHECK(transport->count() == (renewed ? 2u : 1u));
  if (!renewed) CHECK(result.error().kind == ErrorKind::unauthenticated);
}

TEST_CASE("anonymous requests go out unsigned") {
  SenderFixture fixture;
  fixture.credentials->current = {};
  fixture.transport->reply(canned(200));
  REQUIRE(send_get(fixture));
  const auto requests = fixture.transport->requests();
  for (const char* name : {"authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"}) {
    CHECK(requests[0].headers.find(name) == nullptr);
  }
}

TEST_CASE("a wrong clock is learnt from Date, and the request is tried once more with the server's time") {
  SenderFixture fixture("http://127.0.0.1:9000", 1);
  const SystemTime now = fixture.clock->now();
  const auto server_time = now + 20min;
  SECTION("by its code") {
    fixture.transport->reply(dated(canned_error(403, "RequestTimeTooSkewed"), now, server_time));
  }
  SECTION("by a bare 403, as a HEAD gets it") {
    fixture.transport->reply(dated(canned(403), now, server_time));
  }
  fixture.transport->reply(dated(canned(200), now, server_time));
  REQUIRE(send_get(fixture));
  const auto requests = fixture.transport->requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].headers.get("x-amz-date") == "20241114T102311Z");
  CHECK(requests[1].headers.get("x-amz-date") == "20241114T104311Z");
  CHECK(fixture.sender->clock_skew() == 20min);
  // The next request is right from the start.
  fixture.transport->reply(canned(200));
  REQUIRE(send_get(fixture));
  CHECK(fixture.transport->requests()[2].headers.get("x-amz-date") == "20241114T104311Z");
}

TEST_CASE("a clock error that the server's time does not explain is not tried again") {
  SenderFixture fixture;
  const SystemTime now = fixture.clock->now();
  SECTION("same time") {
    fixture.transport->reply(dated(canned_error(403, "RequestTimeTooSkewed"), now, now + 1min));
  }
  SECTION("no Date") {
    fixture.transport->reply(canned_error(403, "RequestTimeTooSkewed"));
  }
  const auto result = send_get(fixture);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::unauthenticated);
  CHECK(result.error().message.find("clock") != std::string::npos);
  CHECK(fixture.transport->count() == 1);
}

TEST_CASE("the clock is mended once, not for ever") {
  SenderFixture fixture;
  const SystemTime now = fixture.clock->now();
  for (int i = 1; i < 5; ++i) fixture.transport->reply(dated(canned_error(403, "RequestTimeTooSkewed"), now, now + i * 20min));
  CHECK(kind_of(send_get(fixture)) == ErrorKind::unauthenticated);
  CHECK(fixture.transport->count() == 2);
}

TEST_CASE("a Date that says nothing leaves the clock alone") {
  SenderFixture fixture;
  const SystemTime now = fixture.clock->now();
  auto reply = dated(canned(200), now, now + 1h);
  SECTION("from a cache") {
    reply.headers.set("age", "3600");
  }
  SECTION("garbage") {
    reply.headers.set("date", "soon");
  }
  SECTION("absent") {
    reply.headers.erase("date");
  }
  SECTION("at the end of a long exchange") {
    reply.received_at = now + 2min;
  }
  fixture.transport->reply(reply);
  REQUIRE(send_get(fixture));
  CHECK(fixture.sender->clock_skew() == 0ms);
}

TEST_CASE("the middle of the exchange is compared with Date") {
  SenderFixture fixture;
  const SystemTime now = fixture.clock->now();
  auto reply = dated(canned(200), now, now + 10min);
  reply.received_at = now + 20s;
  fixture.transport->reply(reply);
  REQUIRE(send_get(fixture));
  CHECK(fixture.sender->clock_skew() == 10min - 10s);
}

TEST_CASE("a bucket is followed to its region once, signed anew") {
  struct Case {
    const char* what;
    HttpReply reply;
  };
  const auto row = GENERATE(values<Case>({
      {"301 with header", canned(301, {{"x-amz-bucket-region", "eu-west-1"}})},
      {"307 with header", canned(307, {{"x-amz-bucket-region", "eu-west-1"}, {"location", "https://evil.example.com/"}})},
      {"400 with header", canned(400, {{"x-amz-bucket-region", "eu-west-1"}})},
      {"400 with body", canned(400, {}, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>")},
      {"301 with body", canned(301, {}, "<Error><Code>PermanentRedirect</Code><Region>eu-west-1</Region></Error>")},
  }));
  CAPTURE(row.what);
  SenderFixture fixture("", 1);
  fixture.transport->reply(row.reply).reply(canned(200)).reply(canned(200));
  REQUIRE(send_get(fixture));
  auto requests = fixture.transport->requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].host == "media.s3.us-east-1.amazonaws.com");
  CHECK(requests[1].host == "media.s3.eu-west-1.amazonaws.com");
  CHECK(requests[1].headers.get("authorization").find("/eu-west-1/s3/") != std::string_view::npos);
  // Remembered.
  REQUIRE(send_get(fixture));
  CHECK(fixture.transport->requests()[2].host == "media.s3.eu-west-1.amazonaws.com");
  CHECK(fixture.sender->region_of("media") == "eu-west-1");
  CHECK(fixture.sender->region_of("other") == "us-east-1");
}

TEST_CASE("no other redirect is followed") {
  const HttpReply reply =
      GENERATE(canned(301), canned(301, {{"location", "https://elsewhere.example.com/"}}), canned(302, {{"location", "http://127.0.0.1/"}}),
               canned(307, {{"location", "file:///etc/passwd"}}), canned(307, {{"location", "http://169.254.169.254/"}}),
               canned(308, {{"location", "http://u:p@h/"}}), canned(301, {{"x-amz-bucket-region", "us-east-1"}}),
               canned(301, {{"x-amz-bucket-region", "evil.example.com/"}}), canned(301, {{"x-amz-bucket-region", ""}}));
  SenderFixture fixture("");
  fixture.transport->reply(reply);
  const auto result = send_get(fixture);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::invalid_argument);
  CHECK(result.error().http_status == reply.status);
  CHECK(result.error().message.find("region") != std::string::npos);
  CHECK(fixture.transport->count() == 1);
}

TEST_CASE("regions that point at each other end after one step") {
  SenderFixture fixture("");
  fixture.transport->reply(canned(301, {{"x-amz-bucket-region", "eu-west-1"}})).reply(canned(301, {{"x-amz-bucket-region", "us-east-1"}}));
  CHECK(kind_of(send_get(fixture)) == ErrorKind::invalid_argument);
  CHECK(fixture.transport->count() == 2);
}

TEST_CASE("sends without a definite refusal are counted") {
  SenderFixture fixture;
  fixture.transport->reply(broken(2)).reply(canned(500)).reply(canned(412));
  Call call = fixture.sender->begin("upload", "media", "k", {});
  Request request = get_request();
  CHECK_FALSE(fixture.sender->send(request, call));
  CHECK(call.open_sends == 3);  // two on the broken connection, one with the 500; the 412 was definite
  CHECK(call.attempts == 3);
}

TEST_CASE("a body is rewound for each attempt, or the error says that it cannot be") {
  const auto body_of = [](bool rewindable) {
    auto position = std::make_shared<std::size_t>(0);
    auto read = [position](std::span<std::byte> out) -> Result<std::size_t> {
      const std::string_view text = "hello";
      const std::size_t count = std::min(out.size(), text.size() - *position);
      std::memcpy(out.data(), text.data() + *position, count);
      *position += count;
      return count;
    };
    if (!rewindable) return Body::stream(5, read);
    return Body::stream(5, read, [position]() -> Status {
      *position = 0;
      return {};
    });
  };
  SenderFixture fixture;
  fixture.transport->reply(broken()).reply(canned(200));
  Call call = fixture.sender->begin("upload", "media", "k", {});
  Request request = get_request();
  SECTION("rewound") {
    Body body = body_of(true);
    auto payload = plan_payload(body.source(), {});
    request.payload = *payload;
    REQUIRE(fixture.sender->send(request, call));
    CHECK(fixture.transport->requests()[1].body == "hello");
  }
  SECTION("not possible") {
    Body body = body_of(false);
    auto payload = plan_payload(body.source(), {});
    request.payload = *payload;
    const auto result = fixture.sender->send(request, call);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::unsupported);
    CHECK(result.error().message.find("the connection broke") != std::string::npos);
    CHECK(fixture.transport->count() == 1);
    CHECK(fixture.clock->sleeps().empty());
    CHECK(call.open_sends == 1);
  }
}

TEST_CASE("an error of the body's own source is the caller's and ends the call") {
  SenderFixture fixture;
  int reads = 0;
  Body body = Body::stream(
      10,
      [&reads](std::span<std::byte>) -> Result<std::size_t> {
        ++reads;
        return Error{.kind = ErrorKind::unavailable, .message = "tape jam"};
      },
      []() -> Status { return {}; });
  Call call = fixture.sender->begin("upload", "media", "k", {});
  Request request = get_request();
  request.payload = Payload{.source = &body.source(), .size = 10, .mode = PayloadMode::unsigned_};
  const auto result = fixture.sender->send(request, call);
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "tape jam");
  CHECK(reads == 1);
}

TEST_CASE("a stream over http is framed as aws-chunked, beside the caller's own encoding") {
  SenderFixture fixture;
  fixture.transport->reply(canned(200));
  Body body = Body::stream(5, [done = false](std::span<std::byte> out) mutable -> Result<std::size_t> {
    if (std::exchange(done, true)) return std::size_t{0};
    std::memcpy(out.data(), "hello", 5);
    return std::size_t{5};
  });
  auto payload = plan_payload(body.source(), {});
  REQUIRE(payload);
  Call call = fixture.sender->begin("upload", "media", "k", {});
  Request request = get_request();
  request.http.headers.set("content-encoding", "gzip");
  request.payload = *payload;
  REQUIRE(fixture.sender->send(request, call));
  const auto seen = fixture.transport->requests()[0];
  CHECK(seen.headers.get("content-encoding") == "aws-chunked,gzip");
  CHECK(seen.headers.get("x-amz-decoded-content-length") == "5");
  CHECK(seen.headers.get("x-amz-content-sha256") == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  CHECK(seen.body.starts_with("5;chunk-signature="));
  CHECK(seen.body.find("\r\nhello\r\n0;chunk-signature=") != std::string::npos);
}

namespace {

/// Sends "hello" under the policy that puts the checksum behind it.
void send_with_trailer(SenderFixture& fixture, bool https) {
  Body body = Body::text("hello");
  auto payload = plan_payload(body.source(), {PayloadSigning::trailer, https});
  REQUIRE(payload);
  Call call = fixture.sender->begin("upload", "media", "k", {});
  Request request = get_request();
  request.payload = *payload;
  REQUIRE(fixture.sender->send(request, call));
}

}  // namespace

TEST_CASE("a trailer is announced, signed with the request over http, and left to TLS otherwise") {
  const bool https = GENERATE(false, true);
  SenderFixture fixture(https ? "https://127.0.0.1:9000" : "http://127.0.0.1:9000");
  fixture.transport->reply(canned_error(503, "SlowDown")).reply(canned(200));
  send_with_trailer(fixture, https);
  REQUIRE(fixture.transport->count() == 2);
  for (const auto& seen : fixture.transport->requests()) {
    CHECK(seen.headers.get("content-encoding") == "aws-chunked");
    CHECK(seen.headers.get("x-amz-decoded-content-length") == "5");
    CHECK(seen.headers.get("x-amz-trailer") == "x-amz-checksum-sha256");
    CHECK(seen.headers.get("x-amz-content-sha256") == (https ? kUnsignedPayloadTrailer : kStreamingPayloadTrailer));
    CHECK(seen.headers.get("authorization").find("x-amz-trailer") != std::string_view::npos);
    CHECK(seen.body.starts_with(https ? "5\r\nhello\r\n0\r\n" : "5;chunk-signature="));
    CHECK(seen.body.find("x-amz-checksum-sha256:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\r\n") != std::string::npos);
  }
}

TEST_CASE("without credentials a body goes out as it is, whatever the policy") {
  SenderFixture fixture;
  fixture.credentials->current = {};
  fixture.transport->reply(canned(200));
  send_with_trailer(fixture, false);
  const auto seen = fixture.transport->requests()[0];
  CHECK(seen.body == "hello");
  for (const char* name : {"content-encoding", "x-amz-trailer", "x-amz-decoded-content-length", "x-amz-content-sha256"})
    CHECK(seen.headers.find(name) == nullptr);
}

TEST_CASE("no secret gets into errors or logs, even when the server repeats all it was sent") {
  SenderFixture fixture;
  fixture.credentials->current.session_token = kToken;
  SenderOptions options = fixture.sender->options();
  std::string signature;
  options.transport = std::make_shared<CannedTransport>([&signature](const CannedRequest& request) {
    signature = std::string(request.headers.get("authorization"));
    signature = signature.substr(signature.find("Signature=") + 10);
    return canned(403, {{"x-amz-request-id", std::string(kToken)}, {"location", "http://x/?X-Amz-Security-Token=" + std::string(kToken)}},
                  "<Error><Code>" + std::string(kSecret) + "</Code><Message>you sent " + std::string(request.headers.get("authorization")) +
                      " and " + kToken + " and " + kSecret + " and " + kToken + "</Message></Error>");
  });
  Sender sender(options);
  Call call = sender.begin("download", "media", "k", {});
  Request request = get_request();
  const auto result = sender.send(request, call);
  REQUIRE_FALSE(result);
  const std::string all = to_string(result.error()) + result.error().request_id + result.error().service_code + result.error().host_id;
  CHECK(all.find("canary") == std::string::npos);
  CHECK(all.find(signature) == std::string::npos);
  CHECK_FALSE(fixture.log.empty());
  CHECK(fixture.log.find("canary") == std::string::npos);
  CHECK(fixture.log.find(signature) == std::string::npos);
}

TEST_CASE("a URL is presigned without sending anything") {
  SenderFixture fixture;
  HttpRequest request;
  request.method = "GET";
  const auto url = fixture.sender->presign(request, "media", "a b", 900s);
  REQUIRE(url);
  CHECK(url->starts_with("http://127.0.0.1:9000/media/a%20b?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDTEST%2F"));
  CHECK(url->find("X-Amz-Expires=900") != std::string::npos);
  CHECK(url->find("X-Amz-Date=20241114T102311Z") != std::string::npos);
  CHECK(fixture.transport->count() == 0);
  CHECK(kind_of(fixture.sender->presign(request, "media", "k", 0s)) == ErrorKind::invalid_argument);
  CHECK(kind_of(fixture.sender->presign(request, "media", "k", 604'801s)) == ErrorKind::invalid_argument);
  fixture.credentials->current = {};
  CHECK(kind_of(fixture.sender->presign(request, "media", "k", 900s)) == ErrorKind::unauthenticated);
}
