// Contract, on S3: uploads arrive as they were, whatever their signature covers.
#include <algorithm>
#include <cstring>

#include "base/digest.h"
#include "base/encoding.h"
#include "contract/backend_under_test.h"

namespace objectstore::contract {

namespace {

std::string letters(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 251);
  return text;
}

Body read_once(const std::string& content) {
  return Body::stream(content.size(), [&content, at = std::size_t{0}](std::span<std::byte> out) mutable -> Result<std::size_t> {
    const std::size_t count = std::min(out.size(), content.size() - at);
    if (count > 0) std::memcpy(out.data(), content.data() + at, count);
    at += count;
    return count;
  });
}

/// `bucket`, for a client of that policy.
std::shared_ptr<Bucket> under_policy(PayloadSigning signing, const Bucket& bucket) {
  ConnectOptions options = backend().options;
  options.payload_signing = signing;
  auto client = connect(options);
  REQUIRE(client);
  return client->bucket(bucket.name());
}

}  // namespace

TEST_CASE("a body of any kind arrives whatever its signature covers", "[contract][signing]") {
  if (!backend().is_s3()) return;
  const auto signing =
      GENERATE(PayloadSigning::automatic, PayloadSigning::streaming, PayloadSigning::trailer, PayloadSigning::unsigned_payload);
  CAPTURE(static_cast<int>(signing));
  const FreshBucket fresh;
  const auto bucket = under_policy(signing, *fresh);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65'536}, std::size_t{200'001}}) {
    CAPTURE(size);
    const std::string content = letters(size);
    const testing::TempDir folder;
    testing::write_file(folder / "file", content);
    for (const std::string kind : {"memory", "file", "once"}) {
      CAPTURE(kind);
      Body body = kind == "memory" ? Body::view(content) : kind == "file" ? Body::file(folder / "file") : read_once(content);
      auto uploaded = bucket->upload("k", std::move(body), {.content_encoding = "identity", .metadata = {{"kind", kind}}});
      INFO(failure_of(uploaded));
      REQUIRE(uploaded);
      auto got = fresh->download("k");
      REQUIRE(got);
      CHECK(got->content == content);
      CHECK(got->object.metadata["kind"] == kind);
      CHECK(got->object.content_encoding == "identity");  // and not aws-chunked
      CHECK(got->object.etag == base::hex(base::md5(std::as_bytes(std::span(content)))));
    }
  }
}

TEST_CASE("parts arrive whatever their signature covers, with their sums where they are made", "[contract][signing]") {
  if (!backend().is_s3()) return;
  const auto signing =
      GENERATE(PayloadSigning::automatic, PayloadSigning::streaming, PayloadSigning::trailer, PayloadSigning::unsigned_payload);
  CAPTURE(static_cast<int>(signing));
  const bool with_sums = signing == PayloadSigning::automatic || signing == PayloadSigning::trailer;
  const FreshBucket fresh;
  const auto bucket = under_policy(signing, *fresh);
  const std::string first = letters(kMinPartBytes);
  const std::string second = letters(70'000);
  auto upload = bucket->create_multipart_upload("k");
  INFO(failure_of(upload));
  REQUIRE(upload);
  CHECK(upload->part_sha256 == with_sums);
  std::vector<UploadedPart> parts;
  for (const std::string& content : {first, second}) {
    auto part = bucket->upload_part(*upload, static_cast<std::uint32_t>(parts.size() + 1), read_once(content));
    INFO(failure_of(part));
    REQUIRE(part);
    CHECK(part->sha256 == (with_sums ? base::base64(base::sha256(content)) : std::string()));
    parts.push_back(std::move(*part));
  }
  auto completed = bucket->complete_multipart_upload(*upload, parts);
  INFO(failure_of(completed));
  REQUIRE(completed);
  CHECK(text_of(*fresh, "k") == first + second);
}

TEST_CASE("an upload that one policy began goes on under another", "[contract][signing]") {
  if (!backend().is_s3()) return;
  const auto signing = GENERATE(PayloadSigning::streaming, PayloadSigning::trailer, PayloadSigning::unsigned_payload);
  CAPTURE(static_cast<int>(signing));
  const FreshBucket fresh;
  const auto bucket = under_policy(signing, *fresh);
  auto upload = fresh->create_multipart_upload("k");
  REQUIRE(upload);
  const std::string content = letters(100'000);
  auto part = bucket->upload_part(*upload, 1, Body::view(content));
  INFO(failure_of(part));
  REQUIRE(part);
  CHECK(part->sha256 == base::base64(base::sha256(content)));
  auto completed = bucket->complete_multipart_upload(*upload, std::vector<UploadedPart>{*part});
  INFO(failure_of(completed));
  REQUIRE(completed);
  CHECK(text_of(*fresh, "k") == content);
}

}  // namespace objectstore::contract
