// The protocol under faults: the n-th operation of the bucket or the emitter fails, for every n, before or after it took effect; or the
// process ends there. What must hold whatever happened:
//   an acknowledged payload is stored exactly once, and its pointer is out at least once after a relay ran;
//   a retry with the same id stores nothing twice;
//   no pointer ever names an object that is not there.
#include <set>

#include "events/fixture.h"

using namespace objectstore;
using namespace objectstore::testing;
using namespace std::chrono_literals;

namespace {

struct Case {
  const char* name;
  bool key_taken;      ///< the ordinary key is another payload's
  bool queue_is_down;  ///< while `receive` runs
};

const std::vector<Case> kCases = {
    {"free key", false, false}, {"taken key", true, false}, {"queue down", false, true}, {"taken key, queue down", true, true}};

struct Run : StoreFixture {
  static constexpr const char* kOther = "comfyballs/OrderPlaced/2024-11-14T10:23:11Z.json";

  explicit Run(const Case& which) {
    if (which.key_taken) put(kOther, "another");
    emitter->on_emit = [this, down = which.queue_is_down](const Message& message, int) -> Status {
      require_present(message);
      return down ? queue_down() : Status();
    };
  }

  /// A fresh store, as after a restart.
  Result<Received> receive() {
    PointerStore fresh(bucket, KeyTemplate::parse(kLayout).value(), emitter, clock, random);
    return fresh.receive(order(), Body::view("mine"), {.id = "my-id", .call = {.deadline = 30s}});
  }
  void recover() {
    bucket->fail({});
    emitter->on_emit = [this](const Message& message, int) {
      require_present(message);
      return Status();
    };
  }
  void require_present(const Message& message) {
    for (const auto& [key, content] : payloads()) {
      if (message.id == pointer_event_id("events", key)) return;
    }
    FAIL("a pointer left whose payload is not there: " << message.body);
  }
  /// The keys that hold our payload.
  std::vector<std::string> stored() const {
    std::vector<std::string> keys;
    for (const auto& [key, content] : payloads()) {
      if (content == "mine") keys.push_back(key);
    }
    return keys;
  }
  bool is_out(const std::string& key) const {
    const auto messages = emitter->messages();
    return std::any_of(messages.begin(), messages.end(),
                       [&](const Message& message) { return message.id == pointer_event_id("events", key); });
  }
};

/// Operations that a receive without faults takes.
int operations_of(const Case& which) {
  Run run(which);
  REQUIRE(run.receive());
  return static_cast<int>(run.bucket->operations().size());
}

template <class Check>
void for_every_fault(Check check) {
  for (const Case& which : kCases) {
    const int count = operations_of(which);
    REQUIRE(count >= 3);
    for (int n = 1; n <= count + 1; ++n) {
      for (const auto when : {FaultyBucket::When::before, FaultyBucket::When::after}) {
        for (const auto kind : {ErrorKind::unavailable, ErrorKind::outcome_unknown, ErrorKind::timeout, ErrorKind::cancelled}) {
          for (const bool ends : {false, true}) {
            CAPTURE(which.name, n, static_cast<int>(when), to_string(kind), ends);
            check(which, FaultyBucket::Fault{.operation = n, .when = when, .kind = kind, .and_all_later = ends});
          }
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("an acknowledged payload is stored once and its pointer goes out, whichever operation failed", "[receive][faults]") {
  int acknowledged = 0;
  for_every_fault([&](const Case& which, const FaultyBucket::Fault& fault) {
    Run run(which);
    run.bucket->fail(fault);
    const auto received = run.receive();
    run.recover();
    REQUIRE(run.stored().size() <= 1);
    if (received) {
      ++acknowledged;
      REQUIRE(run.stored() == std::vector<std::string>{received->pointer.object.key});
      if (!received->emitted) CHECK_FALSE(run.is_out(received->pointer.object.key));
      run.clock->advance(48h);  // however late the relay comes
      REQUIRE(run.store.relay_once());
      CHECK(run.is_out(received->pointer.object.key));
      CHECK(run.intents().empty());
    }
  });
  CHECK(acknowledged > 100);
}

TEST_CASE("after any failure a retry with the same id stores nothing twice and its pointer goes out", "[receive][faults]") {
  int failed = 0;
  for_every_fault([&](const Case& which, const FaultyBucket::Fault& fault) {
    Run run(which);
    run.bucket->fail(fault);
    const auto first = run.receive();
    if (!first) ++failed;
    run.recover();
    run.clock->advance(1s);
    const auto again = run.receive();
    REQUIRE(again);
    REQUIRE(run.stored() == std::vector<std::string>{again->pointer.object.key});
    if (first) CHECK(to_json(first->pointer) == to_json(again->pointer));
    CHECK(run.is_out(again->pointer.object.key));
    REQUIRE(run.store.relay_once());
    run.clock->advance(2h);
    REQUIRE(run.store.relay_once());
    CHECK(run.intents().empty());
  });
  CHECK(failed > 100);
}

TEST_CASE("a process that ended anywhere leaves nothing that a relay cannot settle", "[receive][faults]") {
  for_every_fault([](const Case& which, const FaultyBucket::Fault& fault) {
    Run run(which);
    run.bucket->fail(fault);
    const auto received = run.receive();
    run.recover();
    run.clock->advance(2h);
    REQUIRE(run.store.relay_once());
    CHECK(run.intents().empty());
    for (const std::string& key : run.stored()) CHECK(run.is_out(key));  // stored is enough: the intent was there before
  });
}

TEST_CASE("a relay that failed anywhere loses no pointer", "[relay][faults]") {
  constexpr int kPending = 3;
  for (int n = 1; n <= 12; ++n) {
    for (const auto when : {FaultyBucket::When::before, FaultyBucket::When::after}) {
      for (const bool ends : {false, true}) {
        CAPTURE(n, static_cast<int>(when), ends);
        Run run(kCases[2]);
        std::vector<std::string> keys;
        for (int i = 0; i < kPending; ++i) {
          keys.push_back(run.store.receive(order("c" + std::to_string(i)), Body::view("mine"))->pointer.object.key);
        }
        run.recover();
        run.bucket->fail({.operation = n, .when = when, .and_all_later = ends});
        static_cast<void>(run.store.relay_once().has_value());
        run.bucket->fail({});
        REQUIRE(run.store.relay_once());
        for (const std::string& key : keys) CHECK(run.is_out(key));
        CHECK(run.intents().empty());
      }
    }
  }
}

TEST_CASE("an emitter that fails at any message loses none of them", "[relay][faults]") {
  constexpr int kPending = 7;
  for (int n = 1; n <= kPending; ++n) {
    CAPTURE(n);
    Run run(kCases[2]);
    std::vector<std::string> keys;
    for (int i = 0; i < kPending; ++i) {
      keys.push_back(run.store.receive(order("c" + std::to_string(i)), Body::view("mine"))->pointer.object.key);
    }
    run.emitter->forget();
    run.emitter->on_emit = [n](const Message&, int call) -> Status { return call == n ? queue_down() : Status(); };
    const auto report = run.store.relay_once();
    REQUIRE(report);
    CHECK(report->emitted == kPending - 1);
    CHECK(report->failed == 1);
    run.recover();
    CHECK(run.store.relay_once()->emitted == 1);
    for (const std::string& key : keys) CHECK(run.is_out(key));
  }
}

TEST_CASE("a payload that lands after a relay dropped its intent is still told of", "[receive][faults]") {
  Run run(kCases[2]);  // the queue is down, and the upload of the payload hangs for two hours
  run.bucket->before_each = [&, asleep = false](const std::string& line) mutable {
    if (asleep || !line.starts_with("upload comfyballs")) return;
    asleep = true;
    run.clock->advance(2h);
    PointerStore relay(run.inner, std::nullopt, run.emitter, run.clock, run.random);
    CHECK(relay.relay_once()->dropped == 1);
  };
  PointerStore fresh(run.bucket, KeyTemplate::parse(kLayout).value(), run.emitter, run.clock, run.random);
  const auto received = fresh.receive(order(), Body::view("mine"));
  REQUIRE(received);
  CHECK_FALSE(received->emitted);
  run.bucket->before_each = nullptr;
  run.recover();
  CHECK(run.store.relay_once()->emitted == 1);
  CHECK(run.is_out(received->pointer.object.key));
}

TEST_CASE("a relay that runs between any two steps of a receive only duplicates", "[receive][faults]") {
  for (const Case& which : kCases) {
    const int count = operations_of(which);
    for (int n = 1; n <= count; ++n) {
      CAPTURE(which.name, n);
      Run run(which);
      int operation = 0;
      run.bucket->before_each = [&](const std::string&) {
        if (++operation != n) return;
        PointerStore relay(run.inner, KeyTemplate::parse(kLayout).value(), run.emitter, run.clock, run.random);
        CHECK(relay.relay_once());
      };
      const auto received = run.receive();
      run.bucket->before_each = nullptr;
      REQUIRE(received);
      REQUIRE(run.stored().size() == 1);
      run.recover();
      REQUIRE(run.store.relay_once());
      CHECK(run.is_out(received->pointer.object.key));
      CHECK(run.intents().empty());
    }
  }
}
