// Listings of a folder against listings of memory, and of folders too large to hold at once.
#include <algorithm>
#include <random>
#include <set>

#include "bucket/backends.h"
#include "bucket/directory_fixture.h"
#include "bucket/directory_walk.h"

namespace objectstore::directory {

namespace {

std::vector<std::string> walk_all(const BucketFolder& bucket, TreeWalk& walk, std::string_view from) {
  std::vector<std::string> keys;
  auto item = walk.seek(bucket, from);
  while (true) {
    REQUIRE(item);
    if (!*item) return keys;
    keys.push_back(std::string((*item)->key) + ((*item)->folder ? "*" : ""));
    item = walk.next(bucket);
  }
}

void touch(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  testing::write_file(path, "");
}

}  // namespace

TEST_CASE("random keys and options: a folder is listed as memory is", "[directory][list]") {
  std::mt19937 random(42);
  const std::vector<std::string> pieces = {"a", "b", "aa", "a.", "a-", "a0", "", ".", "..", "ab", "\xc3\xa9", "z"};
  for (int round = 0; round < 12; ++round) {
    const Fixture fixture;
    const Client memory(make_memory_backend(system_clock()));
    REQUIRE(memory.create_bucket("bucket"));
    const auto other = memory.bucket("bucket");
    std::set<std::string> keys;
    for (int i = 0; i < 60; ++i) {
      std::string key;
      const auto depth = 1 + random() % 4;
      for (unsigned d = 0; d < depth; ++d) key += (d > 0 ? "/" : "") + pieces[random() % pieces.size()];
      if (random() % 20 == 0) key += std::string(100 + random() % 200, 'n');
      if (key.empty() || !keys.insert(key).second) continue;
      fixture.put(key, key);
      REQUIRE(other->upload(key, Body::view(key)));
    }
    std::vector<std::string> all(keys.begin(), keys.end());
    for (std::size_t i = 0; i < all.size() / 4; ++i) {  // some go again, in both
      const auto& key = all[random() % all.size()];
      REQUIRE(fixture.bucket->delete_object(key));
      REQUIRE(other->delete_object(key));
    }
    for (int i = 0; i < 120; ++i) {
      ListOptions options;
      const auto& sample = all[random() % all.size()];
      if (random() % 3 != 0) options.prefix = sample.substr(0, random() % (sample.size() + 1));
      if (!options.prefix.empty() && !Client(memory).bucket("bucket")->list({.prefix = options.prefix}))
        options.prefix.clear();  // cut a character
      options.delimiter = std::vector<std::string>{"", "/", "/", "a", "//", "a/"}[random() % 6];
      if (random() % 2 == 0) options.start_after = all[random() % all.size()];
      options.page_size = std::vector<std::uint32_t>{1, 2, 3, 7, 1000}[random() % 5];
      CAPTURE(round, i, options.prefix, options.delimiter, options.start_after, options.page_size);
      std::vector<std::string> expected;
      for (const auto& entry : list_objects(*other, options)) {
        REQUIRE(entry);
        expected.push_back(entry->object.key + (entry->is_prefix ? "*" : ""));
      }
      REQUIRE(fixture.keys(options) == expected);
    }
  }
}

TEST_CASE("a folder with more names than are held at once is walked in turns, whole and in order", "[directory][list]") {
  const testing::TempDir temp;
  std::filesystem::create_directories(temp / "bucket");
  std::set<std::string> names;
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    std::string name = std::to_string(random() % 100'000);
    if (i % 5 == 0) name += "/inner";
    if (!names.insert(name).second) continue;
    touch(temp / ("bucket/" + name));
  }
  auto bucket = BucketFolder::open(temp.path(), "bucket", false);
  REQUIRE(bucket);
  const std::vector<std::string> sorted(names.begin(), names.end());
  for (const std::size_t max_names : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100}, std::size_t{1000}}) {
    CAPTURE(max_names);
    TreeWalk walk(Place::ordinary, "", false, max_names);
    CHECK(walk_all(*bucket, walk, "") == sorted);
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{50}, std::size_t{150}, sorted.size() - 1}) {
      CHECK(walk_all(*bucket, walk, sorted[at]) ==
            std::vector<std::string>(sorted.begin() + static_cast<std::ptrdiff_t>(at), sorted.end()));
      CHECK(walk_all(*bucket, walk, sorted[at] + '\0') ==
            std::vector<std::string>(sorted.begin() + static_cast<std::ptrdiff_t>(at) + 1, sorted.end()));
    }
  }
}

TEST_CASE("folders sort by their name and slash: \"a.b\" comes before \"a/b\", \"a0\" behind it", "[directory][list]") {
  const Fixture fixture;
  for (const std::string name : {"a/b", "a.b", "a0", "a-", "a!/x", "a"}) {
    if (name != "a") touch(fixture.path(name));
  }
  CHECK(fixture.keys() == std::vector<std::string>{"a!/x", "a-", "a.b", "a/b", "a0"});
  CHECK(fixture.keys({.delimiter = "/"}) == std::vector<std::string>{"a!/*", "a-", "a.b", "a/*", "a0"});
}

TEST_CASE("folders without an object are no prefix, however deep", "[directory][list]") {
  const Fixture fixture;
  std::filesystem::create_directories(fixture.path("empty/deep/er"));
  touch(fixture.path("full/deep/er/file"));
  CHECK(fixture.keys({.delimiter = "/"}) == std::vector<std::string>{"full/*"});
  CHECK(fixture.keys({.prefix = "full/", .delimiter = "/"}) == std::vector<std::string>{"full/deep/*"});
}

TEST_CASE("a listing outlives what it remembers: more listings at a time than are kept, and clients that come anew", "[directory][list]") {
  const Fixture fixture;
  std::vector<std::string> all;
  for (int i = 0; i < 50; ++i) {
    all.push_back("k" + std::to_string(100 + i));
    touch(fixture.path(all.back()));
  }
  std::vector<std::string> tokens(12);
  std::vector<std::vector<std::string>> seen(tokens.size());
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (!seen[i].empty() && tokens[i].empty()) continue;
      const Client anew = connect_to(fixture.temp / "root", {.durable = false});
      const auto bucket = i % 3 == 0 ? anew.bucket("bucket") : fixture.bucket;
      auto page = bucket->list({.page_size = 7, .continuation = tokens[i]});
      REQUIRE(page);
      for (const auto& object : page->objects) seen[i].push_back(object.key);
      tokens[i] = page->continuation;
      more = true;
    }
  }
  for (const auto& keys : seen) CHECK(keys == all);
}

TEST_CASE("an object that moves out of its mapped place during a listing is listed once", "[directory][list]") {
  const Fixture fixture;
  fixture.put("m/x", "block");
  fixture.put("m", "aside");
  fixture.put("a", "first");
  auto first = fixture.bucket->list({.page_size = 1});
  REQUIRE(first);
  REQUIRE(fixture.bucket->delete_object("m/x"));
  fixture.put("m", "at home");
  auto second = fixture.bucket->list({.continuation = first->continuation});
  REQUIRE(second);
  REQUIRE(second->objects.size() == 1);
  CHECK(second->objects[0].key == "m");
  CHECK(second->objects[0].size == 7);
}

}  // namespace objectstore::directory
