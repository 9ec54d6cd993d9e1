// The webhook emitter: what it sends, what it tries again, when it gives up, and that it shows no secret.
#include <functional>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "objectstore/emitter.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/scripted_server.h"

using namespace objectstore;
using namespace std::chrono_literals;
using objectstore::testing::FakeClock;

namespace {

/// Answers from a list, the last reply for ever; keeps what was sent.
class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(std::vector<HttpReply> replies) : replies_(std::move(replies)) {}
  HttpReply send(const HttpRequest& request) override {
    requests.push_back(request);
    bodies.emplace_back(reinterpret_cast<const char*>(request.memory_body.data()), request.memory_body.size());
    if (on_send) on_send();
    const HttpReply& reply = replies_[std::min(requests.size(), replies_.size()) - 1];
    if (!reply.error && reply.status >= 200 && reply.status < 300 && request.reply_body != nullptr) {
      const std::string text = "thanks";
      CHECK(request.reply_body->on_head(reply.status, reply.headers));
      CHECK(request.reply_body->on_bytes(std::as_bytes(std::span(text))));
    }
    return reply;
  }
  std::vector<HttpRequest> requests;
  std::vector<std::string> bodies;
  std::function<void()> on_send;

 private:
  std::vector<HttpReply> replies_;
};

HttpReply status(int code, std::string retry_after = "") {
  HttpReply reply;
  reply.status = code;
  if (!retry_after.empty()) reply.headers.set("retry-after", std::move(retry_after));
  return reply;
}

HttpReply broken(ErrorKind kind, int code = 0) {
  HttpReply reply;
  reply.status = code;
  reply.error = Error{.kind = kind, .message = "connection reset"};
  return reply;
}

struct Hook {
  std::shared_ptr<FakeTransport> transport;
  std::shared_ptr<FakeClock> clock = std::make_shared<FakeClock>();
  std::shared_ptr<Emitter> emitter;

  explicit Hook(std::vector<HttpReply> replies, EmitterOptions options = {}, const std::string& url = "http://127.0.0.1:8080/hook")
      : transport(std::make_shared<FakeTransport>(std::move(replies))) {
    options.transport = transport;
    options.clock = clock;
    options.random = seeded_random(1);
    auto made = make_emitter(url, options);
    if (!made) FAIL(made.error().message);
    emitter = *made;
  }
  Status emit() { return emitter->emit({.id = "event-1", .ordering_key = "", .body = R"({"key":"a"})"}); }
};

}  // namespace

TEST_CASE("a message is one POST with its id as idempotency key", "[webhook]") {
  Hook hook({status(204)}, {}, "https://us%40er:p%3Aw@hooks.example.com:8443/a%20b/c?token=t&x");
  REQUIRE(hook.emit());
  REQUIRE(hook.transport->requests.size() == 1);
  const HttpRequest& request = hook.transport->requests.front();
  CHECK(request.method == "POST");
  CHECK(request.scheme == "https");
  CHECK(request.host == "hooks.example.com:8443");
  CHECK(request.path == "/a%20b/c");
  CHECK(request.query == "token=t&x");
  CHECK(request.headers.get("content-type") == "application/json");
  CHECK(request.headers.get("idempotency-key") == "event-1");
  CHECK(request.headers.get("authorization") == "Basic dXNAZXI6cDp3");  // us@er:p:w
  CHECK(request.headers.size() == 3);
  CHECK(request.timeout == 30s);
  CHECK(hook.transport->bodies.front() == R"({"key":"a"})");
  CHECK(hook.emitter->flush());
}

TEST_CASE("passing failures are tried again with growing pauses", "[webhook]") {
  for (const HttpReply& failure :
       {status(408), status(429), status(500), status(502), status(503), status(504), broken(ErrorKind::unavailable),
        broken(ErrorKind::timeout), broken(ErrorKind::corrupt, 200), broken(ErrorKind::corrupt, 503)}) {
    CAPTURE(failure.status);
    Hook hook({failure, failure, status(200)});
    CHECK(hook.emit());
    CHECK(hook.transport->requests.size() == 3);
    const auto sleeps = hook.clock->sleeps();
    REQUIRE(sleeps.size() == 2);
    CHECK(sleeps[0] <= 200ms);
    CHECK(sleeps[1] <= 400ms);
    CHECK(hook.clock->slept() > 0ms);
  }
}

