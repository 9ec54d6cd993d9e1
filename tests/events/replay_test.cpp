// PointerStore::replay: the same pointers again, in order, as many and as fast as asked for.
#include <cmath>

#include "events/fixture.h"

using namespace objectstore;
using namespace objectstore::testing;
using namespace std::chrono_literals;

namespace {

std::string second(int n) {
  return "2024-11-14T10:" + std::to_string(10 + n / 60) + ":" + std::to_string(100 + n % 60).substr(1) + "Z";
}

/// Receives `count` payloads a company and returns their pointers' JSON in key order.
std::vector<std::string> receive_some(StoreFixture& f, int count, const std::vector<std::string>& companies = {"a", "b", "c"}) {
  std::map<std::string, std::string> pointers;
  for (const std::string& company : companies) {
    for (int i = 0; i < count; ++i) {
      Fields fields = order(company, second(i));
      fields["event"] = i % 2 == 0 ? "OrderPlaced" : "OrderPaid";
      const auto received =
          f.store.receive(fields, Body::text(std::to_string(i)), {.content_type = i % 3 == 0 ? "text/csv" : "application/json"});
      REQUIRE(received);
      pointers[received->pointer.object.key] = to_json(received->pointer);
    }
  }
  f.emitter->forget();
  f.bucket->fail({});
  std::vector<std::string> lines;
  for (auto& [key, line] : pointers) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> replayed(StoreFixture& f, const ReplayOptions& options) {
  f.emitter->forget();
  const auto report = f.store.replay(options);
  if (!report) FAIL(report.error().message);
  CHECK(report->emitted == f.emitter->messages().size());
  return f.emitter->bodies();
}

int count_of(const StoreFixture& f, const std::string& verb) {
  const auto operations = f.bucket->operations();
  return static_cast<int>(
      std::count_if(operations.begin(), operations.end(), [&](const std::string& line) { return line.starts_with(verb + " "); }));
}

}  // namespace

TEST_CASE("a replay writes the very bytes that receive wrote, in key order", "[replay]") {
  StoreFixture f;
  f.emitter->on_emit = nullptr;
  const auto original = receive_some(f, 40);
  CHECK(replayed(f, {}) == original);
  CHECK(replayed(f, {.concurrency = 1}) == original);
  CHECK(replayed(f, {.concurrency = 0}) == original);
  PointerStore bare(f.bucket, std::nullopt, f.emitter, f.clock, f.random);
  f.emitter->forget();
  REQUIRE(bare.replay({}));  // payloads name their layout
  CHECK(f.emitter->bodies() == original);
  const auto report = f.store.replay({});
  CHECK(report->last_key == "c/OrderPlaced/2024-11-14T10:10:38Z.json");
  CHECK(report->skipped == 0);
}

TEST_CASE("a prefix selects, and keys below outbox/ are never replayed", "[replay]") {
  StoreFixture f;
  const auto original = receive_some(f, 4);
  REQUIRE(f.inner->upload("outbox/p/x", Body::view("a/OrderPaid/x")));
  REQUIRE(f.inner->upload("outbox/clock", Body::view("")));
  CHECK(replayed(f, {}) == original);
  CHECK(replayed(f, {.prefix = "b/"}) == std::vector<std::string>(original.begin() + 4, original.begin() + 8));
  CHECK(replayed(f, {.prefix = "nothing/"}).empty());
  PointerStore bare(f.bucket, std::nullopt, f.emitter, f.clock, f.random);
  CHECK(bare.replay({})->emitted == 12);
  CHECK(bare.replay({.prefix = "o"})->emitted == 0);
  CHECK(kind_of(bare.replay({.prefix = "outbox/"})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bare.replay({.prefix = "outbox/p/"})) == ErrorKind::invalid_argument);
}

TEST_CASE("fields filter, and leading ones narrow the listing", "[replay]") {
  StoreFixture f;
  const auto original = receive_some(f, 10);
  const auto listed = [&f] {
    for (const std::string& line : f.bucket->operations()) {
      if (line.starts_with("list")) return line;
    }
    return std::string();
  };
  CHECK(replayed(f, {.where = {{"company", "b"}}}) == std::vector<std::string>(original.begin() + 10, original.begin() + 20));
  CHECK(listed() == "list b/");
  f.bucket->fail({});
  CHECK(replayed(f, {.where = {{"event", "OrderPaid"}}}).size() == 15);
  CHECK(listed() == "list ");
  f.bucket->fail({});
  CHECK(replayed(f, {.where = {{"company", "b"}, {"event", "OrderPaid"}, {"timestamp", "2024-11-14T10:10:03"}}}).size() == 1);
  CHECK(listed() == "list b/OrderPaid/2024-11-14T10:10:03");
  CHECK(replayed(f, {.where = {{"timestamp", "2024-11-14"}}}).size() == 30);
  CHECK(replayed(f, {.where = {{"timestamp", "2024-11-14T10:10:03Z"}}}).size() == 3);
  CHECK(replayed(f, {.where = {{"timestamp", "2023"}}}).empty());
  f.bucket->fail({});
  CHECK(replayed(f, {.prefix = "b/OrderPaid/", .where = {{"company", "b"}}}).size() == 5);
  CHECK(listed() == "list b/OrderPaid/");
  CHECK(replayed(f, {.prefix = "a/", .where = {{"company", "b"}}}).empty());
  CHECK(f.store.replay({.where = {{"event", "OrderPaid"}}})->skipped == 15);
  CHECK(kind_of(f.store.replay({.where = {{"color", "red"}}})) == ErrorKind::invalid_argument);
  PointerStore bare(f.bucket, std::nullopt, f.emitter, f.clock, f.random);
  CHECK(kind_of(bare.replay({.where = {{"company", "b"}}})) == ErrorKind::invalid_argument);
}

TEST_CASE("keys that are not of the layout are skipped and counted", "[replay]") {
  StoreFixture f;
  const auto original = receive_some(f, 3, {"a"});
  f.put("a/README");
  f.put("zzz");
  const auto report = f.store.replay({});
  CHECK(report->emitted == 3);
  CHECK(report->skipped == 2);
  CHECK(f.emitter->bodies() == original);
}

TEST_CASE("both forms of a key are replayed and filtered by their second", "[replay]") {
  StoreFixture f;
  REQUIRE(f.store.receive(order(), Body::view("1"), {.id = "a"}));
  REQUIRE(f.store.receive(order(), Body::view("2"), {.id = "b"}));
  CHECK(replayed(f, {.where = {{"timestamp", "2024-11-14T10:23:11Z"}}}).size() == 2);
  CHECK(replayed(f, {.where = {{"tie_id", "b"}}}).size() == 1);
}

TEST_CASE("start_after, until and limit cut the replay to the key", "[replay]") {
  StoreFixture f;
  const auto original = receive_some(f, 300, {"a"});
  std::vector<std::string> keys;
  for (const auto& [key, content] : f.payloads()) keys.push_back(key);
  using Lines = std::vector<std::string>;
  CHECK(replayed(f, {.start_after = keys[99]}) == Lines(original.begin() + 100, original.end()));
  CHECK(replayed(f, {.until = keys[100]}) == Lines(original.begin(), original.begin() + 100));
  CHECK(replayed(f, {.start_after = keys[9], .until = keys[20]}) == Lines(original.begin() + 10, original.begin() + 20));
  for (const std::uint64_t limit : {1u, 255u, 256u, 257u, 299u, 300u, 301u}) {
    CAPTURE(limit);
    const auto lines = replayed(f, {.limit = limit});
    CHECK(lines == Lines(original.begin(), original.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(limit, 300))));
  }
  CHECK(replayed(f, {.until = "a"}).empty());
}

