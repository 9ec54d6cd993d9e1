// A replay's memory does not grow with the number of keys.
#include <malloc.h>

#include <algorithm>
#include <cstdio>

#include "objectstore/events.h"
#include "support/catch.h"

using namespace objectstore;

namespace {

constexpr std::size_t kKeys = 100'000;

/// Holds keys that nobody stored: page by page, out of a number.
class EndlessBucket final : public Bucket {
 public:
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::string describe() const override { return "endless"; }
  Result<ListPage> list(const ListOptions& options) override {
    std::size_t next = options.continuation.empty() ? 0 : std::stoul(options.continuation);
    ListPage page;
    for (const std::size_t end = std::min(kKeys, next + options.page_size); next < end; ++next) page.objects.push_back(object(next));
    if (next < kKeys) page.continuation = std::to_string(next);
    ++pages;
    return page;
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions&) override {
    ObjectInfo info = object(0);
    info.key = key;
    info.content_type = "application/json";
    return info;
  }
  Result<Uploaded> upload(std::string_view, Body, const UploadOptions&) override { return unused(); }
  Result<Downloaded> download(std::string_view, Sink, const DownloadOptions&) override { return unused(); }
  Result<std::string> presign(std::string_view, const PresignOptions&) override { return unused(); }
  Status delete_object(std::string_view, const DeleteOptions&) override { return unused(); }
  Result<std::vector<DeleteOutcome>> delete_objects(std::span<const std::string>, const CallOptions&) override { return unused(); }
  Result<Copied> copy(const CopySource&, std::string_view, const CopyOptions&) override { return unused(); }
  Result<MultipartUpload> create_multipart_upload(std::string_view, const UploadOptions&) override { return unused(); }
  Result<UploadedPart> upload_part(const MultipartUpload&, std::uint32_t, Body, const PartOptions&) override { return unused(); }
  Result<UploadedPart> upload_part_copy(const MultipartUpload&, std::uint32_t, const CopySource&, const ByteRange&,
                                        const PartOptions&) override {
    return unused();
  }
  Result<Uploaded> complete_multipart_upload(const MultipartUpload&, std::span<const UploadedPart>, const CompleteOptions&) override {
    return unused();
  }
  Status abort_multipart_upload(const MultipartUpload&, const CallOptions&) override { return unused(); }
  Result<PartPage> list_parts(const MultipartUpload&, const ListPartsOptions&) override { return unused(); }
  Result<MultipartUploadPage> list_multipart_uploads(const ListMultipartUploadsOptions&) override { return unused(); }
  std::size_t pages = 0;

 private:
  static Error unused() { return {.kind = ErrorKind::unsupported, .message = "not asked for"}; }
  [[nodiscard]] ObjectInfo object(std::size_t n) const {
    std::array<char, 96> key{};
    std::snprintf(key.data(), key.size(), "a-company-of-some-length/OrderPlaced/2024-11-%02zuT%02zu:%02zu:%02zuZ.json", 1 + n / 86400 % 28,
                  n / 3600 % 24, n / 60 % 60, n % 60);
    ObjectInfo info;
    info.bucket = name_;
    info.key = key.data();
    info.etag = "99914b932bd37a50b983c5e7c90ae93b";
    info.size = 2;
    return info;
  }
  std::string name_ = "events";
};

class Weigher final : public Emitter {
 public:
  Status emit(const Message&) override {
    if (++count % 1000 == 0) {
      const std::size_t used = mallinfo2().uordblks;
      if (count <= 2000) {
        early = std::max(early, used);
      } else {
        late = std::max(late, used);
      }
    }
    return {};
  }
  Status flush() override { return {}; }
  [[nodiscard]] std::string describe() const override { return "weigher"; }
  std::size_t count = 0;
  std::size_t early = 0;  ///< bytes in use at most, in the first two pages
  std::size_t late = 0;   ///< ... and in all others
};

}  // namespace

TEST_CASE("replaying 100,000 keys holds no more than the first pages did", "[replay]") {
  const auto bucket = std::make_shared<EndlessBucket>();
  const auto weigher = std::make_shared<Weigher>();
  PointerStore store(bucket, KeyTemplate::parse("{company}/{event}/{timestamp}.json").value(), weigher);
  for (const bool with_heads : {false, true}) {
    *weigher = {};
    ReplayOptions options;
    if (with_heads) {
      options.limit = kKeys / 5;  // threads take their time
    } else {
      options.content_type = "application/json";
    }
    const auto report = store.replay(options);
    REQUIRE(report);
    CHECK(report->emitted == (with_heads ? kKeys / 5 : kKeys));
    CHECK(weigher->late <= weigher->early + (1u << 20));
  }
  CHECK(bucket->pages == kKeys / 1000 + kKeys / 5000);
}
