// PointerStore::receive, step by step: what is stored, what goes out, what a second call finds.
#include <thread>

#include "base/uuid.h"
#include "events/fixture.h"

using namespace objectstore;
using namespace objectstore::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* kKey = "comfyballs/OrderPlaced/2024-11-14T10:23:11Z.json";

std::vector<std::string> verbs(const std::vector<std::string>& operations) {
  std::vector<std::string> verbs;
  for (std::string line : operations) {
    if (const auto at = line.find("outbox/p/"); at != std::string::npos) line.resize(at + 9);
    verbs.push_back(std::move(line));
  }
  return verbs;
}

/// Gives its bytes once; its size as told.
class OnceSource final : public BodySource {
 public:
  OnceSource(std::string bytes, std::optional<std::uint64_t> size) : bytes_(std::move(bytes)), size_(size) {}
  Result<std::optional<std::uint64_t>> size() override { return size_; }
  Result<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t count = std::min(out.size(), bytes_.size() - at_);
    std::copy_n(std::as_bytes(std::span(bytes_)).begin() + static_cast<std::ptrdiff_t>(at_), count, out.begin());
    at_ += count;
    return count;
  }
  Status rewind() override {
    if (at_ == 0) return {};
    return Error{.kind = ErrorKind::unsupported, .message = "only once"};
  }
  [[nodiscard]] bool rewindable() const override { return false; }

 private:
  std::string bytes_;
  std::optional<std::uint64_t> size_;
  std::size_t at_ = 0;
};

Body once(std::string bytes) {
  const std::uint64_t size = bytes.size();
  return Body::from(std::make_unique<OnceSource>(std::move(bytes), size));
}

}  // namespace

TEST_CASE("a received payload lies under its key, and its pointer went out after it", "[receive]") {
  StoreFixture f;
  f.emitter->on_emit = [&](const Message&, int) {
    CHECK(f.inner->head(kKey));                // the payload is there before any pointer leaves
    CHECK(f.contents("outbox/").size() == 1);  // and so is the intent
    return Status();
  };
  const auto received = f.store.receive(order(), Body::view("{\"a\":1}"), {.id = "order-17"});
  REQUIRE(received);
  CHECK(received->emitted);
  CHECK_FALSE(received->duplicate);
  CHECK_FALSE(received->emit_error);
  CHECK(f.contents() == std::map<std::string, std::string>{{kKey, "{\"a\":1}"}});
  const ObjectInfo info = f.inner->head(kKey).value();
  CHECK(info.content_type == "application/json");
  CHECK(info.metadata == Metadata{{"id", "order-17"}, {"layout", kLayout}});
  CHECK(received->pointer.object == info.ref());
  CHECK(received->pointer.company == "comfyballs");
  CHECK(received->pointer.event == "OrderPlaced");
  CHECK(received->pointer.event_id == pointer_event_id("events", kKey));
  REQUIRE(f.emitter->messages().size() == 1);
  CHECK(f.emitter->messages()[0].body == to_json(received->pointer));
  CHECK(f.emitter->messages()[0].id == received->pointer.event_id);
  CHECK(f.emitter->flushes() == 1);
  CHECK(verbs(f.bucket->operations()) == std::vector<std::string>{"upload outbox/p/", std::string("upload ") + kKey, "delete outbox/p/"});
}

TEST_CASE("an empty payload and any content type are stored as they are", "[receive]") {
  StoreFixture f;
  REQUIRE(f.store.receive(order(), Body::view(""), {.content_type = "text/csv"}));
  CHECK(f.payloads() == std::map<std::string, std::string>{{kKey, ""}});
  CHECK(f.inner->head(kKey)->content_type == "text/csv");
}

TEST_CASE("without an id a fresh UUIDv7 is stored, and without a timestamp it is now", "[receive]") {
  StoreFixture f;
  Fields fields = order();
  fields.erase("timestamp");
  const auto received = f.store.receive(fields, Body::view("1"));
  REQUIRE(received);
  CHECK(received->pointer.object.key == kKey);
  const std::string id = f.inner->head(kKey)->metadata.at("id");
  CHECK(id.size() == 36);
  CHECK(id[14] == '7');
}

