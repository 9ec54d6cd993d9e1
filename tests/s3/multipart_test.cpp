// Uploads in parts on the wire: requests as they go out, replies as nobody should send them.
#include "s3/multipart.h"

#include <algorithm>

#include "s3/fixture.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace objectstore::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* kSum = "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=";  // of "x"

const MultipartUpload kUpload{.key = "k", .upload_id = "id/+ 1", .put_id = "put-1"};

struct Fixture : SenderFixture {
  Result<UploadedPart> put(Body body, const PartOptions& options = {}) {
    return upload_part(*sender, "media", kUpload, 7, body.source(), options);
  }
};

std::string created(std::string_view id) {
  return "<?xml version=\"1.0\"?><InitiateMultipartUploadResult><Bucket>media</Bucket><Key>k</Key><UploadId>" + std::string(id) +
         "</UploadId></InitiateMultipartUploadResult>";
}

HttpReply stored() {
  return canned(200, {{"etag", "\"e1\""}, {"x-amz-checksum-sha256", kSum}});
}

std::string part(std::string_view number, std::string_view size = "5", std::string_view etag = "&quot;e&quot;") {
  return "<Part><PartNumber>" + std::string(number) + "</PartNumber><ETag>" + std::string(etag) + "</ETag><Size>" + std::string(size) +
         "</Size><ChecksumSHA256>c</ChecksumSHA256></Part>";
}
std::string parts(std::string_view inner) {
  return "<ListPartsResult>" + std::string(inner) + "</ListPartsResult>";
}

std::string upload(std::string_view key, std::string_view id = "id", std::string_view initiated = "2024-11-14T10:23:11.000Z") {
  return "<Upload><Key>" + std::string(key) + "</Key><UploadId>" + std::string(id) + "</UploadId><Initiated>" + std::string(initiated) +
         "</Initiated><StorageClass>STANDARD</StorageClass></Upload>";
}
std::string uploads(std::string_view inner) {
  return "<ListMultipartUploadsResult>" + std::string(inner) + "</ListMultipartUploadsResult>";
}

}  // namespace

TEST_CASE("creating an upload sends its attributes and no condition, and asks the server to keep sums") {
  Fixture fixture;
  fixture.transport->reply(canned(200, {}, created("id-1")));
  const auto upload = create_upload(*fixture.sender, "media", "a b",
                                    {.condition = CreateOnly{},
                                     .content_type = "a/b",
                                     .metadata = {{"m", "1"}},
                                     .tags = {{"t", "v w"}},
                                     .storage_class = "GLACIER",
                                     .encryption = SseKms{"key-1"}});
  REQUIRE(upload);
  CHECK(upload->key == "a b");
  CHECK(upload->upload_id == "id-1");
  CHECK(upload->put_id.size() == 36);
  CHECK(upload->content_type == "a/b");
  CHECK(upload->storage_class == "GLACIER");
  CHECK(upload->initiated == fixture.clock->now());
  const auto request = fixture.transport->requests()[0];
  CHECK(request.method == "POST");
  CHECK(request.path == "/media/a%20b");
  CHECK(request.query == "uploads=");
  CHECK(request.body.empty());
  CHECK(request.headers.get("content-type") == "a/b");
  CHECK(request.headers.get("x-amz-meta-m") == "1");
  CHECK(request.headers.get("x-amz-meta-objectstore-put-id") == upload->put_id);
  CHECK(request.headers.get("x-amz-tagging") == "t=v%20w");
  CHECK(request.headers.get("x-amz-storage-class") == "GLACIER");
  CHECK(request.headers.get("x-amz-server-side-encryption-aws-kms-key-id") == "key-1");
  CHECK(request.headers.get("x-amz-checksum-algorithm") == "SHA256");
  CHECK(request.headers.find("if-none-match") == nullptr);
}

TEST_CASE("a server that cannot keep sums is asked without them") {
  Fixture fixture;
  fixture.transport->reply(canned_error(501, "NotImplemented")).reply(canned(200, {}, created("id-1")));
  const auto upload = create_upload(*fixture.sender, "media", "k", {});
  REQUIRE(upload);
  REQUIRE(fixture.transport->count() == 2);
  CHECK(fixture.transport->requests()[1].headers.find("x-amz-checksum-algorithm") == nullptr);
  CHECK(fixture.transport->requests()[1].headers.get("x-amz-meta-objectstore-put-id") == upload->put_id);
  CHECK_FALSE(upload->part_sha256);
}

