// Contract: what is said of an object when it is stored is told when it is read.
#include "contract/backend_under_test.h"

namespace objectstore::contract {

namespace {

UploadOptions full_options() {
  UploadOptions options;
  options.content_type = "text/html; charset=utf-8";
  options.cache_control = "max-age=60, public";
  options.content_disposition = "attachment; filename=\"a b.html\"";
  options.content_encoding = "identity";
  options.content_language = "de-CH, en";
  options.expires = "Wed, 21 Oct 2026 07:28:00 GMT";
  options.metadata = {
      {"plain", "value"}, {"empty", ""}, {"utf8", "Grüße, 日本, 🙂"}, {"marks", "a=b; c=\"d\" \\ %41 <&>"}, {"x-1_2.3", "1"}};
  options.tags = {{"team", "shop"}, {"cost center", "a+b=c/d:e@f"}};
  return options;
}

void check_full(const ObjectInfo& info) {
  CHECK(info.content_type == "text/html; charset=utf-8");
  CHECK(info.cache_control == "max-age=60, public");
  CHECK(info.content_disposition == "attachment; filename=\"a b.html\"");
  CHECK(info.content_encoding == "identity");
  CHECK(info.content_language == "de-CH, en");
  CHECK(info.expires == "Wed, 21 Oct 2026 07:28:00 GMT");
  CHECK(info.metadata == full_options().metadata);
}

}  // namespace

TEST_CASE("every attribute survives a round trip, by head and by download", "[contract][attributes]") {
  const FreshBucket bucket;
  put(*bucket, "k", "x", full_options());
  auto head = bucket->head("k");
  REQUIRE(head);
  check_full(*head);
  CHECK(head->tag_count == 2);
  auto downloaded = bucket->download("k");
  REQUIRE(downloaded);
  check_full(downloaded->object);
  CHECK(downloaded->object.tag_count == 2);
}

TEST_CASE("an object without attributes has the default content type and nothing else", "[contract][attributes]") {
  const FreshBucket bucket;
  put(*bucket, "k", "x");
  auto head = bucket->head("k");
  REQUIRE(head);
  CHECK(head->content_type == "application/octet-stream");
  CHECK(head->cache_control.empty());
  CHECK(head->content_disposition.empty());
  CHECK(head->content_encoding.empty());
  CHECK(head->content_language.empty());
  CHECK(head->expires.empty());
  CHECK(head->metadata.empty());
  CHECK(head->tag_count == 0);
  CHECK(head->version_id.empty());
  put(*bucket, "untyped", "x", {.content_type = ""});
  auto untyped = bucket->head("untyped");
  REQUIRE(untyped);
  CHECK(untyped->content_type == "application/octet-stream");
}

TEST_CASE("metadata values come back trimmed and with single spaces", "[contract][attributes]") {
  const FreshBucket bucket;
  put(*bucket, "k", "x", {.metadata = {{"a", "  two  words   here "}, {"b", "   "}, {"c", " 日本  語 "}}});
  auto head = bucket->head("k");
  REQUIRE(head);
  CHECK(head->metadata == Metadata{{"a", "two words here"}, {"b", ""}, {"c", "日本 語"}});
}

TEST_CASE("the storage class is kept where one is given, and the same for head and list", "[contract][attributes]") {
  const FreshBucket bucket;
  put(*bucket, "plain", "x");
  put(*bucket, "reduced", "x", {.storage_class = "REDUCED_REDUNDANCY"});
  auto plain = bucket->head("plain");
  auto reduced = bucket->head("reduced");
  REQUIRE(plain);
  REQUIRE(reduced);
  CHECK(plain->storage_class == "STANDARD");
  CHECK(reduced->storage_class == "REDUCED_REDUNDANCY");
  auto page = bucket->list();
  REQUIRE(page);
  REQUIRE(page->objects.size() == 2);
  CHECK(page->objects[0].storage_class == "STANDARD");
  CHECK(page->objects[1].storage_class == "REDUCED_REDUNDANCY");
}

TEST_CASE("head and download agree on everything", "[contract][attributes]") {
  const FreshBucket bucket;
  put(*bucket, "k", "hello", full_options());
  auto head = bucket->head("k");
  auto downloaded = bucket->download("k", {}, {.range = ByteRange::first_last(1, 2)});
  REQUIRE(head);
  REQUIRE(downloaded);
  const ObjectInfo& object = downloaded->object;
  CHECK(object.bucket == head->bucket);
  CHECK(object.key == head->key);
  CHECK(object.etag == head->etag);
  CHECK(object.size == head->size);
  CHECK(object.last_modified == head->last_modified);
  CHECK(object.storage_class == head->storage_class);
  CHECK(object.content_type == head->content_type);
  CHECK(object.metadata == head->metadata);
  auto page = bucket->list();
  REQUIRE(page);
  REQUIRE(page->objects.size() == 1);
  const ObjectInfo& listed = page->objects[0];
  CHECK(listed.bucket == head->bucket);
  CHECK(listed.key == head->key);
  CHECK(listed.etag == head->etag);
  CHECK(listed.size == head->size);
  CHECK(std::chrono::floor<std::chrono::seconds>(listed.last_modified) == std::chrono::floor<std::chrono::seconds>(head->last_modified));
}

TEST_CASE("the time of an object is that of its upload", "[contract][attributes]") {
  const FreshBucket bucket;
  const auto before = std::chrono::floor<std::chrono::seconds>(system_clock()->now());
  put(*bucket, "k", "x");
  const auto after = system_clock()->now() + std::chrono::seconds(1);
  auto head = bucket->head("k");
  REQUIRE(head);
  CHECK(head->last_modified >= before);
  CHECK(head->last_modified <= after);
}

TEST_CASE("attributes that no header can carry are refused, and nothing is stored", "[contract][attributes]") {
  const FreshBucket bucket;
  const auto refused_by_all = [&](const UploadOptions& options) {
    auto uploaded = bucket->upload("k", Body::view("x"), options);
    check_context(uploaded, "upload", bucket->name(), "k");
    CHECK(kind_of(uploaded) == ErrorKind::invalid_argument);
  };
  refused_by_all({.content_type = "text/plain\r\nx-amz-acl: public-read"});
  refused_by_all({.cache_control = std::string("a\0b", 3)});
  refused_by_all({.content_disposition = "a\nb"});
  refused_by_all({.metadata = {{"", "x"}}});
  refused_by_all({.metadata = {{"two words", "x"}}});
  refused_by_all({.metadata = {{"Upper", "x"}}});
  refused_by_all({.metadata = {{"gr\xc3\xbc\xc3\x9f", "x"}}});
  refused_by_all({.metadata = {{"a:b", "x"}}});
  refused_by_all({.metadata = {{"a", "line\nbreak"}}});
  refused_by_all({.metadata = {{"a", "\xff\xfe"}}});
  refused_by_all({.metadata = {{"a", std::string(2048, 'x')}}});
  refused_by_all({.metadata = {{"objectstore-put-id", "x"}}});
  refused_by_all({.tags = {{"", "x"}}});
  refused_by_all({.tags = {{std::string(129, 'n'), "x"}}});
  refused_by_all({.tags = {{"n", std::string(257, 'v')}}});
  Tags eleven;
  for (char c = 'a'; c < 'a' + 11; ++c) eleven.emplace(std::string(1, c), "x");
  refused_by_all({.tags = eleven});
  CHECK(keys_of(*bucket).empty());
}

TEST_CASE("2 KB of metadata and ten tags are kept", "[contract][attributes]") {
  const FreshBucket bucket;
  Tags ten;
  for (char c = 'a'; c < 'a' + 10; ++c) ten.emplace(std::string(1, c), "x");
  const std::string long_value(1800, 'v');
  put(*bucket, "k", "x", {.metadata = {{"long", long_value}}, .tags = ten});
  auto downloaded = bucket->download("k");
  REQUIRE(downloaded);
  CHECK(downloaded->object.metadata == Metadata{{"long", long_value}});
  CHECK(downloaded->object.tag_count == 10);
}

}  // namespace objectstore::contract
