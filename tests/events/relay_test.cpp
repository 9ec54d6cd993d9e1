// PointerStore::relay_once: emits what is pending, drops what will never be, touches nothing else.
#include "events/fixture.h"

using namespace objectstore;
using namespace objectstore::testing;
using namespace std::chrono_literals;

namespace {

void put_intent(const StoreFixture& f, const std::string& name, const std::string& body) {
  REQUIRE(f.inner->upload("outbox/p/" + name, Body::view(body)));
}

std::string key_of(int n) {
  return "c/OrderPlaced/2024-11-14T10:23:" + std::to_string(10 + n) + "Z.json";
}

/// `count` payloads whose pointers are pending.
void leave_pending(StoreFixture& f, int count) {
  f.emitter->on_emit = [](const Message&, int) -> Status { return queue_down(); };
  for (int i = 0; i < count; ++i) {
    REQUIRE(f.store.receive(order("c", "2024-11-14T10:23:" + std::to_string(10 + i) + "Z"), Body::view("1")));
    f.clock->advance(1ms);
  }
  f.emitter->on_emit = nullptr;
  f.emitter->forget();
  f.bucket->fail({});
}

}  // namespace

TEST_CASE("a relay emits the very pointers that receive could not, and empties the outbox", "[relay]") {
  StoreFixture f;
  std::vector<std::string> expected;
  f.emitter->on_emit = [](const Message&, int) -> Status { return queue_down(); };
  for (int i = 0; i < 5; ++i) {
    const auto received = f.store.receive(order("c", "2024-11-14T10:23:1" + std::to_string(i) + "Z"), Body::view("1"),
                                          {.content_type = "text/x" + std::to_string(i)});
    expected.push_back(to_json(received->pointer));
    f.clock->advance(1ms);
  }
  f.emitter->on_emit = nullptr;
  const auto report = f.store.relay_once();
  REQUIRE(report);
  CHECK(report->emitted == 5);
  CHECK(report->failed + report->dropped + report->waiting + report->malformed == 0);
  CHECK_FALSE(report->first_error);
  CHECK(f.emitter->bodies() == expected);  // in the order of their intents
  CHECK(f.intents().empty());
  CHECK(f.payloads().size() == 5);
  CHECK(f.store.relay_once()->emitted == 0);
}

TEST_CASE("a relay that was given no layout, or another, emits the same pointers by the one that the payload names", "[relay]") {
  for (const char* layout : {static_cast<const char*>(nullptr), "{a}/{b}"}) {
    StoreFixture f;
    PointerStore receiver(f.bucket, KeyTemplate::parse(kLayout).value(), nullptr, f.clock, f.random);
    const auto received = receiver.receive(order(), Body::view("1"));
    PointerStore relay(f.bucket, layout == nullptr ? std::nullopt : std::optional(KeyTemplate::parse(layout).value()), f.emitter, f.clock,
                       f.random);
    REQUIRE(relay.relay_once());
    CHECK(f.emitter->bodies() == std::vector<std::string>{to_json(received->pointer)});
  }
}

TEST_CASE("a payload that names no layout, or garbage, is emitted without company and event", "[relay]") {
  for (const std::string layout : {"", "{a", "{a}{b}", "{other}/layout"}) {
    CAPTURE(layout);
    StoreFixture f(nullptr);
    UploadOptions options;
    if (!layout.empty()) options.metadata = {{"layout", layout}};
    REQUIRE(f.inner->upload(key_of(0), Body::view("1"), options));
    put_intent(f, "a", key_of(0));
    REQUIRE(f.store.relay_once());
    REQUIRE(f.emitter->messages().size() == 1);
    CHECK(f.emitter->bodies()[0].find("company") == std::string::npos);
    CHECK(f.emitter->messages()[0].id == pointer_event_id("events", key_of(0)));
  }
}