TEST_CASE("an upload that keeps no sums is begun without, and its parts go out without") {
  Fixture fixture;
  fixture.transport->reply(canned(200, {}, created("id-1"))).reply(canned(200, {{"etag", "\"e1\""}}));
  const auto upload = create_upload(*fixture.sender, "media", "k", {.part_sha256 = false});
  REQUIRE(upload);
  CHECK_FALSE(upload->part_sha256);
  Body body = Body::text("x");
  const auto part = upload_part(*fixture.sender, "media", *upload, 1, body.source(), {});
  REQUIRE(part);
  CHECK(*part == UploadedPart{1, "e1", 1, ""});
  for (const auto& request : fixture.transport->requests()) {
    CHECK(request.headers.find("x-amz-checksum-algorithm") == nullptr);
    CHECK(request.headers.find("x-amz-checksum-sha256") == nullptr);
  }
}

TEST_CASE("a client that hashes nothing begins uploads without sums, and sends its parts as it sends bodies") {
  const auto signing = GENERATE(PayloadSigning::streaming, PayloadSigning::unsigned_payload);
  const Fixture fixture;
  SenderOptions options = fixture.sender->options();
  options.payload_signing = signing;
  Sender sender(options);
  fixture.transport->reply(canned(200, {}, created("id-1"))).reply(canned(200, {{"etag", "\"e1\""}}));
  const auto upload = create_upload(sender, "media", "k", {});
  REQUIRE(upload);
  CHECK_FALSE(upload->part_sha256);
  Body body = Body::text("x");
  REQUIRE(upload_part(sender, "media", *upload, 1, body.source(), {}));
  CHECK(fixture.transport->requests()[0].headers.find("x-amz-checksum-algorithm") == nullptr);
  const auto part = fixture.transport->requests()[1];
  CHECK(part.headers.get("x-amz-content-sha256") == (signing == PayloadSigning::streaming ? kStreamingPayload : kUnsignedPayload));
  CHECK(part.headers.find("x-amz-checksum-sha256") == nullptr);
}

TEST_CASE("a reply that names no usable upload is corrupt") {
  for (const std::string& body :
       {created(""), created("a b"), created("a\nb"), created("x</UploadId><UploadId>y"), std::string("<Other/>"), std::string(),
        created(std::string(5000, 'x')), std::string("<!DOCTYPE a><InitiateMultipartUploadResult/>")}) {
    CAPTURE(body.substr(0, 200));
    Fixture fixture;
    for (int i = 0; i < 3; ++i) fixture.transport->reply(canned(200, {}, body));
    const auto upload = create_upload(*fixture.sender, "media", "k", {});
    CHECK(kind_of(upload) == ErrorKind::corrupt);
  }
}

TEST_CASE("a part goes out with its number, its upload, its sum and the customer's key") {
  Fixture fixture;
  fixture.transport->reply(stored());
  const auto part = fixture.put(Body::text("x"), {.customer_key = SseCustomerKey{Secret(std::string(32, 'k'))}});
  REQUIRE(part);
  CHECK(*part == UploadedPart{7, "e1", 1, kSum});
  const auto request = fixture.transport->requests()[0];
  CHECK(request.method == "PUT");
  CHECK(request.path == "/media/k");
  CHECK(request.query == "partNumber=7&uploadId=id%2F%2B%201");
  CHECK(request.body == "x");
  CHECK(request.headers.get("x-amz-content-sha256") == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
  CHECK(request.headers.get("x-amz-checksum-sha256") == kSum);
  CHECK(request.headers.get("x-amz-server-side-encryption-customer-algorithm") == "AES256");
}

TEST_CASE("a part's lost reply is a plain retry, and a sum that the server does not keep is not claimed") {
  Fixture fixture;
  fixture.transport->reply(broken()).reply(canned(503)).reply(canned(200, {{"etag", "\"e1\""}}));
  const auto part = fixture.put(Body::text("x"));
  REQUIRE(part);
  CHECK(part->sha256.empty());
  CHECK(fixture.transport->requests()[2].body == "x");
}

TEST_CASE("a part confirmed without an ETag, or with another sum, is sent again and then corrupt") {
  for (const auto& reply : {canned(200), canned(200, {{"etag", "\"e\""}, {"x-amz-checksum-sha256", "other"}})}) {
    Fixture fixture;
    for (int i = 0; i < 3; ++i) fixture.transport->reply(reply);
    CHECK(kind_of(fixture.put(Body::text("x"))) == ErrorKind::corrupt);
    CHECK(fixture.transport->count() == 3);
  }
}

TEST_CASE("a part that can be read only once is held and can be sent twice, up to a bound") {
  const auto once = [](std::uint64_t length) {
    return Body::stream(length, [left = length](std::span<std::byte> out) mutable -> Result<std::size_t> {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left));
      std::fill_n(out.begin(), count, std::byte{'x'});
      left -= count;
      return count;
    });
  };
  Fixture fixture;
  fixture.transport->reply(broken()).reply(stored());
  REQUIRE(fixture.put(once(1)));
  CHECK(fixture.transport->requests()[1].body == "x");
  CHECK(fixture.transport->requests()[1].headers.get("x-amz-checksum-sha256") == kSum);
  Fixture large;
  CHECK(kind_of(large.put(once(kMaxHeldPart + 1))) == ErrorKind::unsupported);
  CHECK(kind_of(large.put(once(kMaxSinglePutBytes + 1))) == ErrorKind::unsupported);
  CHECK(large.transport->count() == 0);
}

