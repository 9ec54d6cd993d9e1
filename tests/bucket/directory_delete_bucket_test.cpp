// A bucket's folder is deleted while others write to it.
#include <atomic>
#include <thread>

#include "objectstore/client.h"
#include "support/catch.h"
#include "support/temp_dir.h"

using namespace objectstore;
using namespace objectstore::testing;

TEST_CASE("deleting a bucket never takes an object along whose writer was told that it is stored") {
  const TempDir root;
  const auto store = connect({.endpoint = "file:" + root.path().native()});
  REQUIRE(store);
  const auto other = connect({.endpoint = "file:" + root.path().native()});
  REQUIRE(other);
  const std::string key = GENERATE(std::string("plain"), std::string("mapped//key"));
  REQUIRE(store->create_bucket("media"));
  std::atomic<bool> stop{false};
  std::thread deleter([&] {
    while (!stop) {
      if (other->delete_bucket("media")) static_cast<void>(other->create_bucket("media"));
    }
  });
  int stored = 0;
  std::string lost;
  const auto bucket = store->bucket("media");
  UploadOptions options;
  options.content_type = "text/x-mark";
  for (int round = 0; round < 1500 && lost.empty(); ++round) {
    if (!bucket->upload(key, Body::view(std::string_view("kept")), options)) continue;
    ++stored;
    const auto info = bucket->head(key);
    if (!info) {
      lost = info.error().message;
    } else if (info->content_type != "text/x-mark") {
      lost = "its attributes are " + info->content_type;
    }
    static_cast<void>(bucket->delete_object(key));
  }
  stop = true;
  deleter.join();
  CHECK(lost.empty());
  CHECK(stored > 0);
}

TEST_CASE("a bucket whose deletion broke off half-way takes objects again") {
  const TempDir root;
  const auto store = connect({.endpoint = "file:" + root.path().native()});
  REQUIRE(store);
  REQUIRE(store->create_bucket("media"));
  const auto bucket = store->bucket("media");
  REQUIRE(bucket->upload("before", Body::view(std::string_view("x"))));
  const std::string gone =
      GENERATE(std::string("meta"), std::string("keys"), std::string("tmp"), std::string("format"), std::string("lock"));
  std::filesystem::remove_all(root / "media/.objectstore" / gone);
  CHECK(bucket->upload("plain", Body::view(std::string_view("y"))));
  CHECK(bucket->upload("mapped//key", Body::view(std::string_view("z"))));
  CHECK(bucket->head("plain"));
  CHECK(bucket->head("mapped//key"));
}
