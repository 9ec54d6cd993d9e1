// Contract: conditions decide, also between writers that race.
#include <atomic>
#include <mutex>

#include "contract/backend_under_test.h"

namespace objectstore::contract {

namespace {

std::string quoted(const std::string& etag) {
  return '"' + etag + '"';
}

}  // namespace

TEST_CASE("create-only stores a new key and refuses a taken one", "[contract][conditions]") {
  const FreshBucket bucket;
  put(*bucket, "k", "1", {.condition = CreateOnly{}});
  auto second = bucket->upload("k", Body::view("2"), {.condition = CreateOnly{}});
  check_context(second, "upload", bucket->name(), "k");
  CHECK(kind_of(second) == ErrorKind::already_exists);
  CHECK(text_of(*bucket, "k") == "1");
  REQUIRE(bucket->delete_object("k"));
  put(*bucket, "k", "3", {.condition = CreateOnly{}});
  CHECK(text_of(*bucket, "k") == "3");
}

TEST_CASE("if-match replaces the object it names, with quotes and without, and no other", "[contract][conditions]") {
  const FreshBucket bucket;
  const auto first = put(*bucket, "k", "1");
  const auto second = put(*bucket, "k", "2", {.condition = IfMatch{first.ref.etag}});
  auto stale = bucket->upload("k", Body::view("3"), {.condition = IfMatch{first.ref.etag}});
  check_context(stale, "upload", bucket->name(), "k");
  CHECK(kind_of(stale) == ErrorKind::precondition_failed);
  CHECK(text_of(*bucket, "k") == "2");
  put(*bucket, "k", "4", {.condition = IfMatch{quoted(second.ref.etag)}});
  CHECK(text_of(*bucket, "k") == "4");
}

TEST_CASE("if-match on a key that holds nothing is not_found", "[contract][conditions]") {
  const FreshBucket bucket;
  auto missing = bucket->upload("k", Body::view("1"), {.condition = IfMatch{"5d41402abc4b2a76b9719d911017c592"}});
  check_context(missing, "upload", bucket->name(), "k");
  CHECK(kind_of(missing) == ErrorKind::not_found);
  CHECK(missing.error().service_code != "NoSuchBucket");
  CHECK(keys_of(*bucket).empty());
  CHECK(kind_of(bucket->upload("k", Body::view("1"), {.condition = IfMatch{""}})) == ErrorKind::invalid_argument);
}

TEST_CASE("of eight writers that create one key exactly one wins, and its bytes stay", "[contract][conditions]") {
  const FreshBucket bucket;
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    const std::string key = "race/" + std::to_string(round);
    std::atomic<int> winners{0};
    std::atomic<int> losers{0};
    std::atomic<int> winner{-1};
    in_threads(8, [&](int writer) {
      auto uploaded = bucket->upload(key, Body::text(std::to_string(writer)), {.condition = CreateOnly{}});
      if (uploaded) {
        ++winners;
        winner = writer;
      } else if (uploaded.error().kind == ErrorKind::already_exists) {
        ++losers;
      }
    });
    CHECK(winners == 1);
    CHECK(losers == 7);
    CHECK(text_of(*bucket, key) == std::to_string(winner));
  }
}

TEST_CASE("a counter that is moved by if-match alone loses no step", "[contract][conditions]") {
  const FreshBucket bucket;
  put(*bucket, "counter", "0");
  constexpr int kWriters = 6;
  constexpr int kSteps = 10;
  std::mutex mutex;
  std::vector<std::string> unexpected;
  in_threads(kWriters, [&](int) {
    for (int step = 0; step < kSteps;) {
      auto current = bucket->download("counter");
      if (current) {
        const int next = std::stoi(current->content) + 1;
        auto moved = bucket->upload("counter", Body::text(std::to_string(next)), {.condition = IfMatch{current->object.etag}});
        if (moved) {
          ++step;
          continue;
        }
        if (moved.error().kind == ErrorKind::precondition_failed || moved.error().kind == ErrorKind::conflict) continue;
        const std::lock_guard lock(mutex);
        unexpected.push_back(failure_of(moved));
        return;
      }
      const std::lock_guard lock(mutex);
      unexpected.push_back(failure_of(current));
      return;
    }
  });
  CHECK(unexpected == std::vector<std::string>{});
  CHECK(text_of(*bucket, "counter") == std::to_string(kWriters * kSteps));
}

