// Contract: copies.
#include "contract/backend_under_test.h"

namespace objectstore::contract {

namespace {

UploadOptions described() {
  return {.content_type = "text/plain", .cache_control = "no-store", .metadata = {{"a", "1"}, {"b", "ü"}}, .tags = {{"t", "1"}}};
}

}  // namespace

TEST_CASE("a copy keeps the bytes and what is said of them", "[contract][copy]") {
  const FreshBucket bucket;
  const auto source = put(*bucket, "from/a b+c", "hello", described());
  auto copied = bucket->copy({.key = "from/a b+c"}, "to/ü");
  INFO(failure_of(copied));
  REQUIRE(copied);
  CHECK(copied->etag == source.ref.etag);
  auto got = bucket->download("to/ü");
  REQUIRE(got);
  CHECK(got->content == "hello");
  CHECK(got->object.etag == copied->etag);
  CHECK(got->object.content_type == "text/plain");
  CHECK(got->object.cache_control == "no-store");
  CHECK(got->object.metadata == described().metadata);
  CHECK(std::chrono::floor<std::chrono::seconds>(got->object.last_modified) ==
        std::chrono::floor<std::chrono::seconds>(copied->last_modified));
  CHECK(text_of(*bucket, "from/a b+c") == "hello");
}

TEST_CASE("a copy that replaces attributes drops all of the source's", "[contract][copy]") {
  const FreshBucket bucket;
  put(*bucket, "from", "hello", described());
  auto copied =
      bucket->copy({.key = "from"}, "to", {.replace = ReplaceAttributes{.content_type = "text/x", .metadata = {{"c", " 3  4 "}}}});
  REQUIRE(copied);
  auto head = bucket->head("to");
  REQUIRE(head);
  CHECK(head->content_type == "text/x");
  CHECK(head->cache_control.empty());
  CHECK(head->metadata == Metadata{{"c", "3 4"}});
  auto source = bucket->head("from");
  REQUIRE(source);
  CHECK(source->metadata == described().metadata);
}

TEST_CASE("a copy onto itself must change something", "[contract][copy]") {
  const FreshBucket bucket;
  put(*bucket, "k", "hello", described());
  auto same = bucket->copy({.key = "k"}, "k");
  check_context(same, "copy", bucket->name(), "k");
  CHECK(kind_of(same) == ErrorKind::invalid_argument);
  auto replaced = bucket->copy({.key = "k"}, "k", {.replace = ReplaceAttributes{.content_type = "text/new"}});
  INFO(failure_of(replaced));
  REQUIRE(replaced);
  auto got = bucket->download("k");
  REQUIRE(got);
  CHECK(got->content == "hello");
  CHECK(got->object.content_type == "text/new");
  CHECK(got->object.metadata.empty());
}

TEST_CASE("a copy replaces what is under its key", "[contract][copy]") {
  const FreshBucket bucket;
  put(*bucket, "from", "new");
  put(*bucket, "to", "old and longer", described());
  REQUIRE(bucket->copy({.key = "from"}, "to"));
  CHECK(text_of(*bucket, "to") == "new");
  auto head = bucket->head("to");
  REQUIRE(head);
  CHECK(head->metadata.empty());
}

TEST_CASE("a copy of a missing object is not_found and leaves nothing", "[contract][copy]") {
  const FreshBucket bucket;
  auto copied = bucket->copy({.key = "missing"}, "to");
  REQUIRE_FALSE(copied);
  CHECK(copied.error().operation == "copy");
  CHECK(kind_of(copied) == ErrorKind::not_found);
  CHECK(keys_of(*bucket).empty());
}

TEST_CASE("a copy is made of the ETag it names, or not at all", "[contract][copy]") {
  const FreshBucket bucket;
  const auto source = put(*bucket, "from", "1");
  auto other = bucket->copy({.key = "from", .if_match = "00000000000000000000000000000000"}, "to");
  CHECK(kind_of(other) == ErrorKind::precondition_failed);
  CHECK(text_of(*bucket, "to") == "<not_found>");
  REQUIRE(bucket->copy({.key = "from", .if_match = source.ref.etag}, "to"));
  REQUIRE(bucket->copy({.key = "from", .if_match = '"' + source.ref.etag + '"'}, "to2"));
  CHECK(text_of(*bucket, "to") == "1");
  CHECK(text_of(*bucket, "to2") == "1");
}

TEST_CASE("objects are copied between buckets of one endpoint", "[contract][copy]") {
  const FreshBucket from;
  const FreshBucket to;
  put(*from, "k", "hello", described());
  put(*to, "k", "other");
  REQUIRE(to->copy({.key = "k", .bucket = from->name()}, "k"));
  auto got = to->download("k");
  REQUIRE(got);
  CHECK(got->content == "hello");
  CHECK(got->object.metadata == described().metadata);
  CHECK(text_of(*from, "k") == "hello");
  auto missing = to->copy({.key = "k", .bucket = fresh_name()}, "l");
  CHECK(kind_of(missing) == ErrorKind::not_found);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().service_code == "NoSuchBucket");
}

TEST_CASE("an empty object can be copied", "[contract][copy]") {
  const FreshBucket bucket;
  put(*bucket, "empty", "");
  REQUIRE(bucket->copy({.key = "empty"}, "to"));
  CHECK(text_of(*bucket, "to").empty());
}

}  // namespace objectstore::contract
