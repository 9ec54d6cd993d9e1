// The verbs on S3: their requests, byte for byte where it matters, and what is refused before anything is sent.
#include "bucket/s3_fixture.h"

#include <algorithm>
#include <optional>

#include "base/digest.h"
#include "base/encoding.h"

using namespace objectstore;
using namespace objectstore::testing;

namespace {

/// The request line and all headers but those that differ from run to run or belong to the transport.
std::string golden(const ServerRequest& request) {
  std::string text = request.method + ' ' + request.target + '\n';
  for (const auto& [name, value] : request.headers) {
    if (name == "authorization" || name == "x-amz-date" || name == "host" || name == "user-agent" || name == "accept") continue;
    text += name + ": " + value + '\n';
  }
  return text;
}

constexpr const char* kEmptyHash = "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
constexpr const char* kTokenLine = "x-amz-security-token: canary-token-canary\n";

}  // namespace

TEST_CASE("requests go out as S3 documents them") {
  S3Fixture fixture([](const ServerRequest& request) {
    if (request.query.find("list-type") != std::string::npos) return ServerReply{.body = "<ListBucketResult/>"};
    if (request.path == "/") return ServerReply{.body = "<ListAllMyBucketsResult/>"};
    if (request.headers.find("x-amz-copy-source") != nullptr)
      return ServerReply{.body = "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"};
    return ServerReply{.headers = {{"ETag", "\"e\""}}};
  });
  const auto client = fixture.client();
  const auto bucket = client.bucket("media");
  const auto last = [&fixture] {
    auto text = golden(fixture.server.requests().back());
    fixture.server.forget_requests();
    return text;
  };

  REQUIRE(bucket->head("a b/+\xc3\xbc", {.version_id = "v&1"}));
  CHECK(last() == "HEAD /media/a%20b/%2B%C3%BC?versionId=v%261\n" + std::string(kEmptyHash) + kTokenLine);

  REQUIRE(bucket->upload("k", Body::text("hello"), {.content_type = "text/plain"}));
  CHECK(last() ==
        "PUT /media/k\n"
        "content-length: 5\n"
        "content-type: text/plain\n"
        "x-amz-checksum-sha256: LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\n"
        "x-amz-content-sha256: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n" +
            std::string(kTokenLine));

  REQUIRE(bucket->upload("k", Body::text("")));
  CHECK(last() ==
        "PUT /media/k\n"
        "content-length: 0\n"
        "content-type: application/octet-stream\n"
        "x-amz-checksum-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n" +
            std::string(kEmptyHash) + kTokenLine);

  REQUIRE(bucket->download("k"));
  CHECK(last() == "GET /media/k\nx-amz-checksum-mode: ENABLED\n" + std::string(kEmptyHash) + kTokenLine);

  REQUIRE(bucket->list({.prefix = "a&b/", .delimiter = "/", .start_after = "a&b/c d", .page_size = 7}));
  CHECK(last() == "GET /media?delimiter=%2F&encoding-type=url&list-type=2&max-keys=7&prefix=a%26b%2F&start-after=a%26b%2Fc%20d\n" +
                      std::string(kEmptyHash) + kTokenLine);
  REQUIRE(bucket->list({.start_after = "x", .continuation = "t=="}));
  CHECK(last() ==
        "GET /media?continuation-token=t%3D%3D&encoding-type=url&list-type=2&max-keys=1000\n" + std::string(kEmptyHash) + kTokenLine);

  REQUIRE(bucket->delete_object("k", {.version_id = "v"}));
  CHECK(last() == "DELETE /media/k?versionId=v\n" + std::string(kEmptyHash) + kTokenLine);

  REQUIRE(bucket->copy({.key = "s p", .bucket = "other"}, "k"));
  CHECK(last() == "PUT /media/k\ncontent-length: 0\n" + std::string(kEmptyHash) + "x-amz-copy-source: /other/s%20p\n" + kTokenLine);

  REQUIRE(client.create_bucket("media"));
  CHECK(last() == "PUT /media\ncontent-length: 0\n" + std::string(kEmptyHash) + kTokenLine);

  REQUIRE(client.create_bucket("media", {.region = "eu-west-1"}));
  const auto created = fixture.server.requests().back();
  CHECK(created.body ==
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>eu-west-1</LocationConstraint>"
        "</CreateBucketConfiguration>");
  CHECK(created.headers.get("x-amz-content-sha256") == base::hex(base::sha256(created.body)));
  CHECK(created.headers.get("authorization").find("/eu-west-1/s3/") != std::string_view::npos);

  REQUIRE(client.delete_bucket("media"));
  CHECK(last() == "DELETE /media\n" + std::string(kEmptyHash) + kTokenLine);
  REQUIRE(client.bucket_exists("media"));
  CHECK(last() == "HEAD /media\n" + std::string(kEmptyHash) + kTokenLine);
  REQUIRE(client.list_buckets());
  CHECK(last() == "GET /\n" + std::string(kEmptyHash) + kTokenLine);
}

