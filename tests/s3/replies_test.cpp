// The XML documents of S3, the hostile ones first.
#include "s3/replies.h"

#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;

namespace {

std::string entry(std::string_view key, std::string_view size = "1", std::string_view etag = "&quot;e&quot;",
                  std::string_view modified = "2024-11-14T10:23:11.000Z") {
  std::string text = "<Contents>";
  const auto add = [&text](std::string_view name, std::string_view value) {
    text += '<';
    text += name;
    text += '>';
    text += value;
    text += "</";
    text += name;
    text += '>';
  };
  add("Key", key);
  add("Size", size);
  add("ETag", etag);
  add("LastModified", modified);
  add("StorageClass", "STANDARD");
  return text + "</Contents>";
}

std::string listing(std::string_view inner) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
         std::string(inner) + "</ListBucketResult>";
}

}  // namespace

TEST_CASE("a page of a listing is read whole") {
  const auto page =
      parse_list(listing("<Name>b</Name><IsTruncated>true</IsTruncated><NextContinuationToken>t1</NextContinuationToken>" + entry("a b") +
                         entry("c&lt;d", "18446744073709551615") + "<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>"),
                 "b", {});
  REQUIRE(page);
  REQUIRE(page->objects.size() == 2);
  CHECK(page->objects[0].bucket == "b");
  CHECK(page->objects[0].key == "a b");
  CHECK(page->objects[0].etag == "e");
  CHECK(page->objects[0].size == 1);
  CHECK(page->objects[0].storage_class == "STANDARD");
  CHECK(page->objects[0].last_modified == SystemTime(std::chrono::seconds(1'731'579'791)));
  CHECK(page->objects[1].key == "c<d");
  CHECK(page->objects[1].size == UINT64_MAX);
  CHECK(page->common_prefixes == std::vector<std::string>{"p/"});
  CHECK(page->continuation == "t1");
}

TEST_CASE("url-encoded keys are decoded exactly, others not at all") {
  const auto decoded = parse_list(listing("<EncodingType>url</EncodingType>" + entry("%01+%2B%25%46%C3%BC%0D%0A/")), "b", {});
  REQUIRE(decoded);
  CHECK(decoded->objects[0].key == "\x01 +%F\xc3\xbc\r\n/");
  // The element may stand behind the entries.
  const auto behind = parse_list(listing(entry("a%2Bb") + "<EncodingType>url</EncodingType>"), "b", {});
  CHECK(behind->objects[0].key == "a+b");
  const auto plain = parse_list(listing(entry("a+b%2B") + entry(" ")), "b", {});
  REQUIRE(plain);
  CHECK(plain->objects[1].key == "a+b%2B");
  CHECK(plain->objects[0].key == " ");
}

TEST_CASE("pages come sorted, and what lies before start-after is dropped") {
  const auto page =
      parse_list(listing(entry("c") + entry("a") + entry("\xc3\xbc") + entry("b") +
                         "<CommonPrefixes><Prefix>z/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"),
                 "b", {.start_after = "a/"});
  REQUIRE(page);
  REQUIRE(page->objects.size() == 3);
  CHECK(page->objects[0].key == "b");
  CHECK(page->objects[2].key == "\xc3\xbc");
  CHECK(page->common_prefixes == std::vector<std::string>{"z/"});
}

TEST_CASE("a listing that makes no sense is corrupt") {
  const std::string body = GENERATE_COPY(from_range(std::vector<std::string>{
      "",
      "   ",
      "garbage",
      "{\"keys\":[]}",
      "<html><body>Welcome</body></html>",
      "<ListBucketResult>",
      "<ListAllMyBucketsResult/>",
      "<x:ListBucketResult xmlns:x='y'/>",
      "<!DOCTYPE x [<!ENTITY a 'b'>]>" + listing(""),
      listing(entry("")),
      listing("<Contents><Size>1</Size><ETag>e</ETag></Contents>"),
      listing("<Contents><Key>a</Key><ETag>e</ETag></Contents>"),
      listing("<Contents><Key>a</Key><Size>1</Size></Contents>"),
      listing(entry("a", "-1")),
      listing(entry("a", "18446744073709551616")),
      listing(entry("a", "many")),
      listing(entry("a", "")),
      listing(entry("a", "1", "")),
      listing(entry("a", "1", "e", "yesterday")),
      listing(entry("a", "1", "e", "2024-13-01T00:00:00Z")),
      listing("<Contents><Key>a</Key><Key>b</Key><Size>1</Size><ETag>e</ETag></Contents>"),
      listing("<Contents><Key>a</Key><Size>1</Size><Size>2</Size><ETag>e</ETag></Contents>"),
      listing("<Contents><Key><b>a</b></Key><Size>1</Size><ETag>e</ETag></Contents>"),
      listing(entry("\xff\xfe")),
      listing("<EncodingType>url</EncodingType>" + entry("%ff")),
      listing("<EncodingType>url</EncodingType>" + entry("%4")),
      listing("<IsTruncated>true</IsTruncated>"),
      listing("<IsTruncated>true</IsTruncated><NextContinuationToken></NextContinuationToken>"),
      listing("<IsTruncated>perhaps</IsTruncated>"),
      listing("<IsTruncated>true</IsTruncated><IsTruncated>false</IsTruncated>"),
      listing("<CommonPrefixes/>"),
  }));
  CAPTURE(body);
  CHECK(kind_of(parse_list(body, "b", {})) == ErrorKind::corrupt);
}

TEST_CASE("keys and prefixes outside the prefix asked for are corrupt") {
  CHECK(kind_of(parse_list(listing(entry("b/x")), "b", {.prefix = "a/"})) == ErrorKind::corrupt);
  CHECK(kind_of(parse_list(listing(entry("a")), "b", {.prefix = "a/"})) == ErrorKind::corrupt);
  CHECK(kind_of(parse_list(listing("<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>"), "b", {.prefix = "a/"})) == ErrorKind::corrupt);
  CHECK(parse_list(listing(entry("a/x")), "b", {.prefix = "a/"}));
}

TEST_CASE("a continuation token that repeats is corrupt, not an endless loop") {
  const std::string body = listing("<IsTruncated>true</IsTruncated><NextContinuationToken>t1</NextContinuationToken>");
  CHECK(parse_list(body, "b", {}));
  CHECK(kind_of(parse_list(body, "b", {.continuation = "t1"})) == ErrorKind::corrupt);
  CHECK(parse_list(body, "b", {.continuation = "t0"}));
}

TEST_CASE("behind a common prefix of an unusual delimiter the next page begins by start-after") {
  const std::string body = listing("<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>" + entry("a") +
                                   "<CommonPrefixes><Prefix>b-</Prefix></CommonPrefixes>");
  CHECK(parse_list(body, "b", {.delimiter = "-"})->continuation == std::string(kOwnToken) + "b-\xf4\x8f\xbf\xbf");
  CHECK(parse_list(body, "b", {.delimiter = "/"})->continuation == "t");
  const std::string object_last = listing("<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>" + entry("c") +
                                          "<CommonPrefixes><Prefix>b-</Prefix></CommonPrefixes>");
  CHECK(parse_list(object_last, "b", {.delimiter = "-"})->continuation == "t");
}

TEST_CASE("the result of a copy is read, and nonsense is corrupt") {
  const auto copied =
      parse_copy("\n  <CopyObjectResult><LastModified>2024-11-14T10:23:11Z</LastModified><ETag>\"e\"</ETag></CopyObjectResult>");
  REQUIRE(copied);
  CHECK(copied->etag == "e");
  CHECK(copied->last_modified == SystemTime(std::chrono::seconds(1'731'579'791)));
  CHECK(kind_of(parse_copy("<CopyObjectResult/>")) == ErrorKind::corrupt);
  CHECK(kind_of(parse_copy("<CopyPartResult><ETag>e</ETag></CopyPartResult>")) == ErrorKind::corrupt);
  CHECK(kind_of(parse_copy("<CopyObjectResult><ETag>e</ETag><LastModified>now</LastModified></CopyObjectResult>")) == ErrorKind::corrupt);
}

TEST_CASE("deletes are answered key by key") {
  const auto deleted = parse_delete(
      "<DeleteResult><Deleted><Key>a&#13;</Key></Deleted><Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
      "<Error><Key>c</Key></Error></DeleteResult>");
  REQUIRE(deleted);
  REQUIRE(deleted->size() == 3);
  CHECK((*deleted)[0].key == "a\r");
  CHECK((*deleted)[0].code.empty());
  CHECK((*deleted)[1].code == "AccessDenied");
  CHECK((*deleted)[1].message == "no");
  CHECK((*deleted)[2].code == "UnknownError");
  CHECK(kind_of(parse_delete("<DeleteResult><Deleted/></DeleteResult>")) == ErrorKind::corrupt);
  CHECK(kind_of(parse_delete("<html/>")) == ErrorKind::corrupt);
}

TEST_CASE("the request to delete escapes keys exactly") {
  const std::vector<std::string_view> keys = {"a", "<&>\"'\r\n\t", "\xc3\xbc"};
  CHECK(delete_document(keys) ==
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object>"
        "<Object><Key>&lt;&amp;&gt;&quot;&apos;&#13;&#10;&#9;</Key></Object><Object><Key>\xc3\xbc</Key></Object></Delete>");
}

TEST_CASE("buckets are read with their dates and the continuation") {
  const auto page = parse_buckets(
      "<ListAllMyBucketsResult><Owner/><Buckets><Bucket><Name>b</Name><CreationDate>2024-11-14T10:23:11Z</CreationDate></Bucket>"
      "<Bucket><Name>a</Name></Bucket></Buckets><ContinuationToken>t</ContinuationToken></ListAllMyBucketsResult>");
  REQUIRE(page);
  REQUIRE(page->buckets.size() == 2);
  CHECK(page->buckets[0].name == "b");
  CHECK(page->buckets[0].created == SystemTime(std::chrono::seconds(1'731'579'791)));
  CHECK(page->continuation == "t");
  CHECK(kind_of(parse_buckets("<ListAllMyBucketsResult><Buckets><Bucket/></Buckets></ListAllMyBucketsResult>")) == ErrorKind::corrupt);
}