TEST_CASE("a limit costs no more requests than it needs", "[replay]") {
  StoreFixture f;
  receive_some(f, 300, {"a"});
  REQUIRE(f.store.replay({.limit = 10}));
  CHECK(count_of(f, "head") == 10);
  CHECK(count_of(f, "list") == 1);
}

TEST_CASE("a known content type spares every HEAD and changes no byte", "[replay]") {
  StoreFixture f;
  for (int i = 0; i < 5; ++i) REQUIRE(f.store.receive(order("a", second(i)), Body::view("1")));
  const auto original = f.emitter->bodies();
  f.bucket->fail({});
  CHECK(replayed(f, {.content_type = "application/json"}) == original);
  CHECK(count_of(f, "head") == 0);
}

TEST_CASE("resuming behind the last reported key misses and repeats nothing, wherever the emitter failed", "[replay]") {
  StoreFixture f;
  const auto original = receive_some(f, 30, {"a"});
  for (int n = 1; n <= 30; ++n) {
    CAPTURE(n);
    f.emitter->forget();
    f.emitter->on_emit = [n](const Message&, int call) -> Status { return call == n ? queue_down() : Status(); };
    std::string last;
    std::uint64_t reported = 0;
    const auto note = [&](const Pointer& pointer, std::uint64_t count) {
      last = pointer.object.key;
      reported = count;
    };
    const auto failed = f.store.replay({.on_emitted = note});
    REQUIRE(kind_of(failed) == ErrorKind::unavailable);
    CHECK(reported == static_cast<std::uint64_t>(n - 1));
    CHECK(failed.error().key == f.inner->list({.start_after = last, .page_size = 1})->objects.at(0).key);
    f.emitter->on_emit = nullptr;
    REQUIRE(f.store.replay({.start_after = last}));
    CHECK(f.emitter->bodies() == original);
  }
}

TEST_CASE("what was emitted and not flushed is not reported", "[replay]") {
  StoreFixture f;
  receive_some(f, 3, {"a"});
  f.emitter->on_flush = []() -> Status { return queue_down(); };
  int reported = 0;
  CHECK(kind_of(f.store.replay({.on_emitted = [&](const Pointer&, std::uint64_t) { ++reported; }})) == ErrorKind::unavailable);
  CHECK(reported == 0);
  CHECK(f.emitter->messages().size() == 3);
}