TEST_CASE("keys travel byte for byte, dots and slashes included") {
  FakeS3 s3;
  S3Fixture fixture(s3.handler());
  const auto bucket = fixture.bucket();
  for (const char* key :
       {"../x",  "a/../../x",  "..", ".", "a/./b",    "a//b", "/a",  "a/",           "%46",  "%2F",          "+",
        "a b",   "?versionId", "#",  "&", "~*'();,=", "soap", "_ _", "\x01\x1f\x7f", "\r\n", "\xef\xbf\xbe", "\xf0\x9f\x98\x80",
        "-flag", "\\"}) {
    CAPTURE(key);
    REQUIRE(bucket->upload(key, Body::text(key)));
    REQUIRE(s3.object("media/" + std::string(key)));
    const auto downloaded = bucket->download(key);
    REQUIRE(downloaded);
    CHECK(downloaded->content == key);
    REQUIRE(bucket->delete_object(key));
    CHECK(s3.size() == 0);
  }
}

TEST_CASE("what can never succeed is refused before anything is sent") {
  S3Fixture fixture;
  const auto client = fixture.client();
  const auto bucket = client.bucket("media");
  std::vector<std::string> keys = {"", std::string(1025, 'k'), std::string("a\0b", 3), "\xff", "\xed\xa0\x80"};
  for (const auto& key : keys) {
    CAPTURE(key.size());
    CHECK(kind_of(bucket->upload(key, Body::text("x"))) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->download(key)) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->head(key)) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->delete_object(key)) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->presign(key)) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->copy({.key = "a"}, key)) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->copy({.key = key}, "a")) == ErrorKind::invalid_argument);
  }
  const auto text = [] { return Body::text("x"); };
  CHECK(kind_of(bucket->upload("k", text(), {.metadata = {{"Upper", "x"}}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->upload("k", text(), {.metadata = {{"a b", "x"}}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->upload("k", text(), {.metadata = {{"a", "x\r\ny: z"}}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->upload("k", text(), {.metadata = {{"objectstore-put-id", "x"}}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->upload("k", text(), {.content_type = "a\r\nb: c"})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->upload("k", text(), {.condition = IfMatch{""}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->upload("k", text(), {.condition = IfMatch{"a\r\nb"}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->upload("k", text(), {.encryption = SseCustomerKey{"short"}})) == ErrorKind::invalid_argument);
  Tags eleven;
  for (int i = 0; i < 11; ++i) eleven["t" + std::to_string(i)] = "v";
  CHECK(kind_of(bucket->upload("k", text(), {.tags = eleven})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->download("k", {}, {.range = ByteRange::first_last(2, 1)})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->download("k", {}, {.range = ByteRange::suffix(0)})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->list({.page_size = 0})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->list({.page_size = 1001})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->list({.prefix = "\xff"})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->presign("k", {.expires = std::chrono::seconds(0)})) == ErrorKind::invalid_argument);
  Headers split;
  split.set("x-a", "b\r\nc");
  CHECK(kind_of(bucket->presign("k", {.headers = split})) == ErrorKind::invalid_argument);
  CHECK(kind_of(client.create_bucket("media", {.region = "evil.example.com/"})) == ErrorKind::invalid_argument);

  const auto wrong = client.bucket("Bad_Name");
  CHECK(kind_of(wrong->upload("k", text())) == ErrorKind::invalid_argument);
  CHECK(kind_of(wrong->download("k")) == ErrorKind::invalid_argument);
  CHECK(kind_of(wrong->head("k")) == ErrorKind::invalid_argument);
  CHECK(kind_of(wrong->list()) == ErrorKind::invalid_argument);
  CHECK(kind_of(wrong->presign("k")) == ErrorKind::invalid_argument);
  CHECK(kind_of(wrong->delete_object("k")) == ErrorKind::invalid_argument);
  CHECK(kind_of(wrong->delete_objects(keys)) == ErrorKind::invalid_argument);
  CHECK(kind_of(wrong->copy({.key = "a"}, "k")) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->copy({.key = "a", .bucket = "Bad_Name"}, "k")) == ErrorKind::invalid_argument);
  CHECK(kind_of(client.create_bucket("Bad_Name")) == ErrorKind::invalid_argument);
  CHECK(kind_of(client.delete_bucket("Bad_Name")) == ErrorKind::invalid_argument);
  CHECK(kind_of(client.bucket_exists("Bad_Name")) == ErrorKind::invalid_argument);
  CHECK(fixture.server.request_count() == 0);
  CHECK(fixture.server.connections() == 0);
}

TEST_CASE("a customer's key leaves this machine over https only") {
  struct NoTransport final : Transport {
    HttpReply send(const HttpRequest&) override {
      ++sent;
      HttpReply reply;
      reply.error = Error{.message = "no"};
      return reply;
    }
    int sent = 0;
  };
  const std::string endpoint = GENERATE(as<std::string>{}, "http://minio.example.com", "https://minio.example.com", "http://127.0.0.1:1");
  const bool allowed = endpoint != "http://minio.example.com";
  auto transport = std::make_shared<NoTransport>();
  const auto client = connect({.endpoint = endpoint,
                               .region = "us-east-1",
                               .credentials = static_credentials({.access_key_id = "AKID", .secret_access_key = "secretsecret"}),
                               .transport = transport});
  REQUIRE(client);
  const auto bucket = client->bucket("media");
  const SseCustomerKey key{std::string(32, 'k')};
  CHECK(kind_of(bucket->upload("k", Body::text("x"), {.encryption = key})) ==
        (allowed ? ErrorKind::internal : ErrorKind::invalid_argument));
  CHECK(kind_of(bucket->download("k", {}, {.customer_key = key})) == (allowed ? ErrorKind::internal : ErrorKind::invalid_argument));
  CHECK(kind_of(bucket->head("k", {.customer_key = key})) == (allowed ? ErrorKind::internal : ErrorKind::invalid_argument));
  CHECK(kind_of(bucket->copy({.key = "a"}, "k", {.encryption = key})) == (allowed ? ErrorKind::internal : ErrorKind::invalid_argument));
  CHECK(transport->sent == (allowed ? 4 : 0));
}

TEST_CASE("a HEAD's 404 is told apart: the key or the bucket") {
  bool bucket_there = true;
  S3Fixture fixture([&bucket_there](const ServerRequest& request) {
    if (request.path == "/media") return ServerReply{.status = bucket_there ? 200 : 404};
    return ServerReply{.status = 404};
  });
  const auto bucket = fixture.bucket();
  SECTION("the key") {
    const auto first = bucket->head("k");
    REQUIRE_FALSE(first);
    CHECK(first.error().kind == ErrorKind::not_found);
    CHECK(first.error().service_code == "NoSuchKey");
    CHECK(fixture.server.request_count() == 2);
    CHECK(bucket->head("k").error().service_code == "NoSuchKey");
    CHECK(fixture.server.request_count() == 3);  // the bucket is known by now
  }
  SECTION("the bucket") {
    bucket_there = false;
    CHECK(bucket->head("k").error().service_code == "NoSuchBucket");
  }
}

TEST_CASE("a HEAD that tells no size or nonsense is corrupt") {
  S3Fixture fixture;
  const auto bucket = fixture.bucket();
  fixture.server.reply({.raw = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nConnection: close\r\n\r\n", .close = true});
  CHECK(kind_of(bucket->head("k")) == ErrorKind::corrupt);
}

TEST_CASE("deleting a missing key is success, deleting from a missing bucket is not") {
  S3Fixture fixture;
  const auto bucket = fixture.bucket();
  fixture.server.reply({.status = 404, .body = "<Error><Code>NoSuchKey</Code></Error>"});
  CHECK(bucket->delete_object("k"));
  fixture.server.reply({.status = 404, .body = "<Error><Code>NoSuchBucket</Code></Error>"});
  CHECK(kind_of(bucket->delete_object("k")) == ErrorKind::not_found);
}

TEST_CASE("a bucket's making and unmaking survive a lost reply") {
  S3Fixture fixture;
  const auto client = fixture.client();
  fixture.server.reply({.raw = "", .reset = true});
  fixture.server.reply({.status = 409, .body = "<Error><Code>BucketAlreadyOwnedByYou</Code></Error>"});
  CHECK(client.create_bucket("media"));
  fixture.server.reply({.status = 409, .body = "<Error><Code>BucketAlreadyOwnedByYou</Code></Error>"});
  CHECK(kind_of(client.create_bucket("media")) == ErrorKind::already_exists);
  fixture.server.reply({.raw = "", .reset = true});
  fixture.server.reply({.status = 404, .body = "<Error><Code>NoSuchBucket</Code></Error>"});
  CHECK(client.delete_bucket("media"));
  fixture.server.reply({.status = 404, .body = "<Error><Code>NoSuchBucket</Code></Error>"});
  CHECK(kind_of(client.delete_bucket("media")) == ErrorKind::not_found);
  fixture.server.reply({.status = 409, .body = "<Error><Code>BucketNotEmpty</Code></Error>"});
  CHECK(kind_of(client.delete_bucket("media")) == ErrorKind::conflict);
}

TEST_CASE("a bucket exists, does not, or is another's") {
  S3Fixture fixture;
  const auto client = fixture.client();
  CHECK(*client.bucket_exists("media"));
  fixture.server.reply({.status = 404});
  CHECK_FALSE(*client.bucket_exists("media"));
  fixture.server.reply({.status = 403});
  CHECK(kind_of(client.bucket_exists("media")) == ErrorKind::permission_denied);
}

TEST_CASE("buckets are listed over pages, sorted, and a list without end is corrupt") {
  S3Fixture fixture;
  const auto client = fixture.client();
  const auto page = [](const char* name, const char* token) {
    return ServerReply{.body = "<ListAllMyBucketsResult><Buckets><Bucket><Name>" + std::string(name) + "</Name></Bucket></Buckets>" +
                               (token != nullptr ? "<ContinuationToken>" + std::string(token) + "</ContinuationToken>" : std::string()) +
                               "</ListAllMyBucketsResult>"};
  };
  fixture.server.reply(page("b-2", "t&amp;1"));
  fixture.server.reply(page("b-1", nullptr));
  const auto buckets = client.list_buckets();
  REQUIRE(buckets);
  REQUIRE(buckets->size() == 2);
  CHECK((*buckets)[0].name == "b-1");
  CHECK(fixture.server.requests()[1].target == "/?continuation-token=t%261");
  fixture.server.reply(page("b", "t"));
  fixture.server.reply(page("b", "t"));
  CHECK(kind_of(client.list_buckets()) == ErrorKind::corrupt);
}

TEST_CASE("a listing whose tokens repeat or go round in a circle ends with an error") {
  int served = 0;
  const int circle = GENERATE(1, 2, 3, 7);
  S3Fixture fixture([&served, circle](const ServerRequest&) {
    return ServerReply{.body = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t" +
                               std::to_string(served++ % circle) + "</NextContinuationToken></ListBucketResult>"};
  });
  const auto bucket = fixture.bucket();
  std::optional<ErrorKind> kind;
  for (const auto& entry : list_objects(*bucket)) kind = kind_of(entry);
  CHECK(kind == ErrorKind::corrupt);
  CHECK(served < 60);
}

TEST_CASE("a listing of nothing but empty pages ends with an error") {
  int served = 0;
  S3Fixture fixture([&served](const ServerRequest&) {
    return ServerReply{.body = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t" + std::to_string(served++) +
                               "</NextContinuationToken></ListBucketResult>"};
  });
  const auto bucket = fixture.bucket();
  std::optional<ErrorKind> kind;
  for (const auto& entry : list_objects(*bucket)) kind = kind_of(entry);
  CHECK(kind == ErrorKind::corrupt);
  CHECK(served <= 1002);
}

TEST_CASE("presigned URLs need no server, carry the extra headers as signed, and no redirect of a server reaches them") {
  S3Fixture fixture;
  const auto bucket = fixture.bucket();
  Headers headers;
  headers.set("content-type", "text/plain");
  const auto url = bucket->presign("a b", {.method = PresignMethod::put, .headers = headers, .version_id = "v"});
  REQUIRE(url);
  CHECK(url->starts_with(fixture.server.endpoint() + "/media/a%20b?"));
  CHECK(url->find("X-Amz-SignedHeaders=content-type%3Bhost") != std::string::npos);
  CHECK(url->find("versionId=v") != std::string::npos);
  CHECK(fixture.server.connections() == 0);
  const auto anonymous = fixture.bucket({.credentials = anonymous_credentials()});
  CHECK(kind_of(anonymous->presign("k")) == ErrorKind::unauthenticated);
}

TEST_CASE("no secret shows in errors, logs or descriptions, whatever the server answers") {
  const int status = GENERATE(200, 301, 400, 403, 404, 500, 503);
  S3Fixture fixture([status](const ServerRequest& request) {
    // Repeats everything it was sent, in headers and body.
    return ServerReply{.status = status,
                       .headers = {{"x-amz-request-id", std::string(request.headers.get("x-amz-security-token"))},
                                   {"Location", "http://127.0.0.1/?X-Amz-Signature=x&X-Amz-Security-Token=canary-token-canary"}},
                       .body = "<Error><Code>Odd</Code><Message>" + request.head + "</Message></Error>"};
  });
  const auto client = fixture.client();
  const auto bucket = client.bucket("media");
  std::string shown = client.describe() + bucket->describe();
  const auto take = [&shown](const auto& result) {
    if (!result) shown += to_string(result.error()) + result.error().request_id + result.error().service_code + result.error().host_id;
  };
  const SseCustomerKey key{std::string("canary-canary-canary-canary-32by")};
  take(bucket->upload("k", Body::text("x"), {.encryption = key}));
  take(bucket->download("k", {}, {.customer_key = key}));
  take(bucket->head("k"));
  take(bucket->list());
  take(bucket->delete_object("k"));
  take(bucket->copy({.key = "a"}, "k"));
  take(client.list_buckets());
  take(client.create_bucket("media"));
  const std::string all = shown + fixture.log;
  CHECK(all.find("canary") == std::string::npos);
  CHECK(all.find(base::base64(std::string_view("canary-canary-canary-canary-32by"))) == std::string::npos);
  for (const auto& request : fixture.server.requests()) {
    const std::string_view authorization = request.headers.get("authorization");
    CHECK(all.find(authorization.substr(authorization.find("Signature=") + 10)) == std::string::npos);
  }
  CHECK(fixture.log.find("[redacted]") != std::string::npos);
}

TEST_CASE("cancelling from another thread ends a call that waits for its server") {
  S3Fixture fixture;
  fixture.server.script({read_request(), silence()});
  const auto bucket = fixture.bucket();
  CancelToken cancel;
  std::thread canceller([&] {
    while (fixture.server.request_count() == 0) std::this_thread::yield();
    cancel.cancel();
  });
  CHECK(kind_of(bucket->download("k", {}, {.call = {.cancel = cancel}})) == ErrorKind::cancelled);
  canceller.join();
}

TEST_CASE("a deadline ends a call that waits for its server") {
  S3Fixture fixture;
  fixture.server.script({read_request(), silence()});
  const auto downloaded = fixture.bucket()->download("k", {}, {.call = {.deadline = std::chrono::seconds(1)}});
  REQUIRE_FALSE(downloaded);
  CHECK(downloaded.error().kind == ErrorKind::timeout);
  CHECK(downloaded.error().attempts == 1);
}

TEST_CASE("one bucket may be used by many threads") {
  FakeS3 s3;
  S3Fixture fixture(s3.handler());
  const auto bucket = fixture.bucket();
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string key = std::to_string(t) + '/' + std::to_string(i);
        if (!bucket->upload(key, Body::text(key), {.condition = CreateOnly{}})) ++failures;
        const auto downloaded = bucket->download(key);
        if (!downloaded || downloaded->content != key) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(s3.size() == 200);
}
