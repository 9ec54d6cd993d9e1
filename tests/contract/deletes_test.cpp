// Contract: deletes.
#include "contract/backend_under_test.h"

namespace objectstore::contract {

TEST_CASE("a deleted object is gone, and deleting it again is success", "[contract][delete]") {
  const FreshBucket bucket;
  put(*bucket, "a/b/c", "x", {.metadata = {{"v", "1"}}});
  REQUIRE(bucket->delete_object("a/b/c"));
  CHECK(kind_of(bucket->head("a/b/c")) == ErrorKind::not_found);
  CHECK(text_of(*bucket, "a/b/c") == "<not_found>");
  CHECK(bucket->delete_object("a/b/c"));
  CHECK(bucket->delete_object("never/was"));
  put(*bucket, "a/b/c", "y");
  auto head = bucket->head("a/b/c");
  REQUIRE(head);
  CHECK(head->metadata.empty());
}

TEST_CASE("a delete takes its own key alone", "[contract][delete]") {
  const FreshBucket bucket;
  put_all(*bucket, {"a/1", "a/10", "a1", "ab", "a-"});
  REQUIRE(bucket->delete_object("a/1"));
  REQUIRE(bucket->delete_object("a"));
  REQUIRE(bucket->delete_object("a/"));
  CHECK(keys_of(*bucket) == std::vector<std::string>{"a-", "a/10", "a1", "ab"});
}

TEST_CASE("what is missing is not_found with its place", "[contract][delete]") {
  const FreshBucket bucket;
  auto head = bucket->head("no/such");
  check_context(head, "head", bucket->name(), "no/such");
  CHECK(kind_of(head) == ErrorKind::not_found);
  CHECK(head.error().service_code != "NoSuchBucket");
  auto downloaded = bucket->download("no/such");
  check_context(downloaded, "download", bucket->name(), "no/such");
  CHECK(kind_of(downloaded) == ErrorKind::not_found);
  CHECK(downloaded.error().service_code == "NoSuchKey");
}

TEST_CASE("deleting no keys at all is success", "[contract][delete]") {
  const FreshBucket bucket;
  auto outcomes = bucket->delete_objects({});
  REQUIRE(outcomes);
  CHECK(outcomes->empty());
}

TEST_CASE("a key given twice is deleted once and reported twice", "[contract][delete]") {
  const FreshBucket bucket;
  put(*bucket, "k", "x");
  const std::vector<std::string> keys = {"k", "k"};
  auto outcomes = bucket->delete_objects(keys);
  REQUIRE(outcomes);
  REQUIRE(outcomes->size() == 2);
  CHECK_FALSE((*outcomes)[0].error);
  CHECK_FALSE((*outcomes)[1].error);
  CHECK(keys_of(*bucket).empty());
}

}  // namespace objectstore::contract