TEST_CASE("readers see one whole version while writers replace it", "[contract][conditions]") {
  const FreshBucket bucket;
  const auto write = [&](int n) {
    const std::string value = std::to_string(n);
    return bucket->upload("k", Body::text(std::string(20'000 + static_cast<std::size_t>(n), static_cast<char>('a' + n % 26))),
                          {.content_type = "n/" + value, .metadata = {{"n", value}}});
  };
  REQUIRE(write(0));
  std::atomic<bool> stop{false};
  std::atomic<int> reads{0};
  std::mutex mutex;
  std::vector<std::string> torn;
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  in_threads(4, [&](int thread) {
    if (thread == 0) {
      for (int n = 1; n <= 60 || (reads < 100 && std::chrono::steady_clock::now() < limit); ++n) {
        if (!write(n)) {
          const std::lock_guard lock(mutex);
          torn.emplace_back("a write failed");
        }
      }
      stop = true;
      return;
    }
    while (!stop) {
      auto got = bucket->download("k");
      const std::lock_guard lock(mutex);
      if (!got) {
        torn.push_back(failure_of(got));
        continue;
      }
      ++reads;
      const std::string n = got->object.metadata["n"];
      const bool whole = got->object.content_type == "n/" + n && got->content.size() == 20'000 + static_cast<std::size_t>(std::stoi(n)) &&
                         got->content.find_first_not_of(got->content.front()) == std::string::npos &&
                         got->object.size == got->content.size();
      if (!whole) torn.push_back("version " + n + " with " + std::to_string(got->content.size()) + " bytes");
    }
  });
  CHECK(torn == std::vector<std::string>{});
  CHECK(reads > 0);
}

TEST_CASE("read conditions answer not_modified and precondition_failed, for head and download", "[contract][conditions]") {
  const FreshBucket bucket;
  const auto uploaded = put(*bucket, "k", "1");
  const std::string etag = uploaded.ref.etag;
  auto head = bucket->head("k");
  REQUIRE(head);
  const SystemTime modified = head->last_modified;
  const auto hour = std::chrono::hours(1);

  struct Case {
    std::string name;
    ReadConditions conditions;
    std::optional<ErrorKind> expected;
  };
  const std::string other = "00000000000000000000000000000000";
  const std::vector<Case> cases = {
      {"if_match hit", {.if_match = etag}, {}},
      {"if_match hit, quoted", {.if_match = quoted(etag)}, {}},
      {"if_match *", {.if_match = "*"}, {}},
      {"if_match miss", {.if_match = other}, ErrorKind::precondition_failed},
      {"if_none_match hit", {.if_none_match = etag}, ErrorKind::not_modified},
      {"if_none_match hit, quoted", {.if_none_match = quoted(etag)}, ErrorKind::not_modified},
      {"if_none_match miss", {.if_none_match = other}, {}},
      {"modified since long ago", {.if_modified_since = modified - hour}, {}},
      {"not modified since", {.if_modified_since = modified}, ErrorKind::not_modified},
      {"unmodified since", {.if_unmodified_since = modified}, {}},
      {"modified after", {.if_unmodified_since = modified - hour}, ErrorKind::precondition_failed},
      {"if_match beats if_unmodified_since", {.if_match = etag, .if_unmodified_since = modified - hour}, {}},
      {"if_none_match beats if_modified_since", {.if_none_match = other, .if_modified_since = modified}, {}},
  };
  for (const auto& [name, conditions, expected] : cases) {
    CAPTURE(name);
    auto by_head = bucket->head("k", {.conditions = conditions});
    auto by_download = bucket->download("k", {}, {.conditions = conditions});
    INFO(failure_of(by_head) << " / " << failure_of(by_download));
    CHECK(kind_of(by_head) == expected);
    CHECK(kind_of(by_download) == expected);
    if (expected) {
      check_context(by_head, "head", bucket->name(), "k");
      check_context(by_download, "download", bucket->name(), "k");
    }
  }
  CHECK(kind_of(bucket->head("missing", {.conditions = {.if_match = etag}})) == ErrorKind::not_found);
  CHECK(kind_of(bucket->head("missing", {.conditions = {.if_none_match = etag}})) == ErrorKind::not_found);
}

TEST_CASE("a call that was cancelled or whose time is over does nothing", "[contract][conditions]") {
  const FreshBucket bucket;
  put(*bucket, "k", "old");
  CancelToken token;
  token.cancel();
  const CallOptions cancelled{.cancel = token};
  CHECK(kind_of(bucket->upload("k", Body::view("new"), {.call = cancelled})) == ErrorKind::cancelled);
  CHECK(kind_of(bucket->download("k", {}, {.call = cancelled})) == ErrorKind::cancelled);
  CHECK(kind_of(bucket->head("k", {.call = cancelled})) == ErrorKind::cancelled);
  CHECK(kind_of(bucket->list({.call = cancelled})) == ErrorKind::cancelled);
  CHECK(kind_of(bucket->delete_object("k", {.call = cancelled})) == ErrorKind::cancelled);
  CHECK(kind_of(bucket->copy({.key = "k"}, "l", {.call = cancelled})) == ErrorKind::cancelled);
  CHECK(kind_of(backend().client.list_buckets(cancelled)) == ErrorKind::cancelled);
  CHECK(keys_of(*bucket) == std::vector<std::string>{"k"});
  CHECK(text_of(*bucket, "k") == "old");
}

}  // namespace objectstore::contract
