// Paths that may be written, two listings merged, what counts as changed, and the spool of what is to be deleted.
#include "transfer/plan.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/catch.h"
#include "transfer/key_spool.h"
#include "transfer/local_paths.h"

using namespace objectstore;
using namespace objectstore::transfer;
using std::chrono::milliseconds;

namespace {

class ListedEntries final : public EntrySource {
 public:
  explicit ListedEntries(std::vector<std::string> paths, bool fails = false) : paths_(std::move(paths)), fails_(fails) {}
  Result<std::optional<Entry>> next() override {
    if (at_ < paths_.size()) return std::optional(Entry{paths_[at_++]});
    if (fails_) return Error{.kind = ErrorKind::unavailable};
    return std::optional<Entry>();
  }

 private:
  std::vector<std::string> paths_;
  std::size_t at_ = 0;
  bool fails_;
};

}  // namespace

TEST_CASE("a key becomes a file only when it is a path of plain names") {
  for (const char* good : {"a", "a/b", "...", "..a/b..", ".hidden", "a b", "a\\..\\b", "-", "\xc3\xa4", "a\nb"}) {
    CAPTURE(good);
    CHECK(check_local_path(good));
  }
  CHECK(check_local_path(std::string(255, 'x') + "/" + std::string(255, 'y')));
  for (const std::string& bad :
       {std::string(), std::string("/a"), std::string("a/"), std::string("/"), std::string("a//b"), std::string(".."), std::string("."),
        std::string("../a"), std::string("a/.."), std::string("a/../b"), std::string("a/./b"), std::string("./a"), std::string("a\0b", 3),
        std::string(256, 'x'), "a/" + std::string(256, 'x')}) {
    CAPTURE(bad);
    CHECK(kind_of(check_local_path(bad)) == ErrorKind::invalid_argument);
  }
}

TEST_CASE("a path beneath an earlier path is found, however many lie between") {
  FilesAsFolders files;
  CHECK(files.add("a").empty());
  CHECK(files.add("a-b").empty());
  CHECK(files.add("a.c").empty());
  CHECK(files.add("a/b") == "a");
  CHECK(files.add("a/b/c") == "a");
  CHECK(files.add("a/c") == "a");
  CHECK(files.add("ab").empty());
  CHECK(files.add("ab/c/d") == "ab");
  CHECK(files.add("b/c").empty());
  CHECK(files.add("b/c/d") == "b/c");
}

TEST_CASE("random keys: a file in the way of a folder is found exactly when there is one") {
  const auto random = seeded_random(11);
  for (int round = 0; round < 200; ++round) {
    std::set<std::string> keys;
    for (int i = 0; i < 12; ++i) {
      std::string key;
      for (auto length = 1 + random->next() % 5; length > 0; --length) key += "ab-/"[random->next() % 4];
      keys.insert(key);
    }
    FilesAsFolders files;
    for (const std::string& key : keys) {
      bool wanted = false;
      for (const std::string& other : keys) wanted = wanted || key.starts_with(other + "/");
      if (files.add(key).empty() == wanted) FAIL("wrong about " + key);
    }
  }
}

TEST_CASE("the merge of two listings names each path once, and where it is") {
  const auto random = seeded_random(3);
  for (int round = 0; round < 200; ++round) {
    std::map<std::string, int> wanted;
    std::vector<std::string> sides[2];
    for (int side = 0; side < 2; ++side) {
      std::set<std::string> keys;
      for (auto count = random->next() % 8; count > 0; --count) keys.insert(std::string(1, static_cast<char>('a' + random->next() % 12)));
      for (const std::string& key : keys) wanted[key] |= 1 << side;
      sides[side].assign(keys.begin(), keys.end());
    }
    ListedEntries source(sides[0]);
    ListedEntries target(sides[1]);
    Merge merge(source, &target);
    std::vector<std::pair<std::string, int>> seen;
    while (true) {
      auto pair = merge.next();
      REQUIRE(pair);
      if (!*pair) break;
      const std::string path = (*pair)->source ? (*pair)->source->path : (*pair)->target->path;
      seen.emplace_back(path, ((*pair)->source ? 1 : 0) | ((*pair)->target ? 2 : 0));
    }
    CHECK(seen == std::vector<std::pair<std::string, int>>(wanted.begin(), wanted.end()));
  }
}

TEST_CASE("a listing that breaks off is an error of the merge, never its end") {
  ListedEntries source({"a"}, true);
  ListedEntries target({"a", "b"});
  Merge merge(source, &target);
  REQUIRE(merge.next());
  CHECK(kind_of(merge.next()) == ErrorKind::unavailable);
}

TEST_CASE("another size or an older target counts as changed, to the millisecond") {
  const SystemTime time(std::chrono::seconds(1'700'000'000));
  const auto entry = [&](std::uint64_t size, std::chrono::nanoseconds later) {
    return Entry{"a", size, time + std::chrono::duration_cast<SystemTime::duration>(later)};
  };
  CHECK_FALSE(looks_changed(entry(1, {}), entry(1, {})));
  CHECK_FALSE(looks_changed(entry(1, {}), entry(1, std::chrono::hours(1))));
  CHECK(looks_changed(entry(1, std::chrono::seconds(1)), entry(1, {})));
  CHECK(looks_changed(entry(1, {}), entry(2, std::chrono::hours(1))));
  CHECK_FALSE(looks_changed(entry(1, std::chrono::microseconds(999)), entry(1, {})));
  CHECK(looks_changed(entry(1, milliseconds(1)), entry(1, {})));
}

TEST_CASE("only 32 hex digits are the MD5 of an object") {
  CHECK(md5_of_etag("D41D8CD98F00B204E9800998ECF8427E") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5_of_etag("d41d8cd98f00b204e9800998ecf8427e-3").empty());
  CHECK(md5_of_etag("W/\"d41d8cd98f00b204e9800998ec\"").empty());
  CHECK(md5_of_etag("g41d8cd98f00b204e9800998ecf8427e").empty());
  CHECK(md5_of_etag("").empty());
}

TEST_CASE("a spool gives back every key in order, in memory and beyond") {
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{999}, std::size_t{60'000}}) {
    CAPTURE(count);
    KeySpool spool;
    const auto key = [](std::size_t i) { return "some/longer/prefix/of/keys/" + std::to_string(i) + "\n"; };
    for (std::size_t i = 0; i < count; ++i) REQUIRE(spool.add(key(i)));
    CHECK(spool.count() == count);
    std::size_t seen = 0;
    while (true) {
      auto keys = spool.take(1000);
      REQUIRE(keys);
      if (keys->empty()) break;
      CHECK(keys->size() == std::min<std::size_t>(1000, count - seen));
      for (const std::string& one : *keys) {
        if (one != key(seen++)) FAIL("another key");
      }
    }
    CHECK(seen == count);
  }
}
