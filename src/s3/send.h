// Sends one S3 request: addresses and signs every attempt anew, retries, follows a bucket to its region, repairs the clock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "objectstore/bucket.h"
#include "objectstore/client.h"
#include "objectstore/clock.h"
#include "objectstore/credentials.h"
#include "objectstore/http.h"
#include "objectstore/sigv4.h"
#include "s3/chunked_source.h"
#include "s3/endpoint.h"
#include "s3/failure.h"
#include "s3/payload.h"
#include "s3/retry.h"
#include "s3/wire_log.h"

namespace objectstore::s3 {

/// For requests at which a server works for long before it says anything, or nothing but white space: HttpRequest::stall_timeout.
/// Source: S3 API Reference, CompleteMultipartUpload ("could take several minutes").
inline constexpr std::chrono::seconds kLongWork = std::chrono::minutes(10);

/// One call of a verb, over everything that it sends. Thread-safety: one call, one thread.
struct Call {
  std::string_view operation = {};
  std::string_view bucket = {};
  std::string_view key = {};
  std::optional<SteadyTime> deadline = std::nullopt;
  std::chrono::milliseconds allowed{0};  ///< what the deadline was when the call began, for messages
  std::optional<CancelToken> cancel = std::nullopt;
  std::function<void()> on_throttled = nullptr;
  int attempts = 0;    ///< requests made
  int open_sends = 0;  ///< how often a request went out without a definite refusal coming back: each may have been carried out
};

/// What is to be sent. The builder fills method, query, headers and reply_body of `http`; address, signature, body and limits are the
/// sender's.
struct Request {
  HttpRequest http;
  std::string_view bucket;  ///< empty: the service itself
  std::string_view key;     ///< empty: the bucket itself
  Payload payload;
  std::string_view region = {};  ///< instead of the bucket's
  int max_attempts = 0;          ///< 0 = the client's
  /// Called before a retry, to change what must change (a range); an error ends the call.
  std::function<Status(HttpRequest&)> before_retry = nullptr;
  /// Sees each reply with the failure found so far (nothing = success) and may find otherwise.
  std::function<void(HttpReply&, std::optional<Failure>&)> judge = nullptr;
};

/// A request for what the call is about.
inline Request request_of(std::string_view method, const Call& call) {
  Request request;
  request.http.method = method;
  request.bucket = call.bucket;
  request.key = call.key;
  return request;
}

struct SenderOptions {
  Endpoint endpoint;
  Addressing addressing = Addressing::automatic;
  PayloadSigning payload_signing = PayloadSigning::automatic;
  std::string region;
  std::shared_ptr<CredentialsProvider> credentials;
  std::shared_ptr<Transport> transport;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Random> random;
  int max_attempts = 3;
  std::chrono::milliseconds deadline{0};  ///< of calls that set none
  LogFunction log;
};

/// Thread-safety: every member may be called concurrently.
class Sender {
 public:
  explicit Sender(SenderOptions options) : options_(std::move(options)) {}

  [[nodiscard]] Call begin(std::string_view operation, std::string_view bucket, std::string_view key, const CallOptions& options) const;

  /// The reply of a success. Errors still lack their context: see in_context. Reads `request.payload.source` from its start.
  Result<HttpReply> send(Request& request, Call& call);

  /// A presigned URL; sends nothing. Errors: unauthenticated (no credentials), invalid_argument (expiry).
  Result<std::string> presign(HttpRequest request, std::string_view bucket, std::string_view key, std::chrono::seconds expires);

  /// `error` with operation, bucket, key and attempts of `call`, and its subject in front of the message.
  [[nodiscard]] static Error in_context(Error error, const Call& call);

  [[nodiscard]] const SenderOptions& options() const { return options_; }
  [[nodiscard]] PayloadPolicy payload_policy() const { return {.signing = options_.payload_signing, .https = options_.endpoint.https()}; }
  [[nodiscard]] std::string region_of(std::string_view bucket) const;
  /// What tests look at.
  [[nodiscard]] const RetryQuota& quota() const { return quota_; }
  [[nodiscard]] std::chrono::milliseconds clock_skew() const { return std::chrono::milliseconds(skew_.load(std::memory_order_relaxed)); }

 private:
  class Attempts;  // one run of send()

  void learn_clock(const HttpReply& reply);
  [[nodiscard]] std::chrono::milliseconds applied_skew() const;
  void remember_region(std::string_view bucket, std::string_view region);
  /// Errors: unauthenticated (there are none), the provider's own.
  [[nodiscard]] Result<Credentials> current_credentials() const;
  /// Fills scheme, host and path. Returns the region to sign for.
  std::string route(HttpRequest& http, std::string_view bucket, std::string_view key, std::string_view region) const;

  const SenderOptions options_;
  SigningKeyCache keys_;
  RetryQuota quota_;
  std::atomic<std::int64_t> skew_{0};  ///< server's clock less ours, in milliseconds
  std::atomic<bool> has_regions_{false};
  mutable std::shared_mutex regions_mutex_;
  std::map<std::string, std::string, std::less<>> regions_;  ///< guarded by regions_mutex_: buckets that redirects led elsewhere
};

}  // namespace objectstore::s3
