// Server-side copies, whole and in parts.
#include "transfer/fixture.h"

using namespace objectstore;
using namespace objectstore::testing;

namespace {

std::shared_ptr<FaultyBucket> bucket_with(const std::string& content, const Tags& tags = {}) {
  auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  REQUIRE(bucket->upload("a", Body::view(content), {.content_type = "text/x-large", .metadata = {{"owner", "ana"}}, .tags = tags}));
  bucket->fail({});
  return bucket;
}

TransferOptions copies_in_parts() {
  TransferOptions options = small_parts(1);
  options.copy_threshold = kPart;
  return options;
}

}  // namespace

TEST_CASE("a copy keeps bytes and attributes, in one request or in parts") {
  const std::uint64_t size = GENERATE(std::uint64_t{0}, kPart, kPart + 1, 3 * kPart + 9);
  const std::string content = content_of(size);
  const auto bucket = bucket_with(content);
  TransferManager transfers(copies_in_parts());
  const auto copied = transfers.copy(*bucket, {.key = "a"}, *bucket, "b");
  REQUIRE(copied);
  CHECK(stored(*bucket, "b") == content);
  const auto info = bucket->inner().head("b");
  REQUIRE(info);
  CHECK(info->etag == copied->etag);
  CHECK(info->content_type == "text/x-large");
  CHECK(info->metadata == Metadata{{"owner", "ana"}});
  CHECK((info->etag.find('-') != std::string::npos) == (size > kPart));
  REQUIRE(transfers.copy(*bucket, {.key = "a"}, *bucket, "c", {.object = {.replace = ReplaceAttributes{.content_type = "text/x-new"}}}));
  CHECK(bucket->inner().head("c")->content_type == "text/x-new");
  CHECK(bucket->inner().head("c")->metadata.empty());
  CHECK(unfinished(*bucket) == 0);
}

TEST_CASE("whichever operation of a copy in parts fails, nothing shows and no upload is left") {
  const auto bucket = bucket_with(content_of(2 * kPart + 1));
  for (int n = 1;; ++n) {
    CAPTURE(n);
    bucket->fail({.operation = n});
    TransferManager transfers(copies_in_parts());
    const auto copied = transfers.copy(*bucket, {.key = "a"}, *bucket, "b");
    bucket->fail({});
    if (copied) {
      CHECK(n == 7);  // HEAD, create, three parts, complete
      break;
    }
    REQUIRE(n < 7);
    CHECK(stored(*bucket, "b") == "<not_found>");
    CHECK(unfinished(*bucket) == 0);
  }
}

TEST_CASE("a source that is replaced between two parts is a conflict") {
  const auto bucket = bucket_with(content_of(2 * kPart + 1));
  int parts = 0;
  bucket->before_each = [&](const std::string& line) {
    if (line.starts_with("upload_part_copy") && ++parts == 2)
      REQUIRE(bucket->inner().upload("a", Body::text(content_of(2 * kPart + 1, 7))));
  };
  TransferManager transfers(copies_in_parts());
  CHECK(kind_of(transfers.copy(*bucket, {.key = "a"}, *bucket, "b")) == ErrorKind::conflict);
  CHECK(stored(*bucket, "b") == "<not_found>");
  CHECK(unfinished(*bucket) == 0);
}

TEST_CASE("tags that a copy in parts would lose are a reason to refuse it") {
  const auto bucket = bucket_with(content_of(kPart + 1), {{"team", "a"}});
  TransferManager transfers(copies_in_parts());
  CHECK(kind_of(transfers.copy(*bucket, {.key = "a"}, *bucket, "b")) == ErrorKind::unsupported);
  CHECK(kind_of(transfers.copy(*bucket, {.key = "nothing"}, *bucket, "b")) == ErrorKind::not_found);
  CHECK(stored(*bucket, "b") == "<not_found>");
}