TEST_CASE("a copied part names source and range, and takes its size from them") {
  Fixture fixture;
  fixture.transport->reply(
      canned(200, {}, "\n <?xml version=\"1.0\"?><CopyPartResult><ETag>\"e2\"</ETag><ChecksumSHA256>c</ChecksumSHA256></CopyPartResult>"));
  const auto part = upload_part_copy(*fixture.sender, "media", kUpload, 3, {.key = "s \xc3\xbc", .bucket = "other", .if_match = "e1"},
                                     ByteRange::first_last(5, 9), {});
  REQUIRE(part);
  CHECK(*part == UploadedPart{3, "e2", 5, "c"});
  const auto request = fixture.transport->requests()[0];
  CHECK(request.method == "PUT");
  CHECK(request.query == "partNumber=3&uploadId=id%2F%2B%201");
  CHECK(request.headers.get("x-amz-copy-source") == "/other/s%20%C3%BC");
  CHECK(request.headers.get("x-amz-copy-source-range") == "bytes=5-9");
  CHECK(request.headers.get("x-amz-copy-source-if-match") == "\"e1\"");
}

TEST_CASE("where the range leaves the size open a HEAD asks for it, and the copy is pinned to that version") {
  struct Case {
    ByteRange range;
    const char* header;
    std::uint64_t size;
  };
  for (const auto& row : std::vector<Case>{{ByteRange::whole(), "", 10},
                                           {ByteRange::from(0), "", 10},
                                           {ByteRange::suffix(10), "", 10},
                                           {ByteRange::from(4), "bytes=4-9", 6},
                                           {ByteRange::suffix(3), "bytes=7-9", 3}}) {
    CAPTURE(row.header, row.size);
    Fixture fixture;
    fixture.transport->reply(canned(200, {{"etag", "\"seen\""}, {"content-length", "10"}}))
        .reply(canned(200, {}, "<CopyPartResult><ETag>\"e2\"</ETag></CopyPartResult>"));
    const auto part = upload_part_copy(*fixture.sender, "media", kUpload, 3, {.key = "s", .bucket = "other"}, row.range, {});
    REQUIRE(part);
    CHECK(part->size == row.size);
    CHECK(fixture.transport->requests()[0].method == "HEAD");
    CHECK(fixture.transport->requests()[0].path == "/other/s");
    CHECK(fixture.transport->requests()[1].headers.get("x-amz-copy-source-range") == row.header);
    CHECK(fixture.transport->requests()[1].headers.get("x-amz-copy-source-if-match") == "\"seen\"");
  }
}

TEST_CASE("a copied part's 200 that holds an error, or nothing, is no success") {
  const auto run = [](Fixture& fixture) {
    return upload_part_copy(*fixture.sender, "media", kUpload, 3, {.key = "s", .bucket = "other"}, ByteRange::first_last(0, 1), {});
  };
  Fixture passing;
  passing.transport->reply(canned(200, {}, "  <Error><Code>InternalError</Code></Error>"))
      .reply(canned(200))
      .reply(canned(200, {}, "<CopyPartResult><ETag>\"e2\"</ETag></CopyPartResult>"));
  CHECK(run(passing));
  Fixture denied;
  denied.transport->reply(canned(200, {}, "<Error><Code>AccessDenied</Code></Error>"));
  CHECK(kind_of(run(denied)) == ErrorKind::permission_denied);
  CHECK(denied.transport->count() == 1);
}

TEST_CASE("aborting is a DELETE, and an upload that is not there is success") {
  Fixture fixture;
  fixture.transport->reply(broken()).reply(canned_error(404, "NoSuchUpload"));
  CHECK(abort_upload(*fixture.sender, "media", kUpload, {}));
  CHECK(fixture.transport->requests()[0].method == "DELETE");
  CHECK(fixture.transport->requests()[0].query == "uploadId=id%2F%2B%201");
  Fixture gone;
  gone.transport->reply(canned_error(404, "NoSuchBucket"));
  CHECK(kind_of(abort_upload(*gone.sender, "media", kUpload, {})) == ErrorKind::not_found);
}

