// What every backend refuses, and listing as a range.
#include "bucket/rules.h"

#include <algorithm>
#include <optional>

#include "support/catch.h"

using namespace objectstore;

TEST_CASE("bucket names keep S3's rules") {
  for (const char* good : {"abc", "a-b", "a.b.c", "123", "1a-", "my-bucket-1", "192.168.5", "192.168.5.4.3", "a192.168.5.4"}) {
    CAPTURE(good);
    const std::string_view name = good;
    CHECK(check_bucket_name(name).has_value() == (name.back() != '-'));
  }
  CHECK(check_bucket_name(std::string(63, 'a')));
  for (const char* bad :
       {"", "a", "ab", "Abc", "a_b", "a..b", "-abc", "abc-", ".abc", "abc.", "192.168.5.4", "1.2.3.4", "xn--abc", "a b", "a/b",
        "\xc3\xa4"
        "bc",
        "a\nb"}) {
    CAPTURE(bad);
    CHECK(kind_of(check_bucket_name(bad)) == ErrorKind::invalid_argument);
  }
  CHECK(kind_of(check_bucket_name(std::string(64, 'a'))) == ErrorKind::invalid_argument);
}

TEST_CASE("keys are 1 to 1,024 bytes of UTF-8 without NUL") {
  CHECK(check_key("a"));
  CHECK(check_key(std::string(1024, 'k')));
  std::string umlauts;
  for (int i = 0; i < 512; ++i) umlauts += "\xc3\xbc";
  CHECK(check_key(umlauts));
  CHECK(check_key("\x01\r\n\x7f\xef\xbf\xbe"));
  for (const auto& bad : {std::string(), std::string(1025, 'k'), umlauts + "x", std::string("a\0b", 3), std::string("\xff"),
                          std::string("\xc0\x80"), std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"), std::string("\xc3")}) {
    CAPTURE(bad.size());
    CHECK(kind_of(check_key(bad)) == ErrorKind::invalid_argument);
  }
}

TEST_CASE("metadata comes back trimmed and folded") {
  CHECK(normalize_metadata({{"a", "  x   y "}, {"b", ""}}) == Metadata{{"a", "x y"}, {"b", ""}});
}

TEST_CASE("tags are counted in characters, not bytes") {
  std::string name;
  for (int i = 0; i < 128; ++i) name += "\xc3\xbc";
  CHECK(check_upload({.tags = {{name, std::string(256, 'v')}}}));
  CHECK(kind_of(check_upload({.tags = {{name + "x", ""}}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(check_upload({.tags = {{"n", std::string(257, 'v')}}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(check_upload({.tags = {{"", "v"}}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(check_upload({.tags = {{"\xff", "v"}}})) == ErrorKind::invalid_argument);
}

namespace {

/// Serves prepared pages; every other verb is out of its reach.
class PagedBucket final : public Bucket {
 public:
  explicit PagedBucket(std::vector<Result<ListPage>> pages) : pages_(std::move(pages)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::string describe() const override { return name_; }
  Result<Uploaded> upload(std::string_view, Body, const UploadOptions&) override { return Error{}; }
  Result<Downloaded> download(std::string_view, Sink, const DownloadOptions&) override { return Error{}; }
  Result<ObjectInfo> head(std::string_view, const HeadOptions&) override { return Error{}; }
  Result<ListPage> list(const ListOptions& options) override {
    asked.push_back(options.continuation);
    return pages_.at(asked.size() - 1);
  }
  Result<std::string> presign(std::string_view, const PresignOptions&) override { return Error{}; }
  Status delete_object(std::string_view, const DeleteOptions&) override { return Error{}; }
  Result<std::vector<DeleteOutcome>> delete_objects(std::span<const std::string>, const CallOptions&) override { return Error{}; }
  Result<Copied> copy(const CopySource&, std::string_view, const CopyOptions&) override { return Error{}; }
  Result<MultipartUpload> create_multipart_upload(std::string_view, const UploadOptions&) override { return Error{}; }
  Result<UploadedPart> upload_part(const MultipartUpload&, std::uint32_t, Body, const PartOptions&) override { return Error{}; }
  Result<UploadedPart> upload_part_copy(const MultipartUpload&, std::uint32_t, const CopySource&, const ByteRange&,
                                        const PartOptions&) override {
    return Error{};
  }
  Result<Uploaded> complete_multipart_upload(const MultipartUpload&, std::span<const UploadedPart>, const CompleteOptions&) override {
    return Error{};
  }
  Status abort_multipart_upload(const MultipartUpload&, const CallOptions&) override { return Error{}; }
  Result<PartPage> list_parts(const MultipartUpload&, const ListPartsOptions&) override { return Error{}; }
  Result<MultipartUploadPage> list_multipart_uploads(const ListMultipartUploadsOptions&) override { return Error{}; }

  std::vector<std::string> asked;

 private:
  std::string name_ = "paged";
  std::vector<Result<ListPage>> pages_;
};

ListPage page(std::vector<std::string> keys, std::vector<std::string> prefixes, std::string continuation) {
  ListPage made;
  for (auto& key : keys) {
    ObjectInfo info;
    info.key = std::move(key);
    made.objects.push_back(std::move(info));
  }
  made.common_prefixes = std::move(prefixes);
  made.continuation = std::move(continuation);
  return made;
}

}  // namespace

TEST_CASE("a range walks all pages, objects and prefixes in key order, asking for a page only when it is needed") {
  PagedBucket bucket({page({"a", "c"}, {"b/", "d/"}, "t1"), page({}, {}, "t2"), page({"e"}, {}, "")});
  auto range = list_objects(bucket);
  CHECK(bucket.asked.empty());
  std::vector<std::string> seen;
  for (const auto& entry : range) {
    REQUIRE(entry);
    seen.push_back(entry->object.key + (entry->is_prefix ? "*" : ""));
    if (seen.size() <= 4) CHECK(bucket.asked.size() == 1);
    if (entry->is_prefix) CHECK(entry->object.bucket == "paged");
  }
  CHECK(seen == std::vector<std::string>{"a", "b/*", "c", "d/*", "e"});
  CHECK(bucket.asked == std::vector<std::string>{"", "t1", "t2"});
}

TEST_CASE("a range ends behind its first error") {
  PagedBucket bucket({page({"a"}, {}, "t1"), Error{.kind = ErrorKind::unavailable}});
  std::vector<std::string> seen;
  for (const auto& entry : list_objects(bucket)) seen.push_back(entry ? entry->object.key : std::string(to_string(entry.error().kind)));
  CHECK(seen == std::vector<std::string>{"a", "unavailable"});
}

TEST_CASE("an empty bucket is an empty range") {
  PagedBucket bucket({page({}, {}, "")});
  auto range = list_objects(bucket);
  CHECK((range.begin() == ObjectRange::end()));
}
