// Attributes as headers, both ways.
#include "s3/attributes.h"

#include "base/encoding.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;

TEST_CASE("metadata values survive the wire, whatever UTF-8 they hold") {
  const std::string value =
      GENERATE(as<std::string>{}, "plain", "", "a b", "gr\xc3\xbc\xc3\x9f dich", "\xf0\x9f\x98\x80", "=?UTF-8?B?eA==?=", "=?", "a =?x?= b",
               "?=", "=?UTF-8?Q?=41?= tail",
               "\xc3\xa4\xc3\xb6\xc3\xbc a rather long value that needs more than one word of seventy-five characters "
               "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
  CAPTURE(value);
  const std::string wire = encode_metadata(value);
  CAPTURE(wire);
  for (const char c : wire) CHECK((c >= 0x20 && c < 0x7f));
  CHECK(base::collapse_spaces(wire) == wire);  // nothing that HTTP would change
  CHECK(decode_metadata(wire) == value);
}

TEST_CASE("spaces at the ends and runs of spaces do not come back") {
  CHECK(decode_metadata(encode_metadata("  two  spaces ")) == "two spaces");
  CHECK(decode_metadata(encode_metadata("  \xc3\xbc  \xc3\xbc ")) == "\xc3\xbc \xc3\xbc");
}

TEST_CASE("no encoded word is longer than RFC 2047 allows, and none ends within a character") {
  std::string value;
  for (int i = 0; i < 60; ++i) value += "\xe6\x97\xa5";
  std::string_view wire;
  const std::string encoded = encode_metadata(value);
  wire = encoded;
  while (!wire.empty()) {
    const auto space = wire.find(' ');
    const auto word = wire.substr(0, space);
    CHECK(word.size() <= 75);
    const auto bytes = base::unbase64(word.substr(10, word.size() - 12));
    REQUIRE(bytes);
    CHECK(base::is_utf8(*bytes));
    wire = space == std::string_view::npos ? std::string_view() : wire.substr(space + 1);
  }
}

TEST_CASE("metadata that others wrote is read") {
  CHECK(decode_metadata("=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=") == "\xc3\x84M\xc3\x84Z\xc3\x95\xc3\x91 S3");  // as S3 documents it
  CHECK(decode_metadata("=?utf-8?q?a=3Db?=") == "a=b");
  CHECK(decode_metadata("=?ISO-8859-1?Q?=E4?=") == "\xc3\xa4");
  CHECK(decode_metadata("=?UTF-8?B?w6Q=?= =?UTF-8?B?w7Y=?=") == "\xc3\xa4\xc3\xb6");  // the space between words is theirs
  CHECK(decode_metadata("a =?UTF-8?B?w6Q=?= b") == "a \xc3\xa4 b");
  CHECK(decode_metadata("=?UTF-8?B?4pg=?= =?UTF-8?B?gw==?=") == "\xe2\x98\x83");  // a character cut in two
  CHECK(decode_metadata("\xc3\xa4 raw") == "\xc3\xa4 raw");
  CHECK(decode_metadata("\xe4 raw") == "\xc3\xa4 raw");  // ISO-8859-1
  for (const char* left : {"=?UTF-8?B?not base64!?=", "=?UTF-8?X?x?=", "=?KOI8-R?B?eA==?=", "=?UTF-8?Q?=zz?=", "=?UTF-8?B?", "=?"}) {
    CAPTURE(left);
    CHECK(decode_metadata(left) == left);
  }
}

TEST_CASE("all attributes of an upload become headers") {
  Headers headers;
  const UploadOptions options{.condition = IfMatch{"abc"},
                              .content_type = "text/plain",
                              .cache_control = "no-cache",
                              .content_disposition = "attachment",
                              .content_encoding = "gzip",
                              .content_language = "de",
                              .expires = "Wed, 21 Oct 2026 07:28:00 GMT",
                              .metadata = {{"a", " 1 "}, {"b", "\xc3\xbc"}},
                              .tags = {{"k 1", "v&="}, {"l", ""}},
                              .storage_class = "STANDARD_IA",
                              .encryption = SseKms{"key"}};
  add_upload_headers(headers, options, "id-1");
  std::string text;
  for (const auto& [name, value] : headers) text += name + ": " + value + '\n';
  CHECK(text ==
        "cache-control: no-cache\n"
        "content-disposition: attachment\n"
        "content-encoding: gzip\n"
        "content-language: de\n"
        "content-type: text/plain\n"
        "expires: Wed, 21 Oct 2026 07:28:00 GMT\n"
        "if-match: \"abc\"\n"
        "x-amz-meta-a: 1\n"
        "x-amz-meta-b: =?UTF-8?B?w7w=?=\n"
        "x-amz-meta-objectstore-put-id: id-1\n"
        "x-amz-server-side-encryption: aws:kms\n"
        "x-amz-server-side-encryption-aws-kms-key-id: key\n"
        "x-amz-storage-class: STANDARD_IA\n"
        "x-amz-tagging: k%201=v%26%3D&l=\n");
}

TEST_CASE("a customer's key goes out in base64 with its MD5") {
  Headers headers;
  add_customer_key(headers, SseCustomerKey{std::string(32, 'k')});
  CHECK(headers.get("x-amz-server-side-encryption-customer-algorithm") == "AES256");
  CHECK(headers.get("x-amz-server-side-encryption-customer-key") == "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=");
  CHECK(headers.get("x-amz-server-side-encryption-customer-key-md5") == "mT2HRsMGJ5IX5C+0rreZ8Q==");
}

TEST_CASE("conditions of a read are quoted, and '*' and weak ETags are not") {
  Headers headers;
  add_read_conditions(headers, {.if_match = "a", .if_none_match = "*"});
  CHECK(headers.get("if-match") == "\"a\"");
  CHECK(headers.get("if-none-match") == "*");
  add_read_conditions(headers, {.if_match = "\"a\"", .if_none_match = "W/\"b\""});
  CHECK(headers.get("if-match") == "\"a\"");
  CHECK(headers.get("if-none-match") == "W/\"b\"");
}

TEST_CASE("a time is sent only where no ETag outweighs it") {
  const SystemTime time{};
  Headers times;
  add_read_conditions(times, {.if_modified_since = time, .if_unmodified_since = time});
  CHECK(times.get("if-modified-since") == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(times.get("if-unmodified-since") == "Thu, 01 Jan 1970 00:00:00 GMT");
  Headers outweighed;
  add_read_conditions(outweighed, {.if_match = "a", .if_none_match = "b", .if_modified_since = time, .if_unmodified_since = time});
  CHECK(outweighed.find("if-modified-since") == nullptr);
  CHECK(outweighed.find("if-unmodified-since") == nullptr);
}

TEST_CASE("an object's headers are read, the put-id apart") {
  Headers headers;
  headers.add("etag", "\"e\"");
  headers.add("last-modified", "Thu, 14 Nov 2024 10:23:11 GMT");
  headers.add("content-type", "a/b");
  headers.add("content-encoding", "aws-chunked, gzip");
  headers.add("x-amz-meta-x", "1");
  headers.add("x-amz-meta-x", "2");
  headers.add("x-amz-meta-objectstore-put-id", "id-1");
  headers.add("x-amz-version-id", "v1");
  headers.add("x-amz-tagging-count", "3");
  headers.add("x-amz-server-side-encryption", "AES256");
  std::string put_id;
  const auto info = read_object_headers(headers, "b", "k", &put_id);
  REQUIRE(info);
  CHECK(info->bucket == "b");
  CHECK(info->key == "k");
  CHECK(info->etag == "e");
  CHECK(info->last_modified == SystemTime(std::chrono::seconds(1'731'579'791)));
  CHECK(info->content_encoding == "gzip");
  CHECK(info->metadata == Metadata{{"x", "1,2"}});
  CHECK(info->version_id == "v1");
  CHECK(info->tag_count == 3);
  CHECK(info->encryption == "AES256");
  CHECK(put_id == "id-1");
}

TEST_CASE("an ETag keeps what it is: weak, unquoted or absent") {
  const auto etag = [](const char* value) {
    Headers headers;
    if (value != nullptr) headers.add("etag", value);
    return read_object_headers(headers, "b", "k")->etag;
  };
  CHECK(etag("W/\"a\"") == "W/\"a\"");
  CHECK(etag("a") == "a");
  CHECK(etag("\"\"").empty());
  CHECK(etag(nullptr).empty());
}

TEST_CASE("a Last-Modified that is no date is corrupt") {
  Headers headers;
  headers.add("last-modified", "yesterday");
  CHECK(kind_of(read_object_headers(headers, "b", "k")) == ErrorKind::corrupt);
}