TEST_CASE("a layout that no header can carry is not named, and relaying then needs it", "[relay]") {
  for (const std::string& layout : {std::string("gr\u00fc\u00df/{company}/{timestamp}"), std::string("a  b/{company}/{timestamp}"),
                                    "{company}/" + std::string(600, 'x') + "/{timestamp}"}) {
    CAPTURE(layout);
    StoreFixture f(layout.c_str());
    f.emitter->on_emit = [](const Message&, int) -> Status { return queue_down(); };
    Fields fields = order();
    fields.erase("event");
    const auto received = f.store.receive(fields, Body::view("1"));
    REQUIRE(received);
    CHECK_FALSE(f.inner->head(received->pointer.object.key)->metadata.contains("layout"));
    f.emitter->on_emit = nullptr;
    REQUIRE(f.store.relay_once());
    CHECK(f.emitter->bodies() == std::vector<std::string>{to_json(received->pointer)});
  }
}

TEST_CASE("an intent is deleted only after its pointer was flushed", "[relay]") {
  StoreFixture f;
  leave_pending(f, 3);
  f.emitter->on_flush = []() -> Status { return queue_down(); };
  const auto failed = f.store.relay_once();
  REQUIRE(failed);
  CHECK(failed->emitted == 0);
  CHECK(failed->failed == 3);
  CHECK(failed->first_error->message == "queue down");
  CHECK(f.intents().size() == 3);
  f.emitter->on_flush = nullptr;
  CHECK(f.store.relay_once()->emitted == 3);
  CHECK(f.intents().empty());
}

TEST_CASE("one refused pointer stays pending and the others go out", "[relay]") {
  StoreFixture f;
  leave_pending(f, 6);
  f.emitter->on_emit = [](const Message& message, int) -> Status {
    if (message.body.find(key_of(2)) == std::string::npos) return {};
    return Error{.kind = ErrorKind::invalid_argument, .message = "refused"};
  };
  const auto report = f.store.relay_once();
  REQUIRE(report);
  CHECK(report->emitted == 5);
  CHECK(report->failed == 1);
  CHECK(report->first_error->key == key_of(2));
  REQUIRE(f.intents().size() == 1);
  CHECK(f.intents().begin()->second == key_of(2));
}

TEST_CASE("an emitter that is down is tried five times, and the rest is counted", "[relay]") {
  StoreFixture f;
  leave_pending(f, 20);
  f.emitter->on_emit = [](const Message&, int) -> Status { return queue_down(); };
  const auto report = f.store.relay_once();
  REQUIRE(report);
  CHECK(f.emitter->calls() == 5);
  CHECK(report->failed == 20);
  CHECK(f.intents().size() == 20);
  f.emitter->forget();
  f.emitter->on_emit = [](const Message&, int call) -> Status { return call % 5 == 0 ? Status() : queue_down(); };
  CHECK(f.store.relay_once()->emitted == 4);  // four failures in a row are not five
}

TEST_CASE("an intent without a payload waits for an hour by the bucket's clock and is dropped then", "[relay]") {
  StoreFixture f;
  put_intent(f, "0193299c-0000-7000-8000-000000000000", key_of(0));
  f.clock->advance(59min);
  put_intent(f, "0193299c-0000-7000-8000-000000000001", key_of(1));
  f.clock->advance(1min);
  const auto young = f.store.relay_once();
  CHECK(young->waiting == 2);
  CHECK(young->dropped == 0);
  f.clock->advance(1s);
  const auto old = f.store.relay_once();
  REQUIRE(old);
  CHECK(old->dropped == 1);
  CHECK(old->waiting == 1);
  CHECK(old->emitted == 0);
  REQUIRE(f.intents().size() == 1);
  CHECK(f.intents().begin()->second == key_of(1));
  CHECK(f.emitter->calls() == 0);
}

TEST_CASE("an old intent whose payload is there is emitted, not dropped", "[relay]") {
  StoreFixture f;
  leave_pending(f, 1);
  f.clock->advance(48h);
  const auto report = f.store.relay_once();
  CHECK(report->emitted == 1);
  CHECK(report->dropped == 0);
}

