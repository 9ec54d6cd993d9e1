// Contract: listings are in the order of UTF-8 bytes, whole, and page by page the same.
#include <algorithm>
#include <set>

#include "contract/backend_under_test.h"

namespace objectstore::contract {

namespace {

using Keys = std::vector<std::string>;

/// What a listing must give, by the rules alone.
Keys expected_listing(Keys keys, const ListOptions& options) {
  std::sort(keys.begin(), keys.end());
  Keys entries;
  for (const auto& key : keys) {
    if (!key.starts_with(options.prefix)) continue;
    std::string entry = key;
    std::string name = key;
    if (!options.delimiter.empty()) {
      const auto found = key.find(options.delimiter, options.prefix.size());
      if (found != std::string::npos) {
        name = key.substr(0, found + options.delimiter.size());
        entry = name + "*";
      }
    }
    if (name <= options.start_after && !options.start_after.empty()) continue;
    if (entries.empty() || entries.back() != entry) entries.push_back(entry);
  }
  return entries;
}

Keys sample() {
  Keys keys = {"A",
               "Z/1",
               "a",
               "a!",
               "a-b/c",
               "a.b",
               "a.b/c",
               "aa",
               "b/1",
               "b/10",
               "b/2",
               "b/c/1",
               "b/c/2",
               "b/c/d/e",
               "b-",
               "b0",
               "c--d--1",
               "c--d--2",
               "c--e",
               "c-d",
               "z",
               "~",
               "photos/2024/01/a.jpg",
               "photos/2024/01/b.jpg",
               "photos/2024/02/c.jpg",
               "photos/2025/d.jpg",
               "photos/index.html",
               "\xc3\xa9t\xc3\xa9",
               "\xe6\x97\xa5\xe6\x9c\xac/1",
               "\xe6\x97\xa5\xe6\x9c\xac/2",
               "\xf0\x9f\x99\x82",
               "\xef\xbf\xbd"};
  if (!keeps_key_beside_its_folder()) keys.erase(std::remove(keys.begin(), keys.end(), "a.b/c"), keys.end());
  return keys;
}

}  // namespace

TEST_CASE("keys are listed in the order of their UTF-8 bytes", "[contract][list]") {
  const FreshBucket bucket;
  CHECK(keys_of(*bucket).empty());
  put_all(*bucket, sample());
  Keys sorted = sample();
  std::sort(sorted.begin(), sorted.end());
  CHECK(keys_of(*bucket) == sorted);
}

TEST_CASE("prefix, delimiter, start-after and page size give what the rules say, in every combination", "[contract][list]") {
  const FreshBucket bucket;
  put_all(*bucket, sample());
  for (const std::string prefix :
       {"", "a", "b", "b/", "b/c", "b/c/", "photos/", "photos/2024/0", "c-", "c--", "\xe6\x97\xa5", "nothing/"}) {
    for (const std::string delimiter : {"", "/", "--", "c", "2024/"}) {
      for (const std::string start_after : {"", "a", "a.b/", "b/", "b/c/", "b/c/1", "b/c0", "photos/2024/01/b.jpg", "\xff"}) {
        if (start_after == "\xff") continue;
        for (const std::uint32_t page_size : {1U, 2U, 7U, 1000U}) {
          const bool all_sizes = start_after.empty() || delimiter == "/";
          if (!all_sizes && page_size != 7) continue;
          if (backend().is_s3() && page_size == 1 && prefix != "b/") continue;  // spares some thousand requests
          ListOptions options{.prefix = prefix, .delimiter = delimiter, .start_after = start_after, .page_size = page_size};
          CAPTURE(prefix, delimiter, start_after, page_size);
          CHECK(keys_of(*bucket, options) == expected_listing(sample(), options));
        }
      }
    }
  }
}

TEST_CASE("a page holds as many objects and common prefixes together as its size says", "[contract][list]") {
  const FreshBucket bucket;
  put_all(*bucket, {"a", "b/1", "b/2", "c", "d/1", "e"});
  auto first = bucket->list({.delimiter = "/", .page_size = 2});
  REQUIRE(first);
  REQUIRE(first->objects.size() == 1);
  CHECK(first->objects[0].key == "a");
  CHECK(first->common_prefixes == Keys{"b/"});
  REQUIRE_FALSE(first->continuation.empty());
  auto second = bucket->list({.delimiter = "/", .page_size = 2, .continuation = first->continuation});
  REQUIRE(second);
  REQUIRE(second->objects.size() == 1);
  CHECK(second->objects[0].key == "c");
  CHECK(second->common_prefixes == Keys{"d/"});
  REQUIRE_FALSE(second->continuation.empty());
  auto third = bucket->list({.delimiter = "/", .page_size = 2, .continuation = second->continuation});
  REQUIRE(third);
  REQUIRE(third->objects.size() == 1);
  CHECK(third->objects[0].key == "e");
  CHECK(third->common_prefixes.empty());
  CHECK(third->continuation.empty());

  auto again = bucket->list({.delimiter = "/", .page_size = 2, .continuation = first->continuation});
  REQUIRE(again);
  REQUIRE(again->objects.size() == 1);
  CHECK(again->objects[0].key == "c");
}

TEST_CASE("a page that holds exactly the last entry is the last page", "[contract][list]") {
  const FreshBucket bucket;
  put_all(*bucket, {"a", "b", "c", "d"});
  auto page = bucket->list({.page_size = 4});
  REQUIRE(page);
  CHECK(page->objects.size() == 4);
  CHECK(page->continuation.empty());
}

TEST_CASE("a listing finds what was stored and misses what was deleted the moment before", "[contract][list]") {
  const FreshBucket bucket;
  for (int i = 0; i < 10; ++i) {
    const std::string key = "d/" + std::to_string(i);
    put(*bucket, key, "x");
    CHECK(keys_of(*bucket) == Keys{key});
    REQUIRE(bucket->delete_object(key));
    CHECK(keys_of(*bucket).empty());
    CHECK(keys_of(*bucket, {.delimiter = "/"}).empty());
  }
}

TEST_CASE("a listing goes on over deletes and uploads between its pages", "[contract][list]") {
  const FreshBucket bucket;
  put_all(*bucket, {"a", "b", "c", "d", "e"});
  auto first = bucket->list({.page_size = 2});
  REQUIRE(first);
  REQUIRE(bucket->delete_object("b"));
  REQUIRE(bucket->delete_object("c"));
  put(*bucket, "a2", "behind us");
  auto rest = bucket->list({.page_size = 1000, .continuation = first->continuation});
  REQUIRE(rest);
  REQUIRE(rest->objects.size() == 2);
  CHECK(rest->objects[0].key == "d");
  CHECK(rest->objects[1].key == "e");
}

TEST_CASE("the range over a listing is lazy: a reader that stops early asks for no further page", "[contract][list]") {
  const FreshBucket bucket;
  put_all(*bucket, {"a", "b", "c", "d", "e"});
  Keys seen;
  for (const auto& entry : list_objects(*bucket, {.page_size = 2})) {
    REQUIRE(entry);
    seen.push_back(entry->object.key);
    if (seen.size() == 2) {
      REQUIRE(bucket->delete_object("c"));  // the second page has not been fetched, so this is seen
      REQUIRE(bucket->delete_object("d"));
    }
  }
  CHECK(seen == Keys{"a", "b", "e"});
}

TEST_CASE("listing options that make no sense are refused", "[contract][list]") {
  const FreshBucket bucket;
  const auto refused_options = [&](const ListOptions& options) {
    auto page = bucket->list(options);
    check_context(page, "list", bucket->name(), "");
    CHECK(kind_of(page) == ErrorKind::invalid_argument);
  };
  refused_options({.page_size = 0});
  refused_options({.page_size = 1001});
  refused_options({.prefix = "\xff"});
  refused_options({.delimiter = std::string("\0", 1)});
  refused_options({.start_after = "\xc3"});
  refused_options({.prefix = std::string(1025, 'x')});
  if (!backend().is_s3()) refused_options({.continuation = "made up"});  // a server's tokens are its own business
}

TEST_CASE("more keys than fit a page are all listed, once each and in order", "[contract][list]") {
  const FreshBucket bucket;
  Keys keys;
  for (int i = 0; i < 1100; ++i) {
    char name[32];
    std::snprintf(name, sizeof name, "n/%d/%04d", i % 7, i);
    keys.emplace_back(name);
  }
  put_all(*bucket, keys);
  std::sort(keys.begin(), keys.end());
  CHECK((keys_of(*bucket) == keys));
  CHECK(keys_of(*bucket, {.prefix = "n/", .delimiter = "/"}) == Keys{"n/0/*", "n/1/*", "n/2/*", "n/3/*", "n/4/*", "n/5/*", "n/6/*"});

  // delete_objects of more than one batch, some keys missing, some impossible.
  keys.insert(keys.begin() + 5, "never/there");
  keys.insert(keys.begin() + 6, std::string(1025, 'x'));
  auto outcomes = bucket->delete_objects(keys);
  INFO(failure_of(outcomes));
  REQUIRE(outcomes);
  REQUIRE(outcomes->size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    REQUIRE((*outcomes)[i].key == keys[i]);
    if (i == 6) {
      REQUIRE((*outcomes)[i].error);
      CHECK((*outcomes)[i].error->kind == ErrorKind::invalid_argument);
    } else {
      REQUIRE_FALSE((*outcomes)[i].error);
    }
  }
  CHECK(keys_of(*bucket).empty());
}

}  // namespace objectstore::contract
