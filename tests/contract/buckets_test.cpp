// Contract: buckets.
#include <algorithm>

#include "contract/backend_under_test.h"

namespace objectstore::contract {

TEST_CASE("a bucket is there from its creation to its deletion", "[contract][buckets]") {
  const Client& client = backend().client;
  const std::string name = fresh_name();
  auto exists = client.bucket_exists(name);
  REQUIRE(exists);
  CHECK_FALSE(*exists);
  const auto before = system_clock()->now() - std::chrono::seconds(2);
  REQUIRE(client.create_bucket(name));
  exists = client.bucket_exists(name);
  REQUIRE(exists);
  CHECK(*exists);
  auto twice = client.create_bucket(name);
  check_context(twice, "create_bucket", name, "");
  CHECK(kind_of(twice) == ErrorKind::already_exists);

  auto all = client.list_buckets();
  REQUIRE(all);
  CHECK(std::is_sorted(all->begin(), all->end(), [](const BucketInfo& a, const BucketInfo& b) { return a.name < b.name; }));
  const auto found = std::find_if(all->begin(), all->end(), [&](const BucketInfo& info) { return info.name == name; });
  REQUIRE(found != all->end());
  CHECK(found->created >= before);
  CHECK(found->created <= system_clock()->now() + std::chrono::seconds(2));

  REQUIRE(client.delete_bucket(name));
  exists = client.bucket_exists(name);
  REQUIRE(exists);
  CHECK_FALSE(*exists);
  auto gone = client.delete_bucket(name);
  check_context(gone, "delete_bucket", name, "");
  CHECK(kind_of(gone) == ErrorKind::not_found);
  CHECK(gone.error().service_code == "NoSuchBucket");
}

TEST_CASE("a bucket that holds objects is not deleted", "[contract][buckets]") {
  const FreshBucket bucket;
  put(*bucket, "a/b", "x");
  auto refused_delete = backend().client.delete_bucket(bucket->name());
  check_context(refused_delete, "delete_bucket", bucket->name(), "");
  CHECK(kind_of(refused_delete) == ErrorKind::conflict);
  CHECK(text_of(*bucket, "a/b") == "x");
  REQUIRE(bucket->delete_object("a/b"));
  CHECK(backend().client.delete_bucket(bucket->name()));
  REQUIRE(backend().client.create_bucket(bucket->name()));
  CHECK(keys_of(*bucket).empty());
  put(*bucket, "again", "x");
  CHECK(text_of(*bucket, "again") == "x");
}

TEST_CASE("every verb on a missing bucket is not_found with code NoSuchBucket", "[contract][buckets]") {
  const std::string name = fresh_name();
  const auto bucket = backend().client.bucket(name);
  const auto check = [&](const auto& result, std::string_view operation, std::string_view key) {
    INFO(operation);
    check_context(result, operation, name, key);
    CHECK(kind_of(result) == ErrorKind::not_found);
    CHECK(result.error().service_code == "NoSuchBucket");
  };
  check(bucket->upload("k", Body::view("x")), "upload", "k");
  check(bucket->upload("k", Body::view("x"), {.condition = CreateOnly{}}), "upload", "k");
  check(bucket->upload("k", Body::view("x"), {.condition = IfMatch{"x"}}), "upload", "k");
  check(bucket->download("k"), "download", "k");
  check(bucket->head("k"), "head", "k");
  check(bucket->list(), "list", "");
  check(bucket->delete_object("k"), "delete_object", "k");
  const std::vector<std::string> keys = {"k"};
  check(bucket->delete_objects(keys), "delete_objects", "");
  check(bucket->copy({.key = "k"}, "l"), "copy", "l");
  auto exists = backend().client.bucket_exists(name);
  REQUIRE(exists);
  CHECK_FALSE(*exists);
}

TEST_CASE("bucket names that no server takes are refused by every verb", "[contract][buckets]") {
  for (const std::string name :
       {"", "ab", "Upper", "under_score", "-dash", "dash-", "dot..dot", "192.168.1.1", "a/b", "a b", "..", ".objectstore", "ü-bucket"}) {
    CAPTURE(name);
    CHECK(kind_of(backend().client.create_bucket(name)) == ErrorKind::invalid_argument);
    CHECK(kind_of(backend().client.delete_bucket(name)) == ErrorKind::invalid_argument);
    CHECK(kind_of(backend().client.bucket_exists(name)) == ErrorKind::invalid_argument);
    const auto bucket = backend().client.bucket(name);
    REQUIRE(bucket);
    CHECK(kind_of(bucket->upload("k", Body::view("x"))) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->download("k")) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->head("k")) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->list()) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->delete_object("k")) == ErrorKind::invalid_argument);
  }
  const std::string longest(63, 'a');
  CHECK(kind_of(backend().client.bucket_exists(longest)) != ErrorKind::invalid_argument);
  CHECK(kind_of(backend().client.bucket_exists(longest + "a")) == ErrorKind::invalid_argument);
}

TEST_CASE("a handle outlives its client", "[contract][buckets]") {
  const FreshBucket bucket;
  auto handle = [&] {
    const Client copy = backend().client;
    return copy.bucket(bucket->name());
  }();
  CHECK(handle->upload("k", Body::view("x")));
  CHECK(text_of(*handle, "k") == "x");
  CHECK_FALSE(handle->describe().empty());
  CHECK(handle->describe().find(bucket->name()) != std::string::npos);
}

}  // namespace objectstore::contract
