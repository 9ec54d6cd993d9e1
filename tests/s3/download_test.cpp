// GetObject: breaks, ranges, replaced objects, checksums.
#include "s3/download.h"

#include <deque>

#include "base/digest.h"
#include "base/encoding.h"
#include "s3/fixture.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace objectstore::testing;
using namespace std::chrono_literals;

namespace {

/// Records what a sink is told. `restartable` = begin may be called again after bytes were written.
class RecordingSink final : public BodySink {
 public:
  explicit RecordingSink(bool restartable = true) : restartable_(restartable) {}
  Status begin(std::optional<std::uint64_t> size) override {
    if (!content.empty() && !restartable_) return Error{.kind = ErrorKind::unsupported, .message = "cannot start over"};
    events += "begin(" + (size ? std::to_string(*size) : std::string("?")) + ") ";
    content.clear();
    return {};
  }
  Status write(std::span<const std::byte> bytes) override {
    if (content.size() + bytes.size() > fail_behind) return Error{.kind = ErrorKind::unavailable, .message = "disk full"};
    content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  Status finish() override {
    events += "finish ";
    return {};
  }
  void discard() noexcept override { events += "discard "; }

  std::string content;
  std::string events;
  std::size_t fail_behind = SIZE_MAX;

 private:
  bool restartable_;
};

std::string content_of(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

struct Fixture : SenderFixture {
  using SenderFixture::SenderFixture;
  Result<Downloaded> get(BodySink& sink, const DownloadOptions& options = {}) { return download(*sender, "media", "k", sink, options); }
};

HttpReply whole(const std::string& body, std::string_view etag = "\"e1\"") {
  return canned(200, {{"etag", std::string(etag)}, {"content-length", std::to_string(body.size())}}, body);
}
HttpReply part(const std::string& object, std::size_t first, std::size_t last, std::string_view etag = "\"e1\"") {
  return canned(206,
                {{"etag", std::string(etag)},
                 {"content-length", std::to_string(last - first + 1)},
                 {"content-range", "bytes " + std::to_string(first) + '-' + std::to_string(last) + '/' + std::to_string(object.size())}},
                object.substr(first, last - first + 1));
}
/// Only `count` bytes of the reply's body arrive.
HttpReply cut(HttpReply reply, std::size_t count) {
  reply.body.resize(count);
  reply.error = Error{.kind = ErrorKind::corrupt, .message = "the body broke off"};
  return reply;
}
HttpReply with(HttpReply reply, const char* name, std::string value) {
  reply.headers.set(name, std::move(value));
  return reply;
}
std::string sha256_of(std::string_view text) {
  return base::base64(base::sha256(text));
}

}  // namespace

TEST_CASE("a whole object goes into the sink, and what is known of it comes back") {
  Fixture fixture;
  fixture.transport->reply(with(whole("hello"), "content-type", "a/b"));
  RecordingSink sink;
  const auto downloaded = fixture.get(sink);
  REQUIRE(downloaded);
  CHECK(sink.content == "hello");
  CHECK(sink.events == "begin(5) finish ");
  CHECK(downloaded->object.etag == "e1");
  CHECK(downloaded->object.size == 5);
  CHECK(downloaded->object.content_type == "a/b");
  CHECK(downloaded->size == 5);
  CHECK(downloaded->first == 0);
  CHECK(fixture.transport->requests()[0].headers.get("x-amz-checksum-mode") == "ENABLED");
  CHECK(fixture.transport->requests()[0].headers.find("range") == nullptr);
}

TEST_CASE("a body that looks like an error is data") {
  Fixture fixture;
  fixture.transport->reply(whole("<Error><Code>NoSuchKey</Code></Error>"));
  RecordingSink sink;
  REQUIRE(fixture.get(sink));
  CHECK(sink.content == "<Error><Code>NoSuchKey</Code></Error>");
}

TEST_CASE("empty objects and objects of unknown length arrive") {
  Fixture fixture;
  RecordingSink sink;
  fixture.transport->reply(whole(""));
  REQUIRE(fixture.get(sink));
  CHECK(sink.events == "begin(0) finish ");
  fixture.transport->reply(canned(200, {{"etag", "\"e\""}, {"transfer-encoding", "chunked"}}, "abc"));
  RecordingSink other;
  const auto downloaded = fixture.get(other);
  REQUIRE(downloaded);
  CHECK(other.events == "begin(?) finish ");
  CHECK(downloaded->object.size == 3);
}

TEST_CASE("a body that ends only where the connection does is believed for its checksum alone") {
  Fixture fixture;
  RecordingSink sink;
  SECTION("without one nothing is delivered, for it may have been cut") {
    fixture.transport->reply(canned(200, {{"etag", "\"e\""}}, "abc"));
    CHECK(kind_of(fixture.get(sink)) == ErrorKind::corrupt);
    CHECK(sink.events.empty());
    CHECK(fixture.transport->requests().size() == 1);
  }
  SECTION("with one it arrives") {
    fixture.transport->reply(canned(200, {{"etag", "\"e\""}, {"x-amz-checksum-sha256", sha256_of("abc")}}, "abc"));
    REQUIRE(fixture.get(sink));
    CHECK(sink.content == "abc");
  }
}

TEST_CASE("ranges are asked for and delivered exactly, whether or not the server knows ranges") {
  const std::string object = content_of(100);
  struct Case {
    ByteRange range;
    const char* header;
    std::size_t first, last;
  };
  const auto row = GENERATE(values<Case>({
      {ByteRange::first_last(10, 19), "bytes=10-19", 10, 19},
      {ByteRange::first_last(0, 0), "bytes=0-0", 0, 0},
      {ByteRange::first_last(90, 1000), "bytes=90-1000", 90, 99},
      {ByteRange::from(40), "bytes=40-", 40, 99},
      {ByteRange::from(99), "bytes=99-", 99, 99},
      {ByteRange::suffix(7), "bytes=-7", 93, 99},
      {ByteRange::suffix(700), "bytes=-700", 0, 99},
  }));
  CAPTURE(row.header);
  Fixture fixture;
  const bool knows_ranges = GENERATE(true, false);
  CAPTURE(knows_ranges);
  // The whole object's checksum on a part says nothing about the part.
  fixture.transport->reply(
      with(knows_ranges ? part(object, row.first, row.last) : whole(object), "x-amz-checksum-sha256", sha256_of("other")));
  RecordingSink sink;
  const auto downloaded = fixture.get(sink, {.range = row.range});
  REQUIRE(downloaded);
  CHECK(sink.content == object.substr(row.first, row.last - row.first + 1));
  CHECK(downloaded->first == row.first);
  CHECK(downloaded->size == sink.content.size());
  CHECK(downloaded->object.size == 100);
  CHECK(fixture.transport->requests()[0].headers.get("range") == row.header);
  CHECK(fixture.transport->count() == 1);
}

TEST_CASE("a range behind the end is InvalidRange, whoever finds it") {
  Fixture fixture;
  const ByteRange range = GENERATE(ByteRange::from(5), ByteRange::first_last(5, 9));
  const HttpReply reply = GENERATE(canned(416), canned_error(416, "InvalidRange"), whole("hello"));
  fixture.transport->reply(reply);
  RecordingSink sink;
  const auto downloaded = fixture.get(sink, {.range = range});
  REQUIRE_FALSE(downloaded);
  CHECK(downloaded.error().kind == ErrorKind::invalid_argument);
  CHECK(downloaded.error().service_code == "InvalidRange");
  CHECK(fixture.transport->count() == 1);
  CHECK(sink.events.empty());
}

TEST_CASE("every range of an empty object is InvalidRange") {
  Fixture fixture;
  RecordingSink sink;
  fixture.transport->reply(canned(206, {{"content-length", "0"}, {"content-range", "bytes 0--1/0"}}));  // as MinIO answers
  const auto downloaded = fixture.get(sink, {.range = ByteRange::suffix(5)});
  REQUIRE_FALSE(downloaded);
  CHECK(downloaded.error().service_code == "InvalidRange");
}

TEST_CASE("a range other than the one asked for is corrupt") {
  const std::string object = content_of(100);
  const HttpReply reply = GENERATE_COPY(
      part(object, 11, 19), part(object, 10, 18), part(object, 10, 20), with(part(object, 10, 19), "content-range", ""),
      with(part(object, 10, 19), "content-range", "bytes 10-19/*"), with(part(object, 10, 19), "content-range", "bytes 10-19/15"),
      with(part(object, 10, 19), "content-range", "bytes 19-10/100"), with(part(object, 10, 19), "content-range", "lines 10-19/100"));
  Fixture fixture;
  for (int i = 0; i < 3; ++i) fixture.transport->reply(reply);
  RecordingSink sink;
  CHECK(kind_of(fixture.get(sink, {.range = ByteRange::first_last(10, 19)})) == ErrorKind::corrupt);
  CHECK(sink.content.empty());
}

TEST_CASE("a part where the whole was asked for is corrupt") {
  Fixture fixture;
  fixture.transport->reply(part("hello", 0, 2));
  RecordingSink sink;
  CHECK(kind_of(fixture.get(sink)) == ErrorKind::corrupt);
}

TEST_CASE("a break is repaired from the byte where it happened, pinned by the ETag") {
  const std::string object = content_of(1000);
  const std::size_t at = GENERATE(1u, 2u, 499u, 500u, 999u);
  CAPTURE(at);
  Fixture fixture;
  fixture.transport->reply(with(cut(whole(object), at), "x-amz-checksum-sha256", sha256_of(object))).reply(part(object, at, 999));
  RecordingSink sink(false);
  const auto downloaded = fixture.get(sink, {.conditions = {.if_none_match = "e0"}});
  REQUIRE(downloaded);
  CHECK(sink.content == object);
  CHECK(sink.events == "begin(1000) finish ");
  CHECK(downloaded->attempts == 2);
  CHECK(downloaded->object.etag == "e1");
  const auto requests = fixture.transport->requests();
  CHECK(requests[0].headers.get("if-none-match") == "\"e0\"");
  CHECK(requests[1].headers.get("range") == "bytes=" + std::to_string(at) + "-999");
  CHECK(requests[1].headers.get("if-match") == "\"e1\"");
  CHECK(requests[1].headers.find("if-none-match") == nullptr);
}

TEST_CASE("a broken range goes on within the range") {
  const std::string object = content_of(1000);
  Fixture fixture;
  fixture.transport->reply(cut(part(object, 100, 199), 30)).reply(cut(part(object, 130, 199), 20)).reply(part(object, 150, 199));
  RecordingSink sink(false);
  const auto downloaded = fixture.get(sink, {.range = ByteRange::first_last(100, 199)});
  REQUIRE(downloaded);
  CHECK(sink.content == object.substr(100, 100));
  CHECK(downloaded->first == 100);
  CHECK(fixture.transport->requests()[2].headers.get("range") == "bytes=150-199");
}

TEST_CASE("a break before the first byte starts the same request again") {
  Fixture fixture;
  fixture.transport->reply(broken()).reply(cut(whole("hello"), 0)).reply(whole("hello"));
  RecordingSink sink;
  REQUIRE(fixture.get(sink, {.range = {}, .conditions = {.if_match = "e1"}}));
  CHECK(sink.content == "hello");
  CHECK(fixture.transport->requests()[2].headers.find("range") == nullptr);
  CHECK(fixture.transport->requests()[2].headers.get("if-match") == "\"e1\"");
}

TEST_CASE("a server that answers the rest with the whole is believed when the ETag is the same") {
  const std::string object = content_of(100);
  Fixture fixture;
  fixture.transport->reply(cut(whole(object), 40)).reply(whole(object));
  RecordingSink sink(false);
  REQUIRE(fixture.get(sink));
  CHECK(sink.content == object);
}

TEST_CASE("an object replaced during the download is started over where the sink can, else it is a conflict") {
  const std::string old_object = content_of(100);
  const std::string new_object(50, 'n');
  const bool restartable = GENERATE(true, false);
  const HttpReply rest = GENERATE_COPY(canned_error(412, "PreconditionFailed"), canned(416), whole(new_object, "\"e2\""),
                                       part(std::string(100, 'n'), 40, 99, "\"e2\""));
  CAPTURE(restartable, rest.status);
  Fixture fixture;
  fixture.transport->reply(cut(whole(old_object), 40)).reply(rest).reply(whole(new_object, "\"e2\""));
  RecordingSink sink(restartable);
  const auto downloaded = fixture.get(sink);
  if (restartable) {
    REQUIRE(downloaded);
    CHECK(sink.content == new_object);
    CHECK(downloaded->object.etag == "e2");
    CHECK(downloaded->object.size == 50);
    CHECK(sink.events == "begin(100) begin(50) finish ");
    CHECK(fixture.transport->requests()[2].headers.find("range") == nullptr);
    CHECK(fixture.transport->requests()[2].headers.find("if-match") == nullptr);
  } else {
    REQUIRE_FALSE(downloaded);
    CHECK(downloaded.error().kind == ErrorKind::conflict);
    CHECK(sink.events == "begin(100) discard ");
  }
}

TEST_CASE("without a strong ETag a break means starting over, or the break is the error") {
  const std::string etag = GENERATE(as<std::string>{}, "W/\"e1\"", "");
  const bool restartable = GENERATE(true, false);
  Fixture fixture;
  fixture.transport->reply(cut(whole("hello", etag), 2)).reply(whole("hello", etag));
  RecordingSink sink(restartable);
  const auto downloaded = fixture.get(sink);
  CHECK(fixture.transport->requests()[1].headers.find("range") == nullptr);
  if (restartable) {
    REQUIRE(downloaded);
    CHECK(sink.content == "hello");
  } else {
    REQUIRE_FALSE(downloaded);
    CHECK(downloaded.error().kind == ErrorKind::corrupt);
    CHECK(downloaded.error().message.find("broke off") != std::string::npos);
  }
}

TEST_CASE("a rest with another range or size is not glued on") {
  const std::string object = content_of(100);
  const HttpReply rest = GENERATE_COPY(part(object, 41, 99), part(object, 39, 99), part(object, 40, 98), part(content_of(101), 40, 100),
                                       with(part(object, 40, 99), "content-range", "nonsense"));
  Fixture fixture;
  fixture.transport->reply(cut(whole(object), 40)).reply(rest).reply(whole(object));
  RecordingSink sink;
  REQUIRE(fixture.get(sink));
  CHECK(sink.content == object);  // started over
  CHECK(sink.events == "begin(100) begin(100) finish ");
}

TEST_CASE("fewer or more bytes than announced never pass for the object") {
  Fixture fixture;
  RecordingSink sink(false);
  SECTION("fewer") {
    for (int i = 0; i < 3; ++i) fixture.transport->reply(canned(200, {{"content-length", "10"}}, "hello"));
  }
  SECTION("more") {
    for (int i = 0; i < 3; ++i) fixture.transport->reply(canned(200, {{"content-length", "3"}}, "hello"));
  }
  CHECK(kind_of(fixture.get(sink)) == ErrorKind::corrupt);
  CHECK(sink.events.find("finish") == std::string::npos);
  CHECK(sink.events.find("discard") != std::string::npos);
}

TEST_CASE("a checksum of the whole object is verified, and a mismatch is tried again where the sink can start over") {
  const std::string object = "hello";
  const auto crc = [&object] {
    base::Hasher hasher(base::Hasher::Algorithm::crc32);
    hasher.update(std::as_bytes(std::span(object)));
    return base::base64(hasher.finish());
  }();
  const auto header = GENERATE_COPY(std::pair<std::string, std::string>{"x-amz-checksum-sha256", sha256_of("hello")},
                                    std::pair<std::string, std::string>{"x-amz-checksum-crc32", crc},
                                    std::pair<std::string, std::string>{"x-amz-checksum-sha1", base::base64(base::sha1("hello"))});
  CAPTURE(header.first);
  const auto reply = [&header](const std::string& body) { return with(whole(body), header.first.c_str(), header.second); };
  SECTION("right") {
    Fixture fixture;
    fixture.transport->reply(reply("hello"));
    RecordingSink sink;
    REQUIRE(fixture.get(sink));
  }
  SECTION("one bit flipped, then right") {
    Fixture fixture;
    fixture.transport->reply(reply("hellp")).reply(reply("hello"));
    RecordingSink sink;
    REQUIRE(fixture.get(sink));
    CHECK(sink.content == "hello");
    CHECK(sink.events == "begin(5) begin(5) finish ");
  }
  SECTION("wrong for ever") {
    Fixture fixture;
    for (int i = 0; i < 3; ++i) fixture.transport->reply(reply("hellp"));
    RecordingSink sink;
    CHECK(kind_of(fixture.get(sink)) == ErrorKind::corrupt);
    CHECK(sink.events == "begin(5) begin(5) begin(5) discard ");
  }
  SECTION("wrong, and the sink cannot start over") {
    Fixture fixture;
    fixture.transport->reply(reply("hellp")).reply(reply("hello"));
    RecordingSink sink(false);
    CHECK(kind_of(fixture.get(sink)) == ErrorKind::corrupt);
    CHECK(sink.events == "begin(5) discard ");
  }
}

TEST_CASE("checksums of parts, of other algorithms or malformed are not taken for the object's") {
  const auto header =
      GENERATE(std::pair<const char*, const char*>{"x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=-2"},
               std::pair<const char*, const char*>{"x-amz-checksum-crc64nvme", "AAAAAAAAAAA="},
               std::pair<const char*, const char*>{"x-amz-checksum-sha256", "not base64"},
               std::pair<const char*, const char*>{"x-amz-checksum-sha256", "AAAA"});
  Fixture fixture;
  fixture.transport->reply(with(whole("hello"), header.first, header.second));
  RecordingSink sink;
  CHECK(fixture.get(sink));
  Fixture composite;
  composite.transport->reply(with(with(whole("hello"), "x-amz-checksum-type", "COMPOSITE"), "x-amz-checksum-crc32", "AAAAAA=="));
  RecordingSink other;
  CHECK(composite.get(other));
}

TEST_CASE("a sink's error ends the download and is the caller's") {
  Fixture fixture;
  fixture.transport->reply(whole("hello")).reply(whole("hello"));
  RecordingSink sink;
  sink.fail_behind = 3;
  const auto downloaded = fixture.get(sink);
  REQUIRE_FALSE(downloaded);
  CHECK(downloaded.error().kind == ErrorKind::unavailable);
  CHECK(downloaded.error().message == "download s3://media/k: disk full");
  CHECK(downloaded.error().http_status == 0);
  CHECK(fixture.transport->count() == 1);
  CHECK(sink.events == "begin(5) discard ");
}

TEST_CASE("errors of the service arrive typed and touch no sink") {
  Fixture fixture;
  fixture.transport->reply(canned_error(404, "NoSuchKey"));
  RecordingSink sink;
  const auto downloaded = fixture.get(sink);
  CHECK(kind_of(downloaded) == ErrorKind::not_found);
  CHECK(downloaded.error().attempts == 1);
  CHECK(sink.events.empty());
  fixture.transport->reply(canned(304));
  CHECK(kind_of(fixture.get(sink, {.conditions = {.if_none_match = "e"}})) == ErrorKind::not_modified);
}

TEST_CASE("attempts that bring a megabyte do not count towards the limit") {
  const std::string object = content_of(10u << 20);
  Fixture fixture;
  std::size_t at = 0;
  fixture.transport->reply(cut(whole(object), 1u << 20));
  for (at = 1u << 20; at < object.size(); at += 1u << 20) {
    const auto rest = part(object, at, object.size() - 1);
    fixture.transport->reply(at + (1u << 20) < object.size() ? cut(rest, 1u << 20) : rest);
  }
  RecordingSink sink(false);
  const auto downloaded = fixture.get(sink);
  REQUIRE(downloaded);
  CHECK(sink.content == object);
  CHECK(downloaded->attempts == 10);
}

TEST_CASE("Content-Range is read strictly") {
  const auto range = parse_content_range("bytes 0-9/10");
  REQUIRE(range);
  CHECK(range->last == 9);
  CHECK(parse_content_range("bytes 4294967296-4294967296/18446744073709551615"));
  for (const char* bad : {"", "bytes 0-9", "bytes */10", "bytes 0-9/*", "bytes 0-10/10", "bytes 5-4/10", "bytes -1-4/10", "bytes 0-x/10",
                          "0-9/10", "bytes 0-18446744073709551616/18446744073709551617"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_content_range(bad));
  }
}