TEST_CASE("a dry run tells the same pointers, emits nothing and asks for nothing it does not tell", "[replay]") {
  StoreFixture f;
  const auto original = receive_some(f, 10);
  std::vector<std::string> told;
  const auto report = f.store.replay(
      {.per_second = 1, .dry_run = true, .on_emitted = [&](const Pointer& pointer, std::uint64_t) { told.push_back(to_json(pointer)); }});
  REQUIRE(report);
  CHECK(report->emitted == 30);
  CHECK(told == original);
  CHECK(f.emitter->calls() == 0);
  CHECK(f.emitter->flushes() == 0);
  CHECK(f.clock->slept() == 0ms);
  f.bucket->fail({});
  CHECK(f.store.replay({.dry_run = true})->emitted == 30);
  CHECK(count_of(f, "head") == 0);
  PointerStore silent(f.bucket, std::nullopt, nullptr, f.clock, f.random);
  CHECK(silent.replay({.dry_run = true})->emitted == 30);
}

TEST_CASE("the rate is kept by the clock and progress is reported at least every second", "[replay]") {
  StoreFixture f;
  receive_some(f, 100, {"a"});
  for (const double rate : {2.0, 50.0, 400.0, 3000.0}) {
    CAPTURE(rate);
    const SteadyTime start = f.clock->steady_now();
    SteadyTime last = start;
    std::chrono::nanoseconds longest{0};
    const auto note = [&](const Pointer&, std::uint64_t) {
      longest = std::max<std::chrono::nanoseconds>(longest, f.clock->steady_now() - last);
      last = f.clock->steady_now();
    };
    REQUIRE(f.store.replay({.per_second = rate, .on_emitted = note}));
    const double took = std::chrono::duration<double>(f.clock->steady_now() - start).count();
    CHECK(took >= 99 / rate * 0.95 - 0.021);
    CHECK(took <= 99 / rate * 1.05 + 0.005);
    CHECK(longest <= 1500ms);
  }
  CHECK(kind_of(f.store.replay({.per_second = -1})) == ErrorKind::invalid_argument);
  CHECK(kind_of(f.store.replay({.per_second = std::nan("")})) == ErrorKind::invalid_argument);
}

TEST_CASE("payloads that vanish during the replay are skipped", "[replay]") {
  StoreFixture f;
  const auto original = receive_some(f, 3, {"a"});
  const std::string gone = "a/OrderPlaced/" + second(0) + ".json";
  f.bucket->before_each = [&](const std::string& line) {
    if (line == "head " + gone) CHECK(f.inner->delete_object(gone));
  };
  const auto report = f.store.replay({});
  REQUIRE(report);
  CHECK(report->emitted == 2);
  CHECK(report->skipped == 1);
}

TEST_CASE("a HEAD that fails ends the replay behind what went out before it", "[replay]") {
  StoreFixture f;
  receive_some(f, 5, {"a"});
  f.bucket->fail({.operation = 4});  // list, then the third HEAD
  std::uint64_t reported = 0;
  const auto failed = f.store.replay({.concurrency = 1, .on_emitted = [&](const Pointer&, std::uint64_t count) { reported = count; }});
  REQUIRE(kind_of(failed) == ErrorKind::unavailable);
  CHECK(reported == 2);
  f.bucket->fail({.operation = 1});
  CHECK(kind_of(f.store.replay({})) == ErrorKind::unavailable);
}

TEST_CASE("a replay ends when it is cancelled or out of time", "[replay]") {
  StoreFixture f;
  receive_some(f, 20, {"a"});
  const CancelToken cancel;
  const auto stop_at_five = [&](const Message&, int call) -> Status {
    if (call == 5) cancel.cancel();
    return {};
  };
  f.emitter->on_emit = stop_at_five;
  CHECK(kind_of(f.store.replay({.call = {.cancel = cancel}})) == ErrorKind::cancelled);
  CHECK(f.emitter->messages().size() == 5);
  f.emitter->on_emit = nullptr;
  f.emitter->forget();
  CHECK(kind_of(f.store.replay({.per_second = 1, .call = {.deadline = 5s}})) == ErrorKind::timeout);
  CHECK(f.emitter->messages().size() >= 4);
  CHECK(f.emitter->messages().size() <= 6);
}

TEST_CASE("several pages are walked once, without a gap", "[replay]") {
  StoreFixture f(nullptr);
  for (int i = 0; i < 3333; ++i) f.put("k/" + std::to_string(10000 + i));
  f.bucket->fail({});
  const auto report = f.store.replay({.prefix = "k/"});
  REQUIRE(report);
  CHECK(report->emitted == 3333);
  CHECK(count_of(f, "list") == 4);
  const auto bodies = f.emitter->bodies();
  CHECK(std::is_sorted(bodies.begin(), bodies.end()));
  CHECK(std::adjacent_find(bodies.begin(), bodies.end()) == bodies.end());
}