TEST_CASE("after the last attempt the failure is typed and says how often it was tried", "[webhook]") {
  Hook hook({status(503)}, {.max_attempts = 4});
  const Status failed = hook.emit();
  REQUIRE(kind_of(failed) == ErrorKind::unavailable);
  CHECK(failed.error().attempts == 4);
  CHECK(failed.error().http_status == 503);
  CHECK(failed.error().operation == "emit");
  CHECK(failed.error().message == "webhook http://127.0.0.1:8080/...: answered HTTP 503");
  CHECK(hook.transport->requests.size() == 4);
  Hook cut({broken(ErrorKind::corrupt, 200)});
  CHECK(kind_of(cut.emit()) == ErrorKind::unavailable);
  Hook none({status(500)}, {.max_attempts = 0});
  CHECK(kind_of(none.emit()) == ErrorKind::unavailable);
  CHECK(none.transport->requests.size() == 1);
}

TEST_CASE("what the receiver refuses is not tried again", "[webhook]") {
  struct Row {
    int status;
    ErrorKind kind;
  };
  for (const Row row :
       {Row{400, ErrorKind::invalid_argument}, Row{401, ErrorKind::unauthenticated}, Row{403, ErrorKind::permission_denied},
        Row{404, ErrorKind::invalid_argument}, Row{410, ErrorKind::invalid_argument}, Row{413, ErrorKind::invalid_argument},
        Row{422, ErrorKind::invalid_argument}, Row{301, ErrorKind::invalid_argument}, Row{307, ErrorKind::invalid_argument}}) {
    CAPTURE(row.status);
    Hook hook({status(row.status)});
    const Status failed = hook.emit();
    REQUIRE(kind_of(failed) == row.kind);
    CHECK(hook.transport->requests.size() == 1);
    CHECK(failed.error().http_status == row.status);
    CHECK((failed.error().message.find("redirect") != std::string::npos) == (row.status < 400));
  }
  Hook refused({broken(ErrorKind::invalid_argument)});
  CHECK(kind_of(refused.emit()) == ErrorKind::invalid_argument);
  CHECK(refused.transport->requests.size() == 1);
}

TEST_CASE("Retry-After is honoured in seconds and as a date", "[webhook]") {
  Hook seconds({status(429, "7"), status(200)});
  CHECK(seconds.emit());
  CHECK(seconds.clock->slept() == 7s);
  Hook date({status(503, ""), status(200)});
  const std::string in_five = base::http_date(date.clock->now() + 5s);
  Hook dated({status(503, in_five), status(200)});
  CHECK(dated.emit());
  CHECK(dated.clock->slept() >= 4s);
  CHECK(dated.clock->slept() <= 5s);
  Hook garbage({status(503, "soon"), status(200)});
  CHECK(garbage.emit());
  CHECK(garbage.clock->slept() <= 200ms);
}

TEST_CASE("a pause that the timeout cannot hold ends the call at once", "[webhook]") {
  for (const std::string after : {"30", "99999999999999999999"}) {
    Hook hook({status(503, after), status(200)}, {.timeout = 10s});
    CHECK(kind_of(hook.emit()) == ErrorKind::unavailable);
    CHECK(hook.transport->requests.size() == 1);
    CHECK(hook.clock->slept() == 0ms);
  }
  Hook unbounded({status(503, "99999999999999999999"), status(200)}, {.timeout = 0ms});
  CHECK(kind_of(unbounded.emit()) == ErrorKind::unavailable);
  CHECK(unbounded.transport->requests.front().timeout == 0ms);
}

TEST_CASE("one timeout bounds all attempts", "[webhook]") {
  Hook hook({broken(ErrorKind::timeout)}, {.timeout = 10s, .max_attempts = 100});
  hook.transport->on_send = [&] { hook.clock->advance(4s); };
  const SteadyTime start = hook.clock->steady_now();
  CHECK(kind_of(hook.emit()) == ErrorKind::timeout);
  CHECK(hook.clock->steady_now() - start < 15s);
  REQUIRE(hook.transport->requests.size() >= 2);
  CHECK(hook.transport->requests[0].timeout == 10s);
  CHECK(hook.transport->requests[1].timeout <= 6s);
}

