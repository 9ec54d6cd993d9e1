// AWS Signature Version 4: signs and presigns requests. Pure functions of (request, credentials, time).
// Source: AWS General Reference, "Signature Version 4 signing process"; S3 API Reference, "Authenticating Requests".
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "objectstore/clock.h"
#include "objectstore/credentials.h"
#include "objectstore/export.h"
#include "objectstore/http.h"
#include "objectstore/result.h"

namespace objectstore {

/// Payload hashes that are not hashes; put into x-amz-content-sha256 as they are.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view kStreamingPayload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
/// The same, with headers behind the body that are signed too.
inline constexpr std::string_view kStreamingPayloadTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
/// Chunks, and headers behind them, without signatures: for TLS.
inline constexpr std::string_view kUnsignedPayloadTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
/// SHA-256 of nothing, lower-case hex.
inline constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A derived signing key: HMAC(HMAC(HMAC(HMAC("AWS4"+secret, day), region), service), "aws4_request"). Wiped on destruction.
struct OBJECTSTORE_EXPORT SigningKey {
  std::array<std::uint8_t, 32> bytes{};
  ~SigningKey();
  SigningKey() = default;
  SigningKey(const SigningKey&) = default;
  SigningKey& operator=(const SigningKey&) = default;
};

/// `day` is YYYYMMDD.
OBJECTSTORE_EXPORT SigningKey derive_signing_key(const Secret& secret, std::string_view day, std::string_view region,
                                                 std::string_view service);

/// What signing comes to: 64 lower-case hex digits.
struct Signature {
  std::array<char, 64> digits{};
  [[nodiscard]] std::string_view view() const noexcept { return {digits.data(), digits.size()}; }
  operator std::string_view() const noexcept { return view(); }  // NOLINT(google-explicit-constructor)
};

/// Remembers derived keys per (secret, day, region, service); a handful, the oldest goes first.
/// Thread-safety: `get` may be called concurrently.
class OBJECTSTORE_EXPORT SigningKeyCache {
 public:
  SigningKeyCache();
  ~SigningKeyCache();
  SigningKey get(const Secret& secret, std::string_view day, std::string_view region, std::string_view service);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// How the canonical path is made of the path on the wire. Escapes (%XX) are taken as they stand unless encoded again; characters that
/// should have been escaped on the wire and were not are escaped, as a server does that decodes the path first.
struct PathRules {
  bool normalize = true;     ///< squash "//", "." and ".."
  bool encode_again = true;  ///< percent-encode the wire's path once more, its '%' included
};
inline constexpr PathRules kS3Paths{false, false};
inline constexpr PathRules kServicePaths{true, true};

/// Everything a signature depends on besides the request.
struct SigningContext {
  const Credentials* credentials = nullptr;  ///< not anonymous
  std::string_view region = "us-east-1";
  std::string_view service = "s3";
  SystemTime time{};
  PathRules paths = kS3Paths;
  bool content_sha256_header = true;  ///< S3 wants x-amz-content-sha256; other services need not have it
  SigningKeyCache* keys = nullptr;    ///< null = derive each time
};

/// Adds x-amz-date, x-amz-security-token (temporary credentials), x-amz-content-sha256 and authorization to `request.headers`;
/// signs `host` and every header that stands there. What was added by an earlier signing is replaced: a retry signs anew.
/// `payload_hash`: lower-case hex SHA-256 of the body, or one of the names above.
/// Returns the signature (the seed of a chunked body).
/// Allocates nothing but the headers it adds: `request.headers.reserve` room for four.
OBJECTSTORE_EXPORT Signature sign_request(HttpRequest& request, std::string_view payload_hash, const SigningContext& context);

/// The query string (request.query plus X-Amz-*) under which `request` may be sent by anybody for `expires` seconds.
/// Headers in `request.headers` become signed: who uses the URL must send them just so. The result is as good as a password.
/// Errors: invalid_argument when `expires` is not in 1 s .. 7 d (604,800 s), the credentials are anonymous, or the query is presigned.
OBJECTSTORE_EXPORT Result<std::string> presign_query(const HttpRequest& request, std::chrono::seconds expires,
                                                     const SigningContext& context, std::string_view payload_hash = kUnsignedPayload);

/// The texts on the way to a signature, for tests and for comparing with a server's SignatureDoesNotMatch reply.
struct SigningTexts {
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;
};
/// As `sign_request` on a request whose headers (x-amz-date included) or presigned query (without X-Amz-Signature) are complete
/// already: adds none. An authorization header that stands there is not part of the texts.
OBJECTSTORE_EXPORT SigningTexts signing_texts(const HttpRequest& request, std::string_view payload_hash, const SigningContext& context);

/// Frames a body as aws-chunked with a signature per chunk (kStreamingPayload, kStreamingPayloadTrailer).
/// Source: S3 API Reference, "Signature Calculations: Transferring Payload in Multiple Chunks" and "... Including Trailing Headers".
/// Thread-safety: one instance, one thread.
class OBJECTSTORE_EXPORT ChunkSigner {
 public:
  ChunkSigner(std::string_view seed_signature, const SigningContext& context);
  /// "<hex size>;chunk-signature=<signature>\r\n"; the chunk's bytes and "\r\n" follow. An empty chunk ends the body.
  std::string header(std::span<const std::byte> chunk);
  /// The value of x-amz-trailer-signature, once the empty chunk is signed. `headers`: "name:value\n" of each header behind it, in the order
  /// of their names; x-amz-trailer-signature itself is not one of them.
  Signature trailer(std::string_view headers);

 private:
  Signature sign(std::string_view algorithm, std::initializer_list<std::string_view> lines);

  SigningKey key_;
  std::string scope_;
  std::string timestamp_;
  std::string previous_signature_;
};
/// Bytes on the wire of `size` body bytes in signed chunks of `chunk_size` (all but the last full), the final empty chunk included; headers
/// behind it are not.
OBJECTSTORE_EXPORT std::uint64_t chunked_size(std::uint64_t size, std::uint64_t chunk_size);

}  // namespace objectstore