TEST_CASE("two payloads of one second are both kept, the second under the tie key", "[receive]") {
  StoreFixture f;
  REQUIRE(f.store.receive(order(), Body::view("1"), {.id = "a"}));
  const auto second = f.store.receive(order("comfyballs", "2024-11-14T10:23:11.123456789Z"), Body::view("2"), {.id = "b"});
  REQUIRE(second);
  CHECK_FALSE(second->duplicate);
  CHECK(second->emitted);
  const std::string tie = "comfyballs/OrderPlaced/2024-11-14T10:23:11.123456Z-b.json";
  CHECK(second->pointer.object.key == tie);
  CHECK(f.contents() == std::map<std::string, std::string>{{kKey, "1"}, {tie, "2"}});
  const auto third = f.store.receive(order(), Body::view("3"), {.id = "c"});
  REQUIRE(third);
  CHECK(third->pointer.object.key == "comfyballs/OrderPlaced/2024-11-14T10:23:11.000000Z-c.json");
  CHECK(f.emitter->messages().size() == 3);
}

TEST_CASE("the same id again stores nothing and emits again, under either key", "[receive]") {
  StoreFixture f;
  const auto first = f.store.receive(order(), Body::view("1"), {.id = "a"});
  const auto second = f.store.receive(order(), Body::view("2"), {.id = "b"});
  for (const auto& [id, original] : {std::pair{"a", &first}, std::pair{"b", &second}}) {
    CAPTURE(id);
    f.emitter->forget();
    const auto again = f.store.receive(order(), Body::view("other bytes"), {.id = id});
    REQUIRE(again);
    CHECK(again->duplicate);
    CHECK(again->emitted);
    CHECK(to_json(again->pointer) == to_json((*original)->pointer));
    CHECK(f.emitter->bodies() == std::vector<std::string>{to_json((*original)->pointer)});
    CHECK(f.payloads().size() == 2);
    CHECK(f.intents().empty());
  }
}

TEST_CASE("a UUIDv7 of the caller's gives the time where none is given, so that a retry finds its key", "[receive]") {
  StoreFixture f;
  Fields fields = order();
  fields.erase("timestamp");
  const std::string id = base::uuid_v7(f.clock->now(), *f.random);
  const auto first = f.store.receive(fields, Body::view("1"), {.id = id});
  f.clock->advance(1h);
  const auto again = f.store.receive(fields, Body::view("1"), {.id = id});
  REQUIRE(again);
  CHECK(again->duplicate);
  CHECK(again->pointer.object.key == first->pointer.object.key);
  // Neither another version's UUID nor a year that no clock can hold is taken for a time.
  for (const std::string other : {"0193299c-0000-4000-8000-000000000000", "ffffffff-ffff-7fff-8000-000000000000", "not-a-uuid",
                                  "0193299C-0000-7000-8000-000000000000"}) {
    CAPTURE(other);
    CHECK(f.store.receive(fields, Body::view("1"), {.id = other})->pointer.object.key.find("T11:23:11") != std::string::npos);
  }
}

TEST_CASE("a key that another program filled without an id is another payload's", "[receive]") {
  StoreFixture f;
  f.put(kKey, "foreign");
  const auto received = f.store.receive(order(), Body::view("1"), {.id = "a"});
  REQUIRE(received);
  CHECK(received->pointer.object.key != kKey);
  CHECK(f.payloads().at(kKey) == "foreign");
}

TEST_CASE("a layout without a timestamp cannot keep two payloads of one key", "[receive]") {
  StoreFixture f("{company}/{n:04}.json");
  const Fields fields = {{"company", "c"}, {"n", "7"}};
  REQUIRE(f.store.receive(fields, Body::view("1"), {.id = "a"}));
  const auto refused = f.store.receive(fields, Body::view("2"), {.id = "b"});
  REQUIRE(kind_of(refused) == ErrorKind::already_exists);
  CHECK(refused.error().message.find("no {timestamp}") != std::string::npos);
  CHECK(refused.error().key == "c/0007.json");
  CHECK(refused.error().operation == "receive");
  CHECK(f.contents() == std::map<std::string, std::string>{{"c/0007.json", "1"}});
  CHECK(f.store.receive(fields, Body::view("1"), {.id = "a"})->duplicate);
}

