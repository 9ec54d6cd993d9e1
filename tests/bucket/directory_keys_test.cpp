// Where keys lie in a bucket's folder.
#include "bucket/directory_keys.h"

#include <random>
#include <set>
#include <vector>

#include "support/catch.h"

namespace objectstore::directory {

namespace {

std::string hex_of_ns(std::size_t count) {
  std::string hex;
  for (std::size_t i = 0; i < count; ++i) hex += "6e";
  return hex;
}

/// The key that a mapped path stands for, read back name by name.
std::string key_of(std::string path) {
  REQUIRE(path.starts_with(".objectstore/keys/"));
  path.erase(0, std::string(".objectstore/keys/").size());
  std::string key;
  while (true) {
    const auto slash = path.find('/');
    const auto name = read_mapped_name(path.substr(0, slash));
    REQUIRE(name);
    key += name->piece;
    CHECK((name->kind == MappedName::Kind::file) == (slash == std::string::npos));
    if (slash == std::string::npos) return key;
    if (name->kind == MappedName::Kind::folder) key += '/';
    path.erase(0, slash + 1);
  }
}

}  // namespace

TEST_CASE("keys that a path can carry are ordinary, all others are not", "[directory][keys]") {
  for (const std::string key :
       {"a", "a/b", "a.b", ".a", "a/.b", "...", "a/...", "x/.objectstore", ".objectstore2", "a\nb", "\\", " ", "-"}) {
    CAPTURE(key);
    CHECK(is_ordinary(key));
  }
  CHECK(is_ordinary(std::string(255, 'n')));
  CHECK(is_ordinary(std::string(255, 'n') + "/" + std::string(255, 'n')));
  for (const std::string key :
       {"/", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "a/..", "a/../b", "../a", ".objectstore", ".objectstore/a"}) {
    CAPTURE(key);
    CHECK_FALSE(is_ordinary(key));
  }
  CHECK_FALSE(is_ordinary(std::string(256, 'n')));
  CHECK_FALSE(is_ordinary("a/" + std::string(256, 'n') + "/b"));
}

TEST_CASE("mapped paths are what the format says", "[directory][keys][golden]") {
  const std::string keys = ".objectstore/keys/";
  CHECK(mapped_path("a//b") == keys + "da/d/fb");
  CHECK(mapped_path("../x") == keys + "d../fx");
  CHECK(mapped_path("a/") == keys + "da/f");
  CHECK(mapped_path("/") == keys + "d/f");
  CHECK(mapped_path(".") == keys + "f.");
  CHECK(mapped_path(".objectstore/lock") == keys + "d.objectstore/flock");
  CHECK(mapped_path(std::string(119, 'n')) == keys + "f" + std::string(119, 'n'));
  CHECK(mapped_path(std::string(120, 'n')) == keys + "x" + hex_of_ns(120) + "/f");
  CHECK(mapped_path(std::string(121, 'n')) == keys + "x" + hex_of_ns(120) + "/fn");
  CHECK(mapped_path(std::string(300, 'n') + "/e") ==
        keys + "x" + hex_of_ns(120) + "/x" + hex_of_ns(120) + "/d" + std::string(60, 'n') + "/fe");
}

TEST_CASE("names that no key maps to are not read", "[directory][keys]") {
  for (const std::string& name : std::vector<std::string>{std::string(), std::string("a"), "F" + std::string("x"), "x6e",
                                                          "f" + std::string(120, 'n'), "d" + std::string(120, 'n'), "x" + hex_of_ns(119),
                                                          "x" + hex_of_ns(121), "x" + std::string(240, 'g'), "x" + std::string(240, 'A')}) {
    CAPTURE(name);
    CHECK_FALSE(read_mapped_name(name));
  }
}

TEST_CASE("random keys: mapped paths are distinct, valid and lead back", "[directory][keys]") {
  std::mt19937 random(7);
  const std::string alphabet = "a./\\%f dx\xc3\xa9";
  std::set<std::string> keys;
  std::set<std::string> paths;
  for (int i = 0; i < 5000; ++i) {
    std::string key;
    const auto length = 1 + random() % (i % 10 == 0 ? 1024 : 12);
    while (key.size() < length) key += alphabet[random() % alphabet.size()];
    if (!keys.insert(key).second) continue;
    const std::string path = mapped_path(key);
    CAPTURE(key, path);
    REQUIRE(paths.insert(path).second);
    REQUIRE(path.size() < 4096);
    REQUIRE(key_of(path) == key);
    for (std::size_t at = 0; at != std::string::npos;) {
      const auto slash = path.find('/', at);
      const auto name = path.substr(at, slash == std::string::npos ? slash : slash - at);
      REQUIRE(!name.empty());
      REQUIRE(name.size() <= 255);
      REQUIRE(name != ".");
      REQUIRE(name != "..");
      at = slash == std::string::npos ? slash : slash + 1;
    }
  }
}

TEST_CASE("a key's hash, shard and sidecar are what the format says", "[directory][keys][golden]") {
  const std::string hash = hash_of("a/b.txt");
  CHECK(hash == "5550000d3b1cf1ff9d8ad3380f759f84f8abda4b");
  CHECK(sidecar_path(hash) == ".objectstore/meta/" + hash.substr(0, 2) + "/" + hash.substr(2));
  CHECK(shard_of("00aa") == 0);
  CHECK(shard_of("ff00") == 255);
  CHECK(shard_of("1e00") == 0x1e);
}

TEST_CASE("names in the temporary folder lead to the key's hash", "[directory][keys]") {
  const std::string hash = hash_of("k");
  const std::string name = temp_name(hash, 0x0123456789abcdefULL, TempKind::sidecar);
  CHECK(name == hash + "-0123456789abcdef.meta");
  for (const TempKind kind : {TempKind::upload, TempKind::sidecar, TempKind::deleted}) {
    const auto read = read_temp_name(temp_name(hash, 5, kind));
    REQUIRE(read);
    CHECK(read->hash == hash);
    CHECK(read->kind == kind);
  }
  for (const std::string& other : std::vector<std::string>{"x", hash, hash + "-0123456789abcdef", hash + "-0123456789abcdef.txt",
                                                           hash + "+0123456789abcdef.new", "Z" + name.substr(1), name + "x"}) {
    CAPTURE(other);
    CHECK_FALSE(read_temp_name(other));
  }
}

TEST_CASE("paths are split at their last slash", "[directory][keys]") {
  CHECK(split_path("a/b/c").folder == "a/b");
  CHECK(split_path("a/b/c").leaf == "c");
  CHECK(split_path("c").folder.empty());
  CHECK(split_path("c").leaf == "c");
}

}  // namespace objectstore::directory
