// Contract: what the pointer event store needs of a bucket holds on every backend.
#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "contract/backend_under_test.h"
#include "objectstore/events.h"

namespace objectstore::contract {
namespace {

class Collector final : public Emitter {
 public:
  Status emit(const Message& message) override {
    const std::lock_guard lock(mutex_);
    if (down) return Error{.kind = ErrorKind::unavailable, .message = "down"};
    bodies_.push_back(message.body);
    return {};
  }
  Status flush() override { return {}; }
  [[nodiscard]] std::string describe() const override { return "collector"; }
  [[nodiscard]] std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(bodies_, {});
  }
  std::atomic<bool> down = false;

 private:
  std::mutex mutex_;
  std::vector<std::string> bodies_;
};

struct Events {
  FreshBucket bucket;
  std::shared_ptr<Collector> emitter = std::make_shared<Collector>();
  PointerStore store{
      backend().client.bucket(bucket->name()),
      KeyTemplate::parse("{company}/{collection}/{warehouse}/{source}/{entity}/v{version:int}/{event}/{timestamp}.json").value(), emitter};
};

Fields order(const std::string& company, const std::string& timestamp = "2024-11-14T10:23:11Z") {
  return {{"company", company}, {"collection", "orders"}, {"warehouse", "prime-cargo"}, {"source", "woocommerce"},
          {"entity", "order"},  {"version", "1"},         {"event", "OrderPlaced"},     {"timestamp", timestamp}};
}

}  // namespace

TEST_CASE("received payloads are replayed as the very same pointers, in key order", "[contract][events]") {
  Events events;
  std::map<std::string, std::string> pointers;
  for (const std::string company : {"comfyballs", "a b+c", "100%", "gr\u00fc\u00df", "..", "x/y"}) {
    for (const std::string second : {"10", "11"}) {
      const auto received = events.store.receive(order(company, "2024-11-14T10:23:" + second + "Z"), Body::text(company + second));
      INFO(failure_of(received));
      REQUIRE(received);
      CHECK(received->emitted);
      pointers[received->pointer.object.key] = to_json(received->pointer);
      CHECK(text_of(*events.bucket, received->pointer.object.key) == company + second);
    }
  }
  CHECK(events.emitter->take().size() == 12);
  const auto replayed = events.store.replay({});
  INFO(failure_of(replayed));
  REQUIRE(replayed);
  std::vector<std::string> expected;
  for (const auto& [key, pointer] : pointers) expected.push_back(pointer);
  CHECK(events.emitter->take() == expected);
  REQUIRE(events.store.replay({.where = {{"company", "100%"}}}));
  CHECK(events.emitter->take().size() == 2);
}

TEST_CASE("of payloads that eight threads receive in one second none is lost and none is stored twice", "[contract][events]") {
  Events events;
  constexpr int kThreads = 8;
  constexpr int kEach = 12;
  std::mutex mutex;
  std::set<std::string> keys;
  std::atomic<int> failures = 0;
  in_threads(kThreads, [&](int thread) {
    for (int i = 0; i < kEach; ++i) {
      const std::string id = std::to_string(thread) + "-" + std::to_string(i);
      for (int attempt = 0; attempt < 2; ++attempt) {  // each is received twice
        const auto received = events.store.receive(order("c"), Body::view(id), {.id = id});
        if (!received || received->duplicate != (attempt == 1)) {
          ++failures;
          continue;
        }
        const std::lock_guard lock(mutex);
        keys.insert(received->pointer.object.key);
      }
    }
  });
  CHECK(failures == 0);
  CHECK(keys.size() == kThreads * kEach);
  std::set<std::string> contents;
  const auto stored = keys_of(*events.bucket);
  for (const std::string& key : stored) contents.insert(text_of(*events.bucket, key));
  CHECK(std::set<std::string>(stored.begin(), stored.end()) == keys);
  CHECK(contents.size() == kThreads * kEach);
}

TEST_CASE("one payload that eight threads receive at once is stored once", "[contract][events]") {
  Events events;
  std::atomic<int> stored = 0;
  std::atomic<int> found = 0;
  in_threads(8, [&](int) {
    const auto received = events.store.receive(order("c"), Body::view("same"), {.id = "same"});
    if (received) ++(received->duplicate ? found : stored);
  });
  CHECK(stored == 1);
  CHECK(found == 7);
  CHECK(keys_of(*events.bucket).size() == 1);
}

TEST_CASE("pointers that could not go out are relayed, by several relays at once too", "[contract][events]") {
  Events events;
  events.emitter->down = true;
  std::set<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    const auto received = events.store.receive(order("c" + std::to_string(i)), Body::view("1"));
    REQUIRE(received);
    CHECK_FALSE(received->emitted);
    expected.insert(to_json(received->pointer));
  }
  CHECK(keys_of(*events.bucket, {.prefix = "outbox/"}).size() == 20);
  events.emitter->down = false;
  std::atomic<int> failures = 0;
  in_threads(3, [&](int) {
    const auto report = events.store.relay_once();
    if (!report || report->failed + report->malformed + report->dropped != 0) ++failures;
  });
  CHECK(failures == 0);
  const auto bodies = events.emitter->take();
  CHECK(std::set<std::string>(bodies.begin(), bodies.end()) == expected);
  CHECK(keys_of(*events.bucket, {.prefix = "outbox/"}).empty());
}

TEST_CASE("an intent without a payload waits, by the bucket's own time", "[contract][events]") {
  Events events;
  put(*events.bucket, "outbox/p/0193299c-0000-7000-8000-000000000000", "c/nothing/here.json");
  const auto report = events.store.relay_once();
  INFO(failure_of(report));
  REQUIRE(report);
  CHECK(report->waiting == 1);
  CHECK_FALSE(report->first_error);
  CHECK(keys_of(*events.bucket) == std::vector<std::string>{"outbox/p/0193299c-0000-7000-8000-000000000000"});
}

}  // namespace objectstore::contract