TEST_CASE("a tie key that does not fit, or is taken as well, is refused without a trace", "[receive]") {
  StoreFixture f;
  const Fields longest = order(std::string(1024 - 38, 'c'));
  REQUIRE(f.store.receive(longest, Body::view("1"), {.id = "a"}));
  const auto too_long = f.store.receive(longest, Body::view("2"), {.id = "b"});
  REQUIRE(kind_of(too_long) == ErrorKind::invalid_argument);
  CHECK(too_long.error().message.find("another payload's") != std::string::npos);
  CHECK(f.intents().empty());

  f.put(kKey, "1");
  f.put("comfyballs/OrderPlaced/2024-11-14T10:23:11.000000Z-b.json", "foreign");
  CHECK(kind_of(f.store.receive(order(), Body::view("2"), {.id = "b"})) == ErrorKind::already_exists);
  CHECK(f.payloads().size() == 3);
}

TEST_CASE("bad fields, ids and keys are refused before anything is stored", "[receive]") {
  StoreFixture f;
  const auto refused = [&](const Fields& fields, const ReceiveOptions& options = {}) {
    return kind_of(f.store.receive(fields, Body::view("1"), options)) == ErrorKind::invalid_argument;
  };
  Fields missing = order();
  missing.erase("event");
  CHECK(refused(missing));
  for (const std::string timestamp :
       {"", "yesterday", "2024-11-14T10:23:11", "2024-11-14T10:23:11+00:00", "2024-11-14t10:23:11Z", "2024-11-14T10:23:60Z",
        "2024-11-14T10:23:11.1234567890Z", "2024-11-14T10:23:11.Z", "9999-01-01T00:00:00Z"}) {
    CAPTURE(timestamp);
    CHECK(refused(order("c", timestamp)));
  }
  Fields tie = order();
  tie["tie_id"] = "x";
  CHECK(refused(tie));
  CHECK(refused(order("outbox")));
  CHECK(refused(order(std::string(1000, 'x'))));
  for (const std::string& id : {std::string("a b"), std::string("a\nb"), std::string("\xc3\xa9"), std::string(201, 'x')})
    CHECK(refused(order(), {.id = id}));
  CHECK(f.bucket->operations().empty());
  CHECK(f.emitter->calls() == 0);
  CHECK(kind_of(StoreFixture(nullptr).store.receive(order(), Body::view("1"))) == ErrorKind::invalid_argument);
}

TEST_CASE("hostile field values are stored, found again and told in the pointer", "[receive]") {
  StoreFixture f;
  for (const std::string company : {"..", ".", "", "a/b", "100%", "a\nb", "../../etc", "gr\u00fc\u00df"}) {
    CAPTURE(company);
    const auto received = f.store.receive(order(company), Body::view("1"));
    REQUIRE(received);
    CHECK(received->pointer.company == company);
  }
  CHECK(f.payloads().size() == 8);
}

TEST_CASE("when the emitter fails the payload is received and a fresh intent is left", "[receive]") {
  StoreFixture f;
  f.emitter->on_emit = [](const Message&, int) -> Status { return queue_down(); };
  const auto received = f.store.receive(order(), Body::view("1"), {.id = "a"});
  REQUIRE(received);
  CHECK_FALSE(received->emitted);
  REQUIRE(received->emit_error);
  CHECK(received->emit_error->message == "queue down");
  REQUIRE(f.intents().size() == 1);
  CHECK(f.intents().begin()->second == kKey);
  CHECK(verbs(f.bucket->operations()) ==
        std::vector<std::string>{"upload outbox/p/", std::string("upload ") + kKey, "upload outbox/p/", "delete outbox/p/"});
  // the intent that stayed is the second: the one that was written behind the payload
  CHECK("upload " + f.intents().begin()->first == f.bucket->operations()[2]);
}

TEST_CASE("a failing flush counts as not emitted", "[receive]") {
  StoreFixture f;
  f.emitter->on_flush = []() -> Status { return queue_down(); };
  const auto received = f.store.receive(order(), Body::view("1"));
  REQUIRE(received);
  CHECK_FALSE(received->emitted);
  CHECK(f.intents().size() == 1);
}

TEST_CASE("a store without an emitter leaves every pointer to the relay", "[receive]") {
  StoreFixture f;
  PointerStore store(f.inner, KeyTemplate::parse(kLayout).value(), nullptr, f.clock, f.random);
  const auto received = store.receive(order(), Body::view("1"));
  REQUIRE(received);
  CHECK_FALSE(received->emitted);
  CHECK(f.intents().size() == 1);
  CHECK(kind_of(store.relay_once()) == ErrorKind::invalid_argument);
  CHECK(kind_of(store.replay({})) == ErrorKind::invalid_argument);
  REQUIRE(f.store.relay_once());
  CHECK(f.emitter->bodies() == std::vector<std::string>{to_json(received->pointer)});
}

