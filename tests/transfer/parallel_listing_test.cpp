// Listing by several lanes: every key once, in order where asked, whoever writes meanwhile, whatever fails.
#include "objectstore/listing.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <random>
#include <set>
#include <thread>

#include "base/encoding.h"
#include "support/catch.h"
#include "support/faulty_bucket.h"
#include "transfer/fixture.h"
#include "transfer/key_space.h"

using namespace objectstore;
using namespace objectstore::testing;
using objectstore::transfer::key_ahead;

namespace {

using Keys = std::vector<std::string>;

/// Keys of one pattern each, in no order.
struct Pattern {
  std::string what;
  std::function<std::string(int)> key;
};

std::string padded(int number, std::size_t width) {
  std::string digits = std::to_string(number);
  return std::string(width - std::min(width, digits.size()), '0') + digits;
}

std::string hexadecimal(int number) {
  std::array<char, 16> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%08x", static_cast<unsigned>(number)));
  return text.data();
}

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> kPatterns = {
      {"numbers", [](int i) { return "data/" + padded(i, 8) + ".json"; }},
      {"numbers of any width", [](int i) { return "data/" + std::to_string(i * 37); }},
      {"hex", [](int i) { return "data/" + hexadecimal(i * 7919 % 100'003); }},
      {"days and hosts",
       [](int i) {
         return "data/2026/" + padded(i % 12, 2) + "/" + padded(i % 28, 2) + "/host-" + std::to_string(i % 3) + "/" + padded(i, 5);
       }},
      {"one heap and a few elsewhere",
       [](int i) {
         return i % 50 == 0 ? "data/" + std::string(1, static_cast<char>('a' + i / 50 % 26)) + std::to_string(i) : "data/m/" + padded(i, 4);
       }},
      {"umlauts", [](int i) { return "data/\xc3\xa4/" + std::string(i % 2 == 0 ? "\xc3\xbc" : "\xf0\x9f\x98\x80") + padded(i, 4); }},
      {"one long shared part", [](int i) { return "data/" + std::string(900, 'x') + padded(i, 4); }},
      {"one within the other", [](int i) { return "data/" + std::string(static_cast<std::size_t>(i % 700) + 1, 'a'); }},
  };
  return kPatterns;
}

void put(Bucket& bucket, const std::string& key) {
  REQUIRE(bucket.upload(key, Body::text("x")));
}

Keys all_of(Bucket& bucket, const ListOptions& options) {
  Keys keys;
  for (const auto& entry : list_objects(bucket, options)) {
    REQUIRE(entry);
    keys.push_back(entry->object.key);
  }
  return keys;
}

/// What the listing handed on until it ended, and how it ended.
struct Listed {
  Keys keys;
  std::optional<Error> error = std::nullopt;
};

Listed list_all(Bucket& bucket, const ParallelListOptions& options) {
  ParallelListing listing(bucket, options);
  Listed listed;
  while (true) {
    auto page = listing.next();
    if (!page) {
      listed.error = page.error();
      auto again = listing.next();
      CHECK((again && again->empty()));
      return listed;
    }
    if (page->empty()) return listed;
    for (auto& object : *page) listed.keys.push_back(std::move(object.key));
  }
}

Keys sorted(Keys keys) {
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace

TEST_CASE("a key ahead lies behind the last one, under the prefix, about as far as asked") {
  struct Case {
    std::string first;
    std::string last;
    std::uint32_t times;
    std::optional<std::string> ahead;
  };
  const auto [first, last, times, ahead] = GENERATE(values<Case>({
      {"p/0000", "p/0999", 4, "p/4995"},
      {"p/000", "p/00a", 1, "p/014"},           // hexadecimal
      {"p/a00", "p/b00", 3, "p/e00"},           // letters and digits
      {"p/9000", "p/9990", 4, std::nullopt},    // no room left under the prefix
      {"p/x/9000", "p/x/9990", 4, "p/x03950"},  // behind "p/x/"
      {"p/a", "p/a", 4, std::nullopt},          // nothing to measure
      {"p/b", "p/a", 4, std::nullopt},
      {"q/a", "q/b", 4, std::nullopt},  // not under the prefix
      {"p/\xf4\x8f\xbf\xbe", "p/\xf4\x8f\xbf\xbf", 4, std::nullopt},
  }));
  CAPTURE(first, last, times);
  CHECK(key_ahead(first, last, times, "p/") == ahead);
}

TEST_CASE("a key ahead of any two keys is a key behind both") {
  std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed,cert-msc32-c,cert-msc51-cpp): the same keys each time
  const std::vector<std::string> pieces = {
      "0", "9", "a", "z", "A", "~", "/", "-", " ", "\x7f", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
  const auto some_key = [&] {
    std::string key = "p";
    for (auto left = random() % 12; left > 0; --left) key += pieces[random() % pieces.size()];
    return key;
  };
  int found = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string first = some_key();
    std::string last = some_key();
    if (first > last) std::swap(first, last);
    const auto ahead = key_ahead(first, last, static_cast<std::uint32_t>(random() % 9), "p");
    if (!ahead) continue;
    ++found;
    CAPTURE(first, last, *ahead);
    CHECK(*ahead > last);
    CHECK(ahead->starts_with("p"));
    CHECK(base::is_utf8(*ahead));
  }
  CHECK(found > 1'000);
}

TEST_CASE("lanes list what one lists: every key once, in order where asked") {
  const auto& pattern = GENERATE(from_range(patterns()));
  const auto lanes = GENERATE(1U, 2U, 8U);
  const bool ordered = GENERATE(true, false);
  CAPTURE(pattern.what, lanes, ordered);
  const auto bucket = memory_bucket();
  for (int i = 0; i < 700; ++i) put(*bucket, pattern.key(i));
  put(*bucket, "daten");  // on both sides of the prefix
  put(*bucket, "dat");
  for (const std::uint32_t page_size : {3U, 40U, 1000U}) {
    for (const std::string& start_after : {std::string(), pattern.key(350)}) {
      CAPTURE(page_size, start_after);
      const ListOptions list{.prefix = "data/", .start_after = start_after, .page_size = page_size};
      const Listed listed = list_all(*bucket, {.list = list, .concurrency = lanes, .ordered = ordered});
      CHECK(!listed.error);
      CHECK((ordered ? listed.keys : sorted(listed.keys)) == all_of(*bucket, list));
    }
  }
}

TEST_CASE("a listing in parallel of nothing is empty and makes one request") {
  FaultyBucket bucket(memory_bucket());
  const Listed listed = list_all(bucket, {.list = {.prefix = "none/"}});
  CHECK(!listed.error);
  CHECK(listed.keys.empty());
  CHECK(bucket.operations().size() == 1);
}

TEST_CASE("lanes list beside each other, and ask for few pages more than there are") {
  FaultyBucket bucket(memory_bucket());
  for (int i = 0; i < 4000; ++i) put(bucket, "data/" + padded(i, 6));
  bucket.fail({});
  std::mutex mutex;
  std::condition_variable more;
  int lists = 0;
  bool together = false;
  // The third request waits until another one is under way: so they are, or the test fails here.
  bucket.before_each = [&](const std::string&) {
    std::unique_lock lock(mutex);
    ++lists;
    more.notify_all();
    if (lists != 3) return;
    together = more.wait_for(lock, std::chrono::seconds(30), [&] { return lists > 3; });
  };
  const bool ordered = GENERATE(true, false);
  CAPTURE(ordered);
  const Listed listed = list_all(bucket, {.list = {.prefix = "data/", .page_size = 40}, .concurrency = 4, .ordered = ordered});
  CHECK(listed.keys.size() == 4000);
  CHECK(together);
  CHECK(bucket.most_at_once() >= 2);
  CHECK(bucket.operations().size() >= 100);
  CHECK(bucket.operations().size() <= 140);
}

TEST_CASE("what is there all the time is listed once while others write") {
  const auto bucket = memory_bucket();
  Keys lasting;
  for (int i = 0; i < 1500; ++i) put(*bucket, lasting.emplace_back("data/" + padded(i * 2, 5)));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; i = (i + 7) % 1500) {
      const std::string key = "data/" + padded(i * 2 + 1, 5);
      static_cast<void>(bucket->upload(key, Body::text("y")));
      static_cast<void>(bucket->delete_object("data/" + padded((i + 700) % 1500 * 2 + 1, 5)));
    }
  });
  for (int round = 0; round < 20; ++round) {
    const bool ordered = round % 2 == 0;
    const Listed listed = list_all(*bucket, {.list = {.prefix = "data/", .page_size = 20}, .concurrency = 4, .ordered = ordered});
    CHECK(!listed.error);
    std::multiset<std::string> seen(listed.keys.begin(), listed.keys.end());
    if (ordered) CHECK(std::is_sorted(listed.keys.begin(), listed.keys.end()));
    CHECK(std::all_of(lasting.begin(), lasting.end(), [&](const std::string& key) { return seen.count(key) == 1; }));
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  }
  stop = true;
  writer.join();
}

TEST_CASE("a page that fails ends the listing, behind what came in front of it") {
  FaultyBucket bucket(memory_bucket());
  Keys keys;
  for (int i = 0; i < 400; ++i) put(bucket, keys.emplace_back("data/" + padded(i, 5)));
  const bool ordered = GENERATE(true, false);
  std::size_t most = 0;
  for (int failing = 1; failing <= 20; ++failing) {
    CAPTURE(ordered, failing);
    bucket.fail({.operation = failing, .kind = ErrorKind::permission_denied});
    const Listed listed = list_all(bucket, {.list = {.prefix = "data/", .page_size = 20}, .concurrency = 3, .ordered = ordered});
    REQUIRE(listed.error);
    CHECK(listed.error->kind == ErrorKind::permission_denied);
    CHECK(listed.keys.size() <= keys.size());
    if (ordered) CHECK(std::equal(listed.keys.begin(), listed.keys.end(), keys.begin()));
    most = std::max(most, listed.keys.size());
  }
  CHECK(most > 100);
}

TEST_CASE("a server that lists a key twice, or out of order, ends the listing") {
  FaultyBucket bucket(memory_bucket());
  const auto keys = GENERATE(values<Keys>({{"a", "a", "b"}, {"a", "b", "b"}, {"b", "a"}}));
  bucket.list_instead = [&](const ListOptions&) {
    ListPage page;
    for (const std::string& key : keys) page.objects.emplace_back().key = key;
    return Result<ListPage>(std::move(page));
  };
  const Listed listed = list_all(bucket, {});
  REQUIRE(listed.error);
  CHECK(listed.error->kind == ErrorKind::corrupt);
  CHECK(listed.keys.empty());
}

TEST_CASE("a server that does not know start-after is listed by one lane, and whole") {
  const auto inner = memory_bucket();
  FaultyBucket bucket(inner);
  for (int i = 0; i < 1000; ++i) put(bucket, "data/" + padded(i, 5));
  bucket.fail({});
  // As the S3 layer sees it: from the first key on, page by page, without what lies in front of start-after.
  bucket.list_instead = [&](const ListOptions& options) {
    ListOptions all = options;
    all.start_after.clear();
    auto page = inner->list(all);
    if (page) std::erase_if(page->objects, [&](const ObjectInfo& object) { return object.key <= options.start_after; });
    return page;
  };
  const bool ordered = GENERATE(true, false);
  CAPTURE(ordered);
  const ListOptions list{.prefix = "data/", .page_size = 10};
  const Listed listed = list_all(bucket, {.list = list, .concurrency = 8, .ordered = ordered});
  CHECK(!listed.error);
  CHECK((ordered ? listed.keys : sorted(listed.keys)) == all_of(*inner, list));
  CHECK(bucket.operations().size() < 250);  // of 100 pages; without a limit on splitting there were thousands
}

TEST_CASE("a range that begins with an empty page is given back to none but its neighbour") {
  [[maybe_unused]] const int round = GENERATE(range(0, 20));  // it is up to the threads, in one round of three, whether it comes to that
  // In any order: the third range's first page, empty, comes when the second range is handed on whole and the first one is still under way.
  const auto inner = memory_bucket();
  FaultyBucket bucket(inner);
  for (int i = 0; i < 400; ++i) put(bucket, "data/" + padded(i, 5));
  std::mutex mutex;
  std::condition_variable changed;
  Keys cuts;
  std::size_t seen = 0;  // keys handed on
  bool answered = false;
  constexpr auto kLongest = std::chrono::seconds(5);
  bucket.list_instead = [&](const ListOptions& options) {
    std::unique_lock lock(mutex);
    const bool begins = options.continuation.empty() && !options.start_after.empty();
    if (begins) cuts.push_back(options.start_after);
    if (begins && cuts.size() == 2) {
      const auto behind = [&](const std::string& cut) { return static_cast<std::size_t>(std::stoi(cut.substr(5))) + 1; };
      const std::size_t second_range = behind(cuts[1]) - behind(cuts[0]);
      changed.wait_for(lock, kLongest, [&] { return seen >= 10 + second_range; });
      answered = true;
      changed.notify_all();
      ListPage page;
      page.continuation = "begin behind " + options.start_after;
      return Result<ListPage>(std::move(page));
    }
    if (!begins && options.start_after == "data/00009") {  // the first range's second page
      changed.wait_for(lock, kLongest, [&] { return answered; });
    }
    lock.unlock();
    ListOptions known = options;
    if (known.continuation.starts_with("begin behind ")) known.continuation.clear();
    return inner->list(known);
  };
  const ListOptions list{.prefix = "data/", .page_size = 10};
  ParallelListing listing(bucket, {.list = list, .concurrency = 3, .ordered = false});
  Keys keys;
  while (true) {
    auto page = listing.next();
    REQUIRE(page);
    if (page->empty()) break;
    for (auto& object : *page) keys.push_back(std::move(object.key));
    const std::lock_guard lock(mutex);
    seen = keys.size();
    changed.notify_all();
  }
  CHECK(sorted(keys) == all_of(*inner, list));
}

TEST_CASE("a listing that nobody reads to its end is cancelled") {
  FaultyBucket bucket(memory_bucket());
  for (int i = 0; i < 2000; ++i) put(bucket, "data/" + padded(i, 5));
  bucket.fail({});
  {
    ParallelListing unread(bucket, {.list = {.page_size = 2}});
    ParallelListing listing(bucket, {.list = {.page_size = 2}});
    for (int i = 0; i < 3; ++i) {
      const auto page = listing.next();
      REQUIRE(page);
      CHECK(!page->empty());
    }
  }
  CHECK(bucket.operations().size() < 100);  // of 1,000 pages: some were fetched ahead, no more
}

TEST_CASE("a listing in parallel takes no delimiter and no continuation") {
  const auto bucket = memory_bucket();
  for (const ListOptions& list : {ListOptions{.delimiter = "/"}, ListOptions{.continuation = "token"}}) {
    const Listed listed = list_all(*bucket, {.list = list});
    REQUIRE(listed.error);
    CHECK(listed.error->kind == ErrorKind::invalid_argument);
  }
}