TEST_CASE("parts are asked for page by page") {
  Fixture fixture;
  fixture.transport->reply(
      canned(200, {}, parts("<IsTruncated>true</IsTruncated><NextPartNumberMarker>9</NextPartNumberMarker>" + part("9") + part("5", "7"))));
  const auto page = list_parts(*fixture.sender, "media", kUpload, {.part_after = 4, .page_size = 2});
  REQUIRE(page);
  CHECK(page->parts == std::vector<UploadedPart>{{5, "e", 7, "c"}, {9, "e", 5, "c"}});
  CHECK(page->continuation == 9);
  CHECK(fixture.transport->requests()[0].query == "max-parts=2&part-number-marker=4&uploadId=id%2F%2B%201");
}

TEST_CASE("a listing of parts that makes no sense is corrupt") {
  const std::string body = GENERATE(
      std::string("<ListBucketResult/>"), parts(part("0")), parts(part("10001")), parts(part("x")), parts(part("1") + part("1")),
      parts(part("1", "-1")), parts(part("1", "x")), parts(part("1", "5", "")), parts("<Part/>"), parts("<IsTruncated>maybe</IsTruncated>"),
      parts("<IsTruncated>true</IsTruncated>"), parts("<IsTruncated>true</IsTruncated><NextPartNumberMarker>4</NextPartNumberMarker>"),
      parts("<IsTruncated>true</IsTruncated><NextPartNumberMarker>x</NextPartNumberMarker>"), std::string("<ListPartsResult>"),
      parts("<Part><PartNumber>1</PartNumber><PartNumber>1</PartNumber></Part>"));
  CAPTURE(body);
  CHECK(kind_of(parse_parts(body, 4)) == ErrorKind::corrupt);
}

TEST_CASE("uploads are asked for by prefix, from marker to marker") {
  Fixture fixture;
  fixture.transport->reply(
      canned(200, {},
             uploads("<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>a%2Fb+c</"
                     "NextKeyMarker><NextUploadIdMarker>i2</NextUploadIdMarker>" +
                     upload("a%2Fz", "i3") + upload("a%2Fb+c", "i2", "2024-11-14T10:23:12.000Z") + upload("a%2Fb+c", "i1"))));
  const auto page = list_uploads(*fixture.sender, "media", {.prefix = "a/", .page_size = 3}, {.key = "a/b", .upload_id = "i/0"});
  REQUIRE(page);
  REQUIRE(page->uploads.size() == 3);
  CHECK(page->uploads[0].key == "a/b c");
  CHECK(page->uploads[0].upload_id == "i1");
  CHECK(page->uploads[0].initiated == SystemTime(std::chrono::seconds(1'731'579'791)));
  CHECK(page->uploads[0].storage_class == "STANDARD");
  CHECK(page->uploads[1].upload_id == "i2");
  CHECK(page->uploads[2].key == "a/z");
  CHECK(page->next == UploadsMarker{"a/b c", "i2"});
  const auto request = fixture.transport->requests()[0];
  CHECK(request.path == "/media");
  CHECK(request.query == "encoding-type=url&key-marker=a%2Fb&max-uploads=3&prefix=a%2F&upload-id-marker=i%2F0&uploads=");
}

TEST_CASE("a listed upload tells whether its parts need sums") {
  const auto wants = [](const std::string& algorithm) {
    const auto page = parse_uploads(uploads("<Upload><Key>a</Key><UploadId>i</UploadId>" + algorithm + "</Upload>"), "", {});
    REQUIRE(page);
    return page->uploads.at(0).part_sha256;
  };
  CHECK(wants("<ChecksumAlgorithm>SHA256</ChecksumAlgorithm>"));
  CHECK(wants(""));
  CHECK_FALSE(wants("<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>"));
}

TEST_CASE("a listing of uploads that makes no sense is corrupt") {
  const std::string truncated = "<IsTruncated>true</IsTruncated>";
  const std::string body =
      GENERATE_COPY(std::string("<ListBucketResult/>"), uploads(upload("b")), uploads(upload("")), uploads(upload("a", "")),
                    uploads(upload("a", "i d")), uploads(upload("a", "i", "yesterday")), uploads("<Upload/>"), uploads(upload("a\xff")),
                    uploads(truncated), uploads(truncated + "<NextKeyMarker>a</NextKeyMarker>"),
                    uploads(truncated + "<NextKeyMarker>ab</NextKeyMarker><NextUploadIdMarker>i</NextUploadIdMarker>"),
                    uploads("<IsTruncated>maybe</IsTruncated>"), std::string("<ListMultipartUploadsResult>"));
  CAPTURE(body);
  CHECK(kind_of(parse_uploads(body, "a", {.key = "ab", .upload_id = "i"})) == ErrorKind::corrupt);
}
