// The worked examples of the AWS documentation. Source: S3 API Reference, "Signature Calculations for the Authorization Header"
// (single chunk, multiple chunks, and those with trailing headers) and "Authenticating Requests: Using Query Parameters"; IAM User Guide,
// "Derive a signing key".
#include <vector>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/time_format.h"
#include "objectstore/sigv4.h"
#include "support/catch.h"

namespace objectstore {
namespace {

Credentials example_credentials() {
  Credentials credentials;
  credentials.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  credentials.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  return credentials;
}

SigningContext example_context(const Credentials& credentials) {
  SigningContext context;
  context.credentials = &credentials;
  context.time = *base::parse_rfc3339("2013-05-24T00:00:00Z");
  return context;
}

HttpRequest example_request(std::string method, std::string path, std::string query = "") {
  HttpRequest request;
  request.method = std::move(method);
  request.host = "examplebucket.s3.amazonaws.com";
  request.path = std::move(path);
  request.query = std::move(query);
  return request;
}

constexpr std::size_t kChunk = 65'536;

/// 66,560 letters in chunks of kChunk bytes.
HttpRequest example_chunked_put() {
  HttpRequest request = example_request("PUT", "/examplebucket/chunkObject.txt");
  request.host = "s3.amazonaws.com";
  request.headers.set("content-encoding", "aws-chunked");
  request.headers.set("x-amz-decoded-content-length", "66560");
  request.headers.set("x-amz-storage-class", "REDUCED_REDUNDANCY");
  return request;
}

TEST_CASE("the documentation's header examples come out with its signatures") {
  struct Row {
    const char* method;
    const char* path;
    const char* query;
    std::vector<Header> headers;
    std::string body;
    const char* signature;
  };
  const std::vector<Row> rows = {
      {"GET", "/test.txt", "", {{"Range", "bytes=0-9"}}, "", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {"PUT",
       "/test%24file.text",
       "",
       {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
       "Welcome to Amazon S3.",
       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
      {"GET", "/", "lifecycle", {}, "", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"GET", "/", "max-keys=2&prefix=J", {}, "", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
  };
  const Credentials credentials = example_credentials();
  SigningKeyCache keys;
  for (const Row& row : rows) {
    for (SigningKeyCache* cache : {static_cast<SigningKeyCache*>(nullptr), &keys}) {
      CAPTURE(row.method, row.path, row.query, cache != nullptr);
      HttpRequest request = example_request(row.method, row.path, row.query);
      for (const Header& header : row.headers) request.headers.set(header.name, header.value);
      SigningContext context = example_context(credentials);
      context.keys = cache;
      CHECK(sign_request(request, base::hex(base::sha256(row.body)), context).view() == row.signature);
    }
  }
}

TEST_CASE("the authorization header is the documentation's, character for character") {
  const Credentials credentials = example_credentials();
  HttpRequest request = example_request("GET", "/test.txt");
  request.headers.set("Range", "bytes=0-9");
  sign_request(request, kEmptySha256, example_context(credentials));
  CHECK(request.headers.get("authorization") ==
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  CHECK(request.headers.get("x-amz-date") == "20130524T000000Z");
  CHECK(request.headers.get("x-amz-content-sha256") == kEmptySha256);
  const SigningTexts texts = signing_texts(request, kEmptySha256, example_context(credentials));
  CHECK(texts.canonical_request ==
        "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
        "x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nx-amz-date:20130524T000000Z\n\n"
        "host;range;x-amz-content-sha256;x-amz-date\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(texts.string_to_sign ==
        "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
        "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
}

TEST_CASE("the documentation's presigned GET comes out with its query") {
  const Credentials credentials = example_credentials();
  const auto query = presign_query(example_request("GET", "/test.txt"), std::chrono::seconds(86400), example_context(credentials));
  REQUIRE(query);
  CHECK(*query ==
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-SignedHeaders=host&X-Amz-Expires=86400"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST_CASE("the documentation's chunked PUT comes out with its seed, its chunk signatures and its length") {
  const std::string body(66'560, 'a');
  const Credentials credentials = example_credentials();
  const SigningContext context = example_context(credentials);
  HttpRequest request = example_chunked_put();
  request.headers.set("content-length", "66824");
  const Signature seed = sign_request(request, kStreamingPayload, context);
  CHECK(seed.view() == "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");

  ChunkSigner signer(seed, context);
  const auto bytes = std::as_bytes(std::span(body));
  const std::vector<std::span<const std::byte>> chunks = {bytes.subspan(0, kChunk), bytes.subspan(kChunk), {}};
  const std::vector<std::string> headers = {
      "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n",
      "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n",
      "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n",
  };
  std::uint64_t on_the_wire = 0;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    CHECK(signer.header(chunks[i]) == headers[i]);
    on_the_wire += headers[i].size() + chunks[i].size() + 2;
  }
  CHECK(on_the_wire == 66'824);
  CHECK(chunked_size(body.size(), kChunk) == 66'824);
}

TEST_CASE("the documentation's chunked PUT with a trailing checksum comes out with all of its signatures") {
  const std::string body(66'560, 'a');
  const Credentials credentials = example_credentials();
  const SigningContext context = example_context(credentials);
  HttpRequest request = example_chunked_put();
  request.headers.set("x-amz-trailer", "x-amz-checksum-crc32c");
  const Signature seed = sign_request(request, kStreamingPayloadTrailer, context);
  CHECK(seed.view() == "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");

  ChunkSigner signer(seed, context);
  const auto bytes = std::as_bytes(std::span(body));
  CHECK(signer.header(bytes.first(kChunk)) == "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n");
  CHECK(signer.header(bytes.subspan(kChunk)) == "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n");
  CHECK(signer.header({}) == "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n");
  CHECK(signer.trailer("x-amz-checksum-crc32c:sOO8/Q==\n").view() == "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435");
}

TEST_CASE("the documentation's signing key is derived") {
  const SigningKey key = derive_signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20120215", "us-east-1", "iam");
  CHECK(base::hex(key.bytes) == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
}

}  // namespace
}  // namespace objectstore