TEST_CASE("a lost reply is settled by a HEAD", "[receive]") {
  for (const ErrorKind kind : {ErrorKind::outcome_unknown, ErrorKind::timeout}) {
    StoreFixture f;
    f.bucket->fail({.operation = 2, .when = FaultyBucket::When::after, .kind = kind});
    const auto received = f.store.receive(order(), Body::view("1"), {.id = "a"});
    REQUIRE(received);
    CHECK(received->emitted);
    CHECK_FALSE(received->duplicate);
    CHECK(verbs(f.bucket->operations()) ==
          std::vector<std::string>{"upload outbox/p/", std::string("upload ") + kKey, std::string("head ") + kKey, "delete outbox/p/"});
  }
}

TEST_CASE("a lost request is sent again", "[receive]") {
  StoreFixture f;
  f.bucket->fail({.operation = 2, .when = FaultyBucket::When::before, .kind = ErrorKind::outcome_unknown});
  const auto received = f.store.receive(order(), once("payload"), {.id = "a"});
  REQUIRE(received);
  CHECK(f.payloads().at(kKey) == "payload");
  CHECK(verbs(f.bucket->operations()) == std::vector<std::string>{"upload outbox/p/", std::string("upload ") + kKey,
                                                                  std::string("head ") + kKey, std::string("upload ") + kKey,
                                                                  "delete outbox/p/"});
}

TEST_CASE("what the bucket cannot say is outcome_unknown, names how to find out, and keeps its intent", "[receive]") {
  StoreFixture f;
  f.bucket->fail({.operation = 2, .when = FaultyBucket::When::after, .kind = ErrorKind::outcome_unknown, .and_all_later = true});
  const auto received = f.store.receive(order("comfyballs", "2024-11-14T10:23:11.5Z"), Body::view("1"), {.id = "a"});
  REQUIRE(kind_of(received) == ErrorKind::outcome_unknown);
  CHECK(received.error().message.find("with the id a and the timestamp 2024-11-14T10:23:11.500000Z") != std::string::npos);
  CHECK(received.error().key == kKey);
  CHECK(f.emitter->calls() == 0);
  CHECK(f.intents().size() == 1);
}

TEST_CASE("at the deadline the outcome is unknown, and no deadline means a bounded number of sends", "[receive]") {
  for (const auto deadline : {0ms, 5000ms}) {
    StoreFixture f;
    class Lossy final : public BodySource {
     public:
      Result<std::optional<std::uint64_t>> size() override { return std::optional<std::uint64_t>(1); }
      Result<std::size_t> read(std::span<std::byte>) override { return Error{.kind = ErrorKind::outcome_unknown, .message = "lost"}; }
      Status rewind() override { return {}; }
    };
    const SteadyTime start = f.clock->steady_now();
    const auto received = f.store.receive(order(), Body::from(std::make_unique<Lossy>()), {.id = "a", .call = {.deadline = deadline}});
    REQUIRE(kind_of(received) == ErrorKind::outcome_unknown);
    CHECK(f.payloads().empty());
    CHECK(f.clock->steady_now() - start <= (deadline == 0ms ? 10s : 5s));
    const auto operations = f.bucket->operations();
    const auto sends = std::count(operations.begin(), operations.end(), std::string("upload ") + kKey);
    if (deadline == 0ms) CHECK(sends == 6);
    CHECK(sends > 1);
  }
}

TEST_CASE("definite refusals of the payload leave nothing behind", "[receive]") {
  for (const ErrorKind kind :
       {ErrorKind::permission_denied, ErrorKind::invalid_argument, ErrorKind::unauthenticated, ErrorKind::unsupported}) {
    StoreFixture f;
    f.bucket->fail({.operation = 2, .when = FaultyBucket::When::before, .kind = kind});
    CHECK(kind_of(f.store.receive(order(), Body::view("1"))) == kind);
    CHECK(f.contents().empty());
    CHECK(f.emitter->calls() == 0);
  }
}

TEST_CASE("without an intent nothing is sent", "[receive]") {
  StoreFixture f;
  f.bucket->fail({.operation = 1, .when = FaultyBucket::When::before, .kind = ErrorKind::unavailable});
  const auto received = f.store.receive(order(), Body::view("1"));
  REQUIRE(kind_of(received) == ErrorKind::unavailable);
  CHECK(received.error().message.find("nothing is stored") != std::string::npos);
  CHECK(f.contents().empty());
}