TEST_CASE("neither description nor errors show what a webhook URL keeps secret", "[webhook]") {
  const std::string url = "https://user:hunter2@hooks.example.com/services/T0KEN?sig=s3cret";
  for (const HttpReply& reply : {status(404), status(503), broken(ErrorKind::unavailable)}) {
    Hook hook({reply}, {}, url);
    const Status failed = hook.emit();
    REQUIRE_FALSE(failed);
    for (const std::string& text : {to_string(failed.error()), hook.emitter->describe()}) {
      CAPTURE(text);
      CHECK(text.find("https://hooks.example.com/...") != std::string::npos);
      for (const char* secret : {"hunter2", "T0KEN", "s3cret", "user"}) CHECK(text.find(secret) == std::string::npos);
    }
  }
  CHECK(Hook({status(200)}, {}, "http://h").emitter->describe() == "webhook(http://h)");
  CHECK(Hook({status(200)}, {}, "http://h?x").transport->requests.empty());
}

TEST_CASE("a bad webhook URL is refused without being repeated", "[webhook]") {
  for (const std::string url :
       {"http:", "http:/h", "http://", "http:///secret", "http://:80/secret", "http://h:0/secret", "http://h:65536/secret",
        "http://h:/secret", "http://h:8o/secret", "http://a b/secret", "http://h/secret path", "http://h/secret\n",
        "http://h/s\xc3\xa9"
        "cret",
        "http://h/#secret", "http://%zz:secret@h/", "http://[::1/secret", "http://[]/secret", "http://h,i/secret", "https://[x]/secret"}) {
    CAPTURE(url);
    const auto emitter = make_emitter(url);
    REQUIRE(kind_of(emitter) == ErrorKind::invalid_argument);
    CHECK(emitter.error().message.find("ecret") == std::string::npos);
  }
  for (const std::string url : {"http://h", "HTTP://H:80", "https://[::1]:8443/x", "http://h?q", "http://u@h/"}) {
    CAPTURE(url);
    Hook hook({status(200)}, {}, url);
    CHECK(hook.emit());
    CHECK(hook.transport->requests.front().path.starts_with('/'));
  }
}

TEST_CASE("an id that cannot stand in a header is refused before anything is sent", "[webhook]") {
  Hook hook({status(200)});
  CHECK(kind_of(hook.emitter->emit({.id = "a\r\nx: y", .ordering_key = "", .body = "{}"})) == ErrorKind::invalid_argument);
  CHECK(hook.transport->requests.empty());
}

TEST_CASE("over libcurl a message arrives once and a redirect is not followed", "[webhook][curl]") {
  objectstore::testing::ScriptedServer server;
  const auto emitter = make_emitter(server.endpoint() + "/in?x=1", {.random = seeded_random(1), .timeout = 10s}).value();
  REQUIRE(emitter->emit({.id = "event-1", .ordering_key = "", .body = R"({"key":"a"})"}));
  auto requests = server.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].target == "/in?x=1");
  CHECK(requests[0].body == R"({"key":"a"})");
  CHECK(requests[0].headers.get("idempotency-key") == "event-1");
  CHECK(requests[0].headers.get("content-length") == "11");
  server.reply({.status = 302, .headers = {{"Location", server.endpoint() + "/elsewhere"}}});
  CHECK(kind_of(emitter->emit({.id = "2", .ordering_key = "", .body = "{}"})) == ErrorKind::invalid_argument);
  CHECK(server.request_count() == 2);
  server.reply({.status = 503}).reply({.cut_at = 5, .reset = true});
  CHECK(emitter->emit({.id = "3", .ordering_key = "", .body = "{}"}));
  CHECK(server.request_count() == 5);
}

TEST_CASE("a receiver that accepts and says nothing is a timeout", "[webhook][curl]") {
  objectstore::testing::ScriptedServer server;
  server.script({objectstore::testing::read_request(), objectstore::testing::silence()});
  const auto emitter = make_emitter(server.endpoint(), {.timeout = 300ms, .max_attempts = 1}).value();
  CHECK(kind_of(emitter->emit({.id = "1", .ordering_key = "", .body = "{}"})) == ErrorKind::timeout);
}
