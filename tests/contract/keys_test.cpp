// Contract: every key that S3 takes names one object, whatever its characters; every other key is refused before anything is done.
#include <algorithm>
#include <atomic>

#include "contract/backend_under_test.h"

namespace objectstore::contract {

namespace {

using Keys = std::vector<std::string>;

Keys odd_keys() {
  return {
      "../x",
      "a/../../x",
      "..",
      ".",
      "a/./b",
      "a//b",
      "/a",
      "a/",
      "/",
      "//",
      "a/b/",
      "./a",
      "a/..",
      "../../../../etc/passwd",
      "plus+sign",
      "per%cent",
      "per%46cent",
      "per%2Fcent",
      "%",
      "amp&ersand",
      "quest?ion",
      "k?versionId=1",
      "k?versions",
      "hash#tag",
      "less<greater>",
      "quo\"te",
      "apos'trophe",
      "back\\slash",
      "..\\x",
      "til~de",
      "star*",
      "equal=",
      "semi;colon",
      "com,ma",
      "sp ace",
      " leading",
      "trailing ",
      "two  spaces",
      "tab\tbed",
      "new\nline",
      "carriage\r\nreturn",
      "\x01\x02\x1f",
      "del\x7f",
      "col:on",
      "at@",
      "dollar$",
      "pipe|",
      "bra[ck]et",
      "cur{ly}",
      "back`tick",
      "caret^",
      "bang!",
      "-dash",
      "--",
      "soap",
      "soap/",
      "_ _",
      "\xef\xbf\xbe",
      "\xef\xbf\xbf",
      "\xef\xbb\xbf"
      "bom",
      "e\xcc\x81",
      "\xc3\xa9",
      "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
      "\xf0\x9f\x98\x80",
      "\xe2\x80\xae"
      "rtl",
      "nul",
      "CON",
      "a.",
      "a..b",
      "...",
      ".objectstore",
      ".objectstore/format",
      ".objectstore/lock",
      ".objectstore/meta/ab/cd",
      ".objectstore/tmp/x",
      ".hidden",
      "x/.objectstore/y",
      "UPPER",
      "upper",
      "UpPeR",
      "index.html",
      "favicon.ico",
      "a=b&c=d",
      "http://host/path",
      "s3://bucket/key",
      "file.txt~",
      "part.1",
      "xl.meta",
      ".minio.sys/x",
      ".metadata.json",
      "null",
      "%00",
      "%2e%2e%2f",
      "\xc2\x80",
      "\xc2\xa0",
      std::string(255, 'n'),
      std::string(256, 'n'),
      std::string(120, 'n'),
      std::string(119, 'n'),
      "d/" + std::string(300, 'm') + "/e",
      std::string(400, 'n') + "/x",
      std::string(1024, 'k'),
      std::string(1022, 'k') + "\xc3\xa9",
      [] {
        std::string key;
        while (key.size() + 3 <= 1024) key += "\xe6\x97\xa5";
        return key + "z";
      }(),
      [] {
        std::string key;
        while (key.size() + 2 <= 1024) key += "a/";
        return key.substr(0, 1023);
      }(),
  };
}

/// Stores the keys that this server takes, checks that the others give their typed error and no object.
Keys store_all(Bucket& bucket, const Keys& keys) {
  Keys stored;
  for (const auto& key : keys) {
    CAPTURE(key);
    auto uploaded = bucket.upload(key, Body::view(key), {.condition = CreateOnly{}});
    INFO(failure_of(uploaded));
    if (const auto expected = refused(key)) {
      check_context(uploaded, "upload", bucket.name(), key);
      CHECK(kind_of(uploaded) == *expected);
      continue;
    }
    CHECK(uploaded);
    if (!uploaded) continue;
    CHECK(uploaded->ref.key == key);
    stored.push_back(key);
  }
  return stored;
}

}  // namespace

TEST_CASE("every key is stored, read, listed, copied and deleted under its exact bytes", "[contract][keys]") {
  const FreshBucket bucket;
  const Keys all = odd_keys();
  Keys sequence = all;
  if (!keeps_key_beside_its_folder()) {
    // One at a time where a key and its folder exclude each other.
    for (const auto& key : all) {
      CAPTURE(key);
      const Keys stored = store_all(*bucket, {key});
      if (stored.empty()) {
        CHECK(keys_of(*bucket).empty());
        continue;
      }
      if (renamed(key)) {
        CHECK(text_of(*bucket, key) == key);
        REQUIRE(bucket->delete_object(key));
        CHECK(keys_of(*bucket).empty());
        continue;
      }
      CHECK(keys_of(*bucket) == stored);
      CHECK(text_of(*bucket, key) == key);
      auto head = bucket->head(key);
      REQUIRE(head);
      CHECK(head->key == key);
      REQUIRE(bucket->copy({.key = key}, "copy"));
      CHECK(text_of(*bucket, "copy") == key);
      const Keys both = {key, "copy"};
      auto outcomes = bucket->delete_objects(both);
      REQUIRE(outcomes);
      for (const auto& outcome : *outcomes) CHECK_FALSE(outcome.error);
      CHECK(keys_of(*bucket).empty());
    }
    return;
  }
  Keys stored = store_all(*bucket, all);
  std::sort(stored.begin(), stored.end());
  CHECK((keys_of(*bucket) == stored));
  CHECK((keys_of(*bucket, {.page_size = 1}) == stored));
  for (const auto& key : stored) {
    CAPTURE(key);
    CHECK(text_of(*bucket, key) == key);
    auto head = bucket->head(key);
    REQUIRE(head);
    CHECK(head->key == key);
    CHECK(keys_of(*bucket, {.prefix = key, .page_size = 1}).front() == key);
    auto page = bucket->list({.start_after = key, .page_size = 1});
    REQUIRE(page);
    const auto behind = std::upper_bound(stored.begin(), stored.end(), key);
    if (behind == stored.end()) {
      CHECK((page->objects.empty() || page->objects[0].key.starts_with("\xf4\x8f\xbf\xbd")));
    } else {
      REQUIRE(page->objects.size() == 1);
      CHECK(page->objects[0].key == *behind);
    }
    REQUIRE(bucket->copy({.key = key}, "\xf4\x8f\xbf\xbd" + std::to_string(key.size())));
    CHECK(text_of(*bucket, "\xf4\x8f\xbf\xbd" + std::to_string(key.size())) == key);
  }
  for (const auto& key : stored) {
    CAPTURE(key);
    REQUIRE(bucket->delete_object(key));
    CHECK(text_of(*bucket, key) == "<not_found>");
  }
  for (const auto& key : keys_of(*bucket)) CHECK(key.starts_with("\xf4\x8f\xbf\xbd"));
}

TEST_CASE("a key beside its own folder: each keeps its bytes, in either order", "[contract][keys]") {
  for (const bool key_first : {true, false}) {
    CAPTURE(key_first);
    const FreshBucket bucket;
    Keys order = {"a", "a/b", "a/b/c", "x/y"};
    if (!key_first) std::reverse(order.begin(), order.end());
    if (!keeps_key_beside_its_folder()) {
      // Refused with a typed error, or kept whole; never lost in silence.
      for (const auto& key : order) {
        auto uploaded = bucket->upload(key, Body::view(key));
        INFO(failure_of(uploaded));
        if (!uploaded) CHECK((kind_of(uploaded) == ErrorKind::invalid_argument || kind_of(uploaded) == ErrorKind::conflict));
        CHECK(text_of(*bucket, key) == (uploaded ? key : "<not_found>"));
      }
      for (const auto& key : order) REQUIRE(bucket->delete_object(key));
      continue;
    }
    for (const auto& key : order) put(*bucket, key, key, {.metadata = {{"key", "is " + std::to_string(key.size())}}});
    for (const auto& key : order) {
      CAPTURE(key);
      CHECK(text_of(*bucket, key) == key);
      auto head = bucket->head(key);
      REQUIRE(head);
      CHECK(head->metadata["key"] == "is " + std::to_string(key.size()));
      put(*bucket, key, key + "!", {.condition = IfMatch{head->etag}});
      CHECK(kind_of(bucket->upload(key, Body::view("x"), {.condition = CreateOnly{}})) == ErrorKind::already_exists);
      CHECK(text_of(*bucket, key) == key + "!");
    }
    CHECK(keys_of(*bucket) == Keys{"a", "a/b", "a/b/c", "x/y"});
    CHECK(keys_of(*bucket, {.delimiter = "/"}) == Keys{"a", "a/*", "x/*"});
    CHECK(keys_of(*bucket, {.prefix = "a/", .delimiter = "/"}) == Keys{"a/b", "a/b/*"});
    for (const auto& key : order) {
      REQUIRE(bucket->delete_object(key));
      CHECK(text_of(*bucket, key) == "<not_found>");
    }
    CHECK(keys_of(*bucket).empty());
  }
}

TEST_CASE("writers that race for a key and its folder lose nothing", "[contract][keys]") {
  if (!keeps_key_beside_its_folder()) return;  // shown above for such servers
  const FreshBucket bucket;
  const Keys keys = {"a", "a/b", "a/b/c", "a/b/c/d"};
  std::atomic<int> failures{0};
  in_threads(4, [&](int thread) {
    const std::string& key = keys[static_cast<std::size_t>(thread)];
    for (int round = 0; round < 40; ++round) {
      const std::string value = key + std::to_string(round);
      if (!bucket->upload(key, Body::view(value))) ++failures;
      if (text_of(*bucket, key) != value) ++failures;
      if (round % 3 == 0) {
        if (!bucket->delete_object(key)) ++failures;
        if (text_of(*bucket, key) != "<not_found>") ++failures;
      }
    }
  });
  CHECK(failures == 0);
  put_all(*bucket, keys);
  CHECK(keys_of(*bucket) == keys);
}

TEST_CASE("keys that no store takes are refused by every verb before anything is done", "[contract][keys]") {
  const FreshBucket bucket;
  put(*bucket, "k", "x");
  const Keys bad = {"",
                    std::string(1025, 'k'),
                    std::string(1023, 'k') + "\xc3\xa9",
                    std::string("nul\0", 4),
                    std::string(1, '\0'),
                    "\xff",
                    "\xc3",
                    "a\xc0\xaf",
                    "\xed\xa0\x80",
                    "\xf4\x90\x80\x80",
                    "caf\xe9"};
  for (const auto& key : bad) {
    CAPTURE(key.size(), key);
    const auto check = [&](const auto& result, std::string_view operation) {
      check_context(result, operation, bucket->name(), key);
      CHECK(kind_of(result) == ErrorKind::invalid_argument);
    };
    check(bucket->upload(key, Body::view("x")), "upload");
    check(bucket->download(key), "download");
    check(bucket->head(key), "head");
    check(bucket->delete_object(key), "delete_object");
    check(bucket->copy({.key = "k"}, key), "copy");
    CHECK(kind_of(bucket->copy({.key = key}, "to")) == ErrorKind::invalid_argument);
    check(bucket->presign(key), "presign");
  }
  CHECK(keys_of(*bucket) == Keys{"k"});
}

TEST_CASE("keys that differ only in case or in Unicode form are different", "[contract][keys]") {
  const FreshBucket bucket;
  const Keys keys = {"Key", "kEY", "key", "\xc3\xa9", "e\xcc\x81"};
  put_all(*bucket, keys);
  for (const auto& key : keys) CHECK(text_of(*bucket, key) == key);
  CHECK(keys_of(*bucket).size() == keys.size());
}

}  // namespace objectstore::contract