TEST_CASE("a small payload that can be read only once still reaches the tie key", "[receive]") {
  StoreFixture f;
  f.put(kKey, "other");
  const auto received = f.store.receive(order(), once("payload"), {.id = "a"});
  REQUIRE(received);
  CHECK(f.payloads().at(received->pointer.object.key) == "payload");
  CHECK(f.store.receive(order(), once(""), {.id = "b"}));
}

TEST_CASE("a large payload that can be read only once is refused for the tie key before anything is sent there", "[receive]") {
  StoreFixture f;
  const std::string large((1u << 20) + 1, 'x');
  const auto fits = f.store.receive(order(), once(large), {.id = "a"});
  REQUIRE(fits);
  CHECK(f.payloads().at(kKey) == large);
  const auto refused = f.store.receive(order(), once(large), {.id = "b"});
  REQUIRE(kind_of(refused) == ErrorKind::unsupported);
  CHECK(refused.error().message.find("nothing was sent to the tie key") != std::string::npos);
  CHECK(f.contents().size() == 1);
  CHECK(f.store.receive(order(), Body::view(large), {.id = "b"}));
  CHECK(f.payloads().size() == 2);
}

TEST_CASE("a payload that is not as long as it says is refused and nothing is stored", "[receive]") {
  for (const std::uint64_t size : {0u, 3u, 5u}) {
    StoreFixture f;
    CHECK_FALSE(f.store.receive(order(), Body::from(std::make_unique<OnceSource>("four", size))));
    CHECK(f.contents().empty());
  }
  StoreFixture f;
  CHECK(kind_of(f.store.receive(order(), Body::file("/nonexistent/payload"))) == ErrorKind::not_found);
  CHECK(f.contents().empty());
}

TEST_CASE("a cancelled call that has stored its payload says so and leaves the pointer to the relay", "[receive]") {
  StoreFixture f;
  const CancelToken cancel;
  f.emitter->on_emit = [&](const Message&, int) -> Status {
    cancel.cancel();
    return queue_down();
  };
  const auto received = f.store.receive(order(), Body::view("1"), {.call = {.cancel = cancel}});
  REQUIRE(received);
  CHECK_FALSE(received->emitted);
  CHECK(f.intents().size() == 1);

  const CancelToken early;
  early.cancel();
  CHECK(kind_of(f.store.receive(order("c"), Body::view("1"), {.call = {.cancel = early}})) == ErrorKind::cancelled);
}

TEST_CASE("a bucket that says taken and then not there is a conflict, not a success", "[receive]") {
  StoreFixture f;
  f.bucket->fail({.operation = 2, .when = FaultyBucket::When::before, .kind = ErrorKind::already_exists});
  CHECK(f.store.receive(order(), Body::view("1")));  // once: sent again, and stored
  CHECK(f.payloads().size() == 1);
}

TEST_CASE("eight threads that receive in the same second lose nothing", "[receive][threads]") {
  StoreFixture f;
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string id = std::to_string(t) + "-" + std::to_string(i);
          const auto received = f.store.receive(order(), Body::text(id), {.id = id});
          if (!received || !received->emitted || received->duplicate) ++failures;
        }
      });
    }
  }
  CHECK(failures == 0);
  const auto payloads = f.payloads();
  CHECK(payloads.size() == kThreads * kEach);
  std::map<std::string, int> contents;
  for (const auto& [key, content] : payloads) {
    CHECK(f.inner->head(key)->metadata.at("id") == content);
    ++contents[content];
  }
  CHECK(contents.size() == kThreads * kEach);
  CHECK(f.emitter->messages().size() == kThreads * kEach);
  CHECK(f.intents().empty());
}

TEST_CASE("eight threads that receive the same payload store it once", "[receive][threads]") {
  StoreFixture f;
  f.put(kKey, "other");  // so that all of them meet at the tie key
  std::atomic<int> stored = 0;
  std::atomic<int> duplicates = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        const auto received = f.store.receive(order(), Body::view("same"), {.id = "same"});
        if (received) ++(received->duplicate ? duplicates : stored);
      });
    }
  }
  CHECK(stored == 1);
  CHECK(duplicates == 7);
  CHECK(f.payloads().size() == 2);
}