TEST_CASE("a relay whose own clock is wrong drops nothing too early", "[relay]") {
  StoreFixture f;
  put_intent(f, "0193299c-0000-7000-8000-000000000000", key_of(0));
  const auto ahead = std::make_shared<FakeClock>(f.clock->now() + 24h);
  PointerStore store(f.bucket, std::nullopt, f.emitter, ahead, f.random);
  CHECK(store.relay_once()->waiting == 1);
  CHECK(f.intents().size() == 1);
}

TEST_CASE("a relay that cannot learn the bucket's time drops nothing", "[relay]") {
  StoreFixture f;
  put_intent(f, "0193299c-0000-7000-8000-000000000000", key_of(0));
  f.clock->advance(2h);
  for (int operation = 4; operation <= 5; ++operation) {  // list, download, head; then upload and head of the clock object
    f.bucket->fail({.operation = operation, .when = FaultyBucket::When::before});
    const auto report = f.store.relay_once();
    REQUIRE(report);
    CHECK(report->dropped == 0);
    CHECK(report->waiting == 1);
    CHECK(report->first_error);
  }
  f.bucket->fail({});
  CHECK(f.store.relay_once()->dropped == 1);
  CHECK(f.contents().empty());
}

TEST_CASE("an object in the outbox that is no intent is reported and kept", "[relay]") {
  StoreFixture f;
  leave_pending(f, 1);
  put_intent(f, "a", "");
  put_intent(f, "b", std::string(1025, 'x'));
  put_intent(f, "c", "\xff");
  put_intent(f, "d", "outbox/p/x");
  REQUIRE(f.inner->upload("outbox/other", Body::view("untouched")));
  const auto report = f.store.relay_once();
  REQUIRE(report);
  CHECK(report->emitted == 1);
  CHECK(report->malformed == 4);
  REQUIRE(report->first_error);
  CHECK(report->first_error->kind == ErrorKind::corrupt);
  CHECK(report->first_error->message.find("outbox/p/") != std::string::npos);
  CHECK(f.intents().size() == 5);
}

TEST_CASE("what the bucket cannot say now is counted and stays pending", "[relay]") {
  StoreFixture f;
  leave_pending(f, 1);
  for (int operation = 2; operation <= 3; ++operation) {
    f.bucket->fail({.operation = operation});
    const auto report = f.store.relay_once();
    REQUIRE(report);
    CHECK(report->failed == 1);
    CHECK(report->first_error->kind == ErrorKind::unavailable);
    CHECK(f.intents().size() == 1);
  }
  f.bucket->fail({.operation = 1});
  CHECK(kind_of(f.store.relay_once()) == ErrorKind::unavailable);
  f.bucket->fail({.operation = 4});  // the delete: emitted, and emitted again next time
  const auto report = f.store.relay_once();
  CHECK(report->emitted == 1);
  CHECK(report->first_error->message.find("delete intents") != std::string::npos);
  CHECK(f.store.relay_once()->emitted == 1);
  CHECK(f.emitter->messages().size() == 2);
}

TEST_CASE("an outbox of several pages is drained", "[relay]") {
  StoreFixture f;
  for (int i = 0; i < 2500; ++i) {
    const std::string key = "k/" + std::to_string(100000 + i);
    f.put(key);
    put_intent(f, std::to_string(100000 + i), key);
  }
  const auto report = f.store.relay_once();
  REQUIRE(report);
  CHECK(report->emitted == 2500);
  CHECK(f.intents().empty());
  const auto bodies = f.emitter->bodies();
  CHECK(std::is_sorted(bodies.begin(), bodies.end()));
}

TEST_CASE("a relay ends when it is cancelled or out of time", "[relay]") {
  StoreFixture f;
  leave_pending(f, 3);
  const CancelToken cancel;
  cancel.cancel();
  CHECK(kind_of(f.store.relay_once({.cancel = cancel})) == ErrorKind::cancelled);
  f.bucket->before_each = [&](const std::string& line) {
    if (line.starts_with("list")) f.clock->advance(10s);
  };
  CHECK(kind_of(f.store.relay_once({.deadline = 5s})) == ErrorKind::timeout);
  CHECK(f.intents().size() == 3);
}
