// Tests of header signing, presigning, chunk sizes and the key cache beyond the published cases.
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/time_format.h"
#include "objectstore/sigv4.h"
#include "support/catch.h"

namespace objectstore {
namespace {

using namespace std::chrono_literals;

Credentials some_credentials(const char* token = "") {
  Credentials credentials;
  credentials.access_key_id = "AKID";
  credentials.secret_access_key = "canary-secret";
  credentials.session_token = token;
  return credentials;
}

SigningContext context_for(const Credentials& credentials) {
  SigningContext context;
  context.credentials = &credentials;
  context.time = *base::parse_rfc3339("2024-11-14T10:23:11Z");
  return context;
}

HttpRequest some_request() {
  HttpRequest request;
  request.host = "127.0.0.1:9000";
  request.path = "/bucket/key";
  return request;
}

std::string signed_headers_of(const HttpRequest& request) {
  const std::string_view authorization = request.headers.get("authorization");
  const std::size_t begin = authorization.find("SignedHeaders=") + std::strlen("SignedHeaders=");
  return std::string(authorization.substr(begin, authorization.find(',', begin) - begin));
}

TEST_CASE("temporary credentials put their token under the signature") {
  const Credentials credentials = some_credentials("token/+=");
  HttpRequest request = some_request();
  sign_request(request, kUnsignedPayload, context_for(credentials));
  CHECK(request.headers.get("x-amz-security-token") == "token/+=");
  CHECK(signed_headers_of(request) == "host;x-amz-content-sha256;x-amz-date;x-amz-security-token");
  CHECK(request.headers.get("x-amz-content-sha256") == "UNSIGNED-PAYLOAD");
}

TEST_CASE("signing anew replaces everything an earlier signing added") {
  const Credentials temporary = some_credentials("token");
  Credentials lasting = some_credentials();
  lasting.access_key_id = "OTHER";
  HttpRequest again = some_request();
  again.headers.set("range", "bytes=0-1");
  sign_request(again, kUnsignedPayload, context_for(temporary));
  SigningContext later = context_for(lasting);
  later.time += 1h;
  const Signature second = sign_request(again, kEmptySha256, later);

  HttpRequest fresh = some_request();
  fresh.headers.set("range", "bytes=0-1");
  const Signature first = sign_request(fresh, kEmptySha256, later);
  CHECK(second.view() == first.view());
  CHECK(again.headers == fresh.headers);
  CHECK(again.headers.find("x-amz-security-token") == nullptr);
}

TEST_CASE("the payload hash may be a view of the header that is replaced") {
  const Credentials credentials = some_credentials();
  HttpRequest plain = some_request();
  const Signature expected = sign_request(plain, kEmptySha256, context_for(credentials));
  HttpRequest request = some_request();
  request.headers.set("x-amz-content-sha256", std::string(kEmptySha256));
  CHECK(sign_request(request, request.headers.get("x-amz-content-sha256"), context_for(credentials)).view() == expected.view());
}

TEST_CASE("without x-amz-content-sha256 the hash is signed all the same") {
  const Credentials credentials = some_credentials();
  SigningContext context = context_for(credentials);
  context.content_sha256_header = false;
  HttpRequest request = some_request();
  const Signature a = sign_request(request, kEmptySha256, context);
  CHECK(signed_headers_of(request) == "host;x-amz-date");
  const Signature b = sign_request(request, kUnsignedPayload, context);
  CHECK(a.view() != b.view());
}

TEST_CASE("a signature covers method, host, path, query, headers, payload, time, region, service, key and secret") {
  const Credentials credentials = some_credentials();
  Credentials other_secret = credentials;
  other_secret.secret_access_key = "other";
  SigningContext base_context = context_for(credentials);
  std::set<std::string> signatures;
  const auto sign = [&](auto change_request, auto change_context, std::string_view hash) {
    HttpRequest request = some_request();
    SigningContext context = base_context;
    change_request(request);
    change_context(context);
    signatures.insert(std::string(sign_request(request, hash, context)));
  };
  const auto same = [](auto&) {};
  sign(same, same, kEmptySha256);
  sign(same, same, kEmptySha256);
  CHECK(signatures.size() == 1);
  sign(same, same, kUnsignedPayload);
  sign([](HttpRequest& request) { request.method = "PUT"; }, same, kEmptySha256);
  sign([](HttpRequest& request) { request.host = "127.0.0.1:9001"; }, same, kEmptySha256);
  sign([](HttpRequest& request) { request.path = "/bucket/key/"; }, same, kEmptySha256);
  sign([](HttpRequest& request) { request.query = "versionId=1"; }, same, kEmptySha256);
  sign([](HttpRequest& request) { request.headers.set("range", "bytes=0-1"); }, same, kEmptySha256);
  sign([](HttpRequest& request) { request.headers.set("range", "bytes=0-2"); }, same, kEmptySha256);
  sign(
      same, [](SigningContext& context) { context.time += 1s; }, kEmptySha256);
  sign(
      same, [](SigningContext& context) { context.time += 24h; }, kEmptySha256);
  sign(
      same, [](SigningContext& context) { context.region = "eu-north-1"; }, kEmptySha256);
  sign(
      same, [](SigningContext& context) { context.service = "sqs"; }, kEmptySha256);
  sign(
      same, [&](SigningContext& context) { context.credentials = &other_secret; }, kEmptySha256);
  CHECK(signatures.size() == 13);
}

TEST_CASE("presigning refuses an expiry outside 1 s to 7 d, anonymous credentials and a presigned query") {
  const Credentials credentials = some_credentials();
  const SigningContext context = context_for(credentials);
  for (const auto expires : {0s, -1s, 604'801s, std::chrono::seconds::max(), std::chrono::seconds::min()}) {
    CAPTURE(expires.count());
    CHECK(kind_of(presign_query(some_request(), expires, context)) == ErrorKind::invalid_argument);
  }
  CHECK(presign_query(some_request(), 1s, context));
  CHECK(presign_query(some_request(), 604'800s, context));

  SigningContext nobody = context;
  const Credentials anonymous;
  nobody.credentials = &anonymous;
  CHECK(kind_of(presign_query(some_request(), 1h, nobody)) == ErrorKind::invalid_argument);
  nobody.credentials = nullptr;
  CHECK(kind_of(presign_query(some_request(), 1h, nobody)) == ErrorKind::invalid_argument);

  HttpRequest twice = some_request();
  twice.query = *presign_query(some_request(), 1h, context);
  const auto refused = presign_query(twice, 1h, context);
  CHECK(kind_of(refused) == ErrorKind::invalid_argument);
  CHECK(to_string(refused.error()).find("Signature=") == std::string::npos);
  twice.query = "versionId=3&x-amz-signature=x";
  CHECK_FALSE(presign_query(twice, 1h, context));
  twice.query = "x-id=GetObject&X-Amz-Meta=1";
  CHECK(presign_query(twice, 1h, context));
}

TEST_CASE("a presigned query keeps the request's own parameters and signs its headers") {
  const Credentials credentials = some_credentials("to/ken");
  HttpRequest request = some_request();
  request.query = "versionId=a%2Fb&response-content-type=text%2Fplain";
  request.headers.set("Content-Type", "text/plain");
  const auto query = presign_query(request, 10min, context_for(credentials));
  REQUIRE(query);
  CHECK(query->rfind("versionId=a%2Fb&response-content-type=text%2Fplain&X-Amz-Algorithm=AWS4-HMAC-SHA256&", 0) == 0);
  CHECK(query->find("&X-Amz-SignedHeaders=content-type%3Bhost&") != std::string::npos);
  CHECK(query->find("&X-Amz-Expires=600&") != std::string::npos);
  CHECK(query->find("&X-Amz-Security-Token=to%2Fken&") != std::string::npos);
  HttpRequest other = request;
  other.headers.set("Content-Type", "text/html");
  CHECK(*presign_query(other, 10min, context_for(credentials)) != *query);
  CHECK(request.headers.size() == 1);
}

TEST_CASE("no secret stands in what is sent") {
  const Credentials credentials = some_credentials();
  HttpRequest request = some_request();
  const std::string query = *presign_query(request, 1h, context_for(credentials));
  sign_request(request, kEmptySha256, context_for(credentials));
  CHECK(query.find("canary") == std::string::npos);
  for (const Header& header : request.headers) CHECK(header.value.find("canary") == std::string::npos);
}

TEST_CASE("the key cache gives the derived key, whatever was asked before") {
  SigningKeyCache cache;
  auto random = seeded_random(11);
  for (int i = 0; i < 500; ++i) {
    const Secret secret("secret-" + std::to_string(random->next() % 3));
    const std::string day = "2024111" + std::to_string(random->next() % 4);
    const std::string region = random->next() % 2 != 0 ? "eu-north-1" : "us-east-1";
    const std::string service = random->next() % 2 != 0 ? "s3" : "sqs";
    CHECK(cache.get(secret, day, region, service).bytes == derive_signing_key(secret, day, region, service).bytes);
  }
}

TEST_CASE("the key cache serves many threads") {
  SigningKeyCache cache;
  std::vector<std::thread> threads;
  std::vector<int> wrong(8, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        const Secret secret("secret-" + std::to_string(i % 20));
        if (cache.get(secret, "20241114", "us-east-1", "s3").bytes != derive_signing_key(secret, "20241114", "us-east-1", "s3").bytes)
          ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(8, 0));
}

TEST_CASE("a signing key leaves nothing where it stood") {
  alignas(SigningKey) std::array<unsigned char, sizeof(SigningKey)> memory{};
  auto* key = new (memory.data()) SigningKey(derive_signing_key("secret", "20241114", "us-east-1", "s3"));
  const auto bytes = key->bytes;
  REQUIRE(std::memcmp(memory.data(), bytes.data(), bytes.size()) == 0);
  key->~SigningKey();
  CHECK(std::memcmp(memory.data(), bytes.data(), bytes.size()) != 0);
}

TEST_CASE("the framed size of a chunked body is the sum of its frames") {
  const Credentials credentials = some_credentials();
  for (const std::uint64_t chunk_size : {8192u, 65'536u}) {
    for (const std::uint64_t size :
         {std::uint64_t{0}, std::uint64_t{1}, chunk_size - 1, chunk_size, chunk_size + 1, 3 * chunk_size, 3 * chunk_size + 17}) {
      CAPTURE(chunk_size, size);
      ChunkSigner signer(std::string(64, '0'), context_for(credentials));
      const std::string body(size, 'x');
      std::uint64_t sum = 0;
      for (std::uint64_t at = 0; at < size; at += chunk_size) {
        const auto chunk = std::as_bytes(std::span(body)).subspan(at, std::min(chunk_size, size - at));
        sum += signer.header(chunk).size() + chunk.size() + 2;
      }
      sum += signer.header({}).size() + 2;
      CHECK(chunked_size(size, chunk_size) == sum);
    }
  }
  CHECK(chunked_size(5, 0) == chunked_size(5, 5));
  CHECK(chunked_size(0, 0) == chunked_size(0, 8192));
}

TEST_CASE("each chunk is signed over its bytes and over the chunk before") {
  const Credentials credentials = some_credentials();
  const auto chunk = std::as_bytes(std::span("abc", 3));
  ChunkSigner a(std::string(64, '0'), context_for(credentials));
  const std::string first = a.header(chunk);
  const std::string second = a.header(chunk);
  CHECK(first != second);
  ChunkSigner b(std::string(64, '1'), context_for(credentials));
  CHECK(b.header(chunk) != first);
  ChunkSigner c(std::string(64, '0'), context_for(credentials));
  CHECK(c.header(std::as_bytes(std::span("abd", 3))) != first);
}

}  // namespace
}  // namespace objectstore
