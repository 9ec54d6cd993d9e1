// Sends one S3 request: addresses and signs every attempt anew, retries, follows a bucket to its region, repairs the clock.
#include "s3/send.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/encoding.h"
#include "base/errors.h"
#include "base/time_format.h"

namespace objectstore::s3 {

namespace {

/// Below this, the machine's own clock is good enough (S3 allows 15 minutes).
constexpr std::chrono::milliseconds kTolerableSkew = std::chrono::minutes(4);
/// A longer exchange says too little about the moment in which the server wrote its Date.
constexpr std::chrono::milliseconds kLongestClockSample = std::chrono::minutes(1);
constexpr std::size_t kMaxRememberedRegions = 10'000;

/// A server may repeat what it was sent.
void redact_from(std::string& text, std::string_view secret) {
  if (secret.size() < 8) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kRedacted.size())) {
    text.replace(at, secret.size(), kRedacted);
  }
}

void redact_all(std::string& text, const Credentials& credentials, const Headers& sent) {
  if (text.empty()) return;
  std::string_view signature = sent.get("authorization");
  const auto at = signature.rfind("Signature=");
  signature = at == std::string_view::npos ? std::string_view() : signature.substr(at + 10);
  redact_from(text, credentials.secret_access_key.reveal());
  redact_from(text, credentials.session_token.reveal());
  redact_from(text, signature);
  redact_from(text, sent.get("x-amz-server-side-encryption-customer-key"));
}

bool is_clock_code(std::string_view code) {
  return code == "RequestTimeTooSkewed" || code == "RequestExpired" || code == "RequestInTheFuture";
}

bool is_expiry_code(std::string_view code) {
  return code == "ExpiredToken" || code == "TokenRefreshRequired";
}

}  // namespace

Call Sender::begin(std::string_view operation, std::string_view bucket, std::string_view key, const CallOptions& options) const {
  Call call{.operation = operation, .bucket = bucket, .key = key};
  call.allowed = options.deadline.count() > 0 ? options.deadline : options_.deadline;
  if (call.allowed.count() > 0) call.deadline = options_.clock->steady_now() + call.allowed;
  call.cancel = options.cancel;
  call.on_throttled = options.on_throttled;
  return call;
}

Error Sender::in_context(Error error, const Call& call) {
  error.operation = call.operation;
  error.bucket = call.bucket;
  error.key = call.key;
  error.attempts = call.attempts;
  return annotate(std::move(error), base::place_of(call.operation, call.bucket, call.key));
}

std::string Sender::region_of(std::string_view bucket) const {
  if (has_regions_.load(std::memory_order_acquire)) {
    std::shared_lock lock(regions_mutex_);
    if (const auto found = regions_.find(bucket); found != regions_.end()) return found->second;
  }
  return options_.region;
}

void Sender::remember_region(std::string_view bucket, std::string_view region) {
  std::unique_lock lock(regions_mutex_);
  if (regions_.size() >= kMaxRememberedRegions) regions_.clear();
  regions_.insert_or_assign(std::string(bucket), std::string(region));
  has_regions_.store(true, std::memory_order_release);
}

void Sender::learn_clock(const HttpReply& reply) {
  if (reply.status == 0 || reply.headers.find("age") != nullptr) return;
  const auto date = base::parse_http_date(reply.headers.get("date"));
  if (!date || reply.received_at < reply.sent_at || reply.received_at - reply.sent_at > kLongestClockSample) return;
  const auto middle = reply.sent_at + (reply.received_at - reply.sent_at) / 2;
  skew_.store(std::chrono::duration_cast<std::chrono::milliseconds>(*date - middle).count(), std::memory_order_relaxed);
}

std::chrono::milliseconds Sender::applied_skew() const {
  const auto skew = clock_skew();
  return std::chrono::abs(skew) > kTolerableSkew ? skew : std::chrono::milliseconds(0);
}

std::string Sender::route(HttpRequest& http, std::string_view bucket, std::string_view key, std::string_view region) const {
  std::string chosen = region.empty() ? region_of(bucket) : std::string(region);
  auto address = address_of(options_.endpoint, options_.addressing, chosen, chosen != options_.region, bucket, key);
  http.scheme = options_.endpoint.scheme;
  http.host = std::move(address.host);
  http.path = std::move(address.path);
  return chosen;
}

Result<Credentials> Sender::current_credentials() const {
  auto credentials = options_.credentials->credentials();
  if (!credentials && credentials.error().kind == ErrorKind::not_found) credentials.error().kind = ErrorKind::unauthenticated;
  return credentials;
}

// ---------------------------------------------------------------------------------------------------------------------------------

/// One run of send(): what changes from attempt to attempt.
class Sender::Attempts {
 public:
  Attempts(Sender& sender, Request& request, Call& call)
      : sender_(sender),
        request_(request),
        call_(call),
        http_(request.http),
        limit_(request.max_attempts > 0 ? request.max_attempts : sender.options_.max_attempts),
        region_(request.region) {
    if (request.payload.source != nullptr) watched_.emplace(*request.payload.source);
    if (const auto* encoding = http_.headers.find("content-encoding")) own_encoding_ = *encoding;
    http_.cancel = cancel();
  }

  Result<HttpReply> run();

 private:
  /// Signs and sends once. An error: nothing was sent, and nothing more shall be.
  Result<HttpReply> attempt();
  /// Makes http_ what is sent with `credentials_`.
  void address_and_sign();
  std::optional<Failure> find_failure(HttpReply& reply);
  /// True: the failure had a cause that is mended now; send again at once, whatever the count of attempts.
  bool repair(const HttpReply& reply, const Failure& failure);
  bool follow_region(const HttpReply& reply, const Failure& failure);
  /// An error ends the call.
  Status wait(const HttpReply& reply, const Failure& failure);
  Status rewind(const Error& reason);

  [[nodiscard]] const CancelToken* cancel() const { return call_.cancel ? &*call_.cancel : nullptr; }
  void say(LogLevel level, std::string_view text) const;
  [[nodiscard]] Error end_with(Error error) const;
  [[nodiscard]] Error ended_by_deadline(const Error* last) const;
  [[nodiscard]] std::optional<std::chrono::milliseconds> time_left() const;

  Sender& sender_;
  Request& request_;
  Call& call_;
  HttpRequest& http_;
  const int limit_;
  std::string region_;  ///< empty: the bucket's
  std::optional<WatchedSource> watched_;
  std::optional<ChunkedSource> chunked_;
  std::string own_encoding_;  ///< the caller's Content-Encoding
  Credentials credentials_;   ///< of the last attempt
  std::string signed_region_;
  std::chrono::milliseconds signed_skew_{0};
  ErrorDocument document_;  ///< of the last reply
  int tries_ = 0;
  int price_ = 0;  ///< tokens that the last retry cost
  bool region_mended_ = false;
  bool clock_mended_ = false;
  bool credentials_mended_ = false;
};

void Sender::Attempts::say(LogLevel level, std::string_view text) const {
  std::string safe(text);
  redact_all(safe, credentials_, http_.headers);
  sender_.options_.log(level, safe);
}

Error Sender::Attempts::end_with(Error error) const {
  for (std::string* text : {&error.message, &error.service_code, &error.request_id, &error.host_id}) {
    redact_all(*text, credentials_, http_.headers);
  }
  error.attempts = call_.attempts;
  return error;
}

std::optional<std::chrono::milliseconds> Sender::Attempts::time_left() const {
  if (!call_.deadline) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(*call_.deadline - sender_.options_.clock->steady_now());
}

Error Sender::Attempts::ended_by_deadline(const Error* last) const {
  Error error;
  if (last != nullptr) error = *last;
  error.kind = ErrorKind::timeout;
  error.message = "the deadline of " + std::to_string(call_.allowed.count()) + " ms ended the call";
  if (last != nullptr) error.message += "; the last attempt: " + last->message;
  return error;
}

void Sender::Attempts::address_and_sign() {
  const Payload& payload = request_.payload;
  signed_region_ = sender_.route(http_, request_.bucket, request_.key, region_);
  signed_skew_ = sender_.applied_skew();
  http_.memory_body = payload.memory;
  http_.body = watched_ ? &*watched_ : nullptr;
  http_.body_size = watched_ ? payload.size : 0;
  if (credentials_.anonymous()) {
    for (const std::string_view name :
         {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-decoded-content-length", "x-amz-trailer"})
      http_.headers.erase(name);
    if (!own_encoding_.empty()) http_.headers.set("content-encoding", own_encoding_);
  } else {
    const SigningContext context{.credentials = &credentials_,
                                 .region = signed_region_,
                                 .service = "s3",
                                 .time = sender_.options_.clock->now() + signed_skew_,
                                 .paths = kS3Paths,
                                 .content_sha256_header = true,
                                 .keys = &sender_.keys_};
    if (payload.chunked()) {
      http_.headers.set("content-encoding", own_encoding_.empty() ? "aws-chunked" : "aws-chunked," + own_encoding_);
      http_.headers.set("x-amz-decoded-content-length", std::to_string(payload.size));
      if (has_trailer(payload.mode)) http_.headers.set("x-amz-trailer", std::string(kSha256Header));
    }
    const Signature signature = sign_request(http_, payload.signed_as(), context);
    if (payload.chunked()) {
      chunked_.emplace(*watched_, payload.size, payload.mode, signature, context);
      http_.body = &*chunked_;
      http_.body_size = ChunkedSource::framed_size(payload.size, payload.mode);
    }
  }
}

Result<HttpReply> Sender::Attempts::attempt() {
  const auto& options = sender_.options_;
  if (call_.cancel && call_.cancel->cancelled()) {
    return end_with(base::make_error(ErrorKind::cancelled, "cancelled by the caller"));
  }
  const auto left = time_left();
  if (left && left->count() <= 0) return end_with(ended_by_deadline(nullptr));
  http_.timeout = left.value_or(std::chrono::milliseconds(0));

  auto credentials = sender_.current_credentials();
  if (!credentials) return end_with(std::move(credentials).error());
  credentials_ = std::move(*credentials);
  address_and_sign();
  HttpReply reply = options.transport->send(http_);
  ++tries_;
  ++call_.attempts;
  call_.open_sends += reply.sends;
  if (reply.sends > 0 && is_definite_refusal(reply)) --call_.open_sends;
  sender_.learn_clock(reply);
  if (options.log) {
    const LogFunction log = [this](LogLevel level, std::string_view text) { say(level, text); };
    log_attempt(log, http_, reply, call_.attempts);
  }
  return reply;
}

std::optional<Failure> Sender::Attempts::find_failure(HttpReply& reply) {
  std::optional<Failure> failure;
  document_ = {};
  if (reply.status < 200 || reply.status >= 300) {
    document_ = read_error_document(reply.body);
    failure = failure_of_reply(reply, document_);
  } else if (reply.error) {
    failure = failure_of_reply(reply, document_);
  }
  if (watched_ && watched_->error()) {  // the caller's own source failed: its error, and no other attempt
    failure.emplace();
    failure->error = *watched_->error();
    return failure;
  }
  if (watched_ && watched_->rewind_error()) {
    failure.emplace();
    failure->error = *watched_->rewind_error();
    return failure;
  }
  if (request_.judge) request_.judge(reply, failure);
  return failure;
}

bool Sender::Attempts::follow_region(const HttpReply& reply, const Failure& failure) {
  if (region_mended_ || request_.bucket.empty() || !request_.region.empty()) return false;
  const bool elsewhere = reply.status == 301 || reply.status == 307 || reply.status == 400;
  if (!elsewhere) return false;
  std::string_view region = reply.headers.get("x-amz-bucket-region");
  if (region.empty() && failure.error.service_code == "AuthorizationHeaderMalformed") region = document_.region;
  if (region.empty() && reply.status != 400) region = document_.region;
  if (!is_region_name(region) || region == signed_region_) return false;
  sender_.remember_region(request_.bucket, region);
  region_mended_ = true;
  return true;
}

bool Sender::Attempts::repair(const HttpReply& reply, const Failure& failure) {
  if (reply.error) return false;
  if (follow_region(reply, failure)) return true;
  if (!clock_mended_ && (is_clock_code(failure.error.service_code) || reply.status == 403) &&
      std::chrono::abs(sender_.applied_skew() - signed_skew_) > kTolerableSkew) {
    clock_mended_ = true;
    return true;
  }
  if (!credentials_mended_ && is_expiry_code(failure.error.service_code)) {
    const auto fresh = sender_.options_.credentials->credentials();
    if (fresh && !(fresh->session_token == credentials_.session_token)) {
      credentials_mended_ = true;
      return true;
    }
  }
  return false;
}

Status Sender::Attempts::rewind(const Error& reason) {
  if (!watched_) return {};
  auto status = watched_->rewind();
  if (status) return status;
  Error error = reason;
  error.kind = status.error().kind;
  error.message = status.error().message + "; a retry was needed after: " + reason.message;
  return error;
}

Status Sender::Attempts::wait(const HttpReply& reply, const Failure& failure) {
  const auto& options = sender_.options_;
  const auto delay = backoff(failure.retry, tries_, retry_after(reply.headers, options.clock->now()), *options.random);
  const auto left = time_left();
  if (left && delay >= *left) return ended_by_deadline(&failure.error);
  price_ = sender_.quota_.take(failure.retry);
  if (price_ == 0) {
    Error error = failure.error;
    error.message += " (not tried again: too many requests of this client fail)";
    return error;
  }
  if (options.log) {
    const LogFunction log = [this](LogLevel level, std::string_view text) { say(level, text); };
    log_wait(log, delay, tries_ + 1, limit_, failure.error);
  }
  if (!options.clock->sleep(delay, cancel())) {
    Error error = failure.error;
    error.kind = ErrorKind::cancelled;
    error.message = "cancelled by the caller while waiting for another attempt; the last: " + failure.error.message;
    return error;
  }
  return {};
}

Result<HttpReply> Sender::Attempts::run() {
  while (true) {
    auto reply = attempt();
    if (!reply) return reply;
    auto failure = find_failure(*reply);
    if (!failure) {
      sender_.quota_.give_back(price_);
      return reply;
    }
    if (failure->retry == Retry::throttled && call_.on_throttled) call_.on_throttled();
    if (!repair(*reply, *failure)) {
      if (failure->error.kind == ErrorKind::timeout) {
        if (const auto left = time_left(); left && left->count() <= 0) return end_with(ended_by_deadline(&failure->error));
      }
      if (failure->progress) tries_ = 1;
      if (failure->retry == Retry::no || tries_ >= limit_) return end_with(std::move(failure->error));
      // Before the wait: a body that cannot be sent again ends the call at once.
      if (auto status = rewind(failure->error); !status) return end_with(std::move(status).error());
      if (auto status = wait(*reply, *failure); !status) return end_with(std::move(status).error());
    } else if (auto status = rewind(failure->error); !status) {
      return end_with(std::move(status).error());
    }
    if (request_.before_retry) {
      if (auto status = request_.before_retry(http_); !status) return end_with(std::move(status).error());
    }
  }
}

Result<HttpReply> Sender::send(Request& request, Call& call) {
  return Attempts(*this, request, call).run();
}

Result<std::string> Sender::presign(HttpRequest request, std::string_view bucket, std::string_view key, std::chrono::seconds expires) {
  auto credentials = current_credentials();
  if (!credentials) return std::move(credentials).error();
  if (credentials->anonymous()) return base::make_error(ErrorKind::unauthenticated, "a URL cannot be presigned without credentials");
  const std::string region = route(request, bucket, key, {});
  const SigningContext context{.credentials = &*credentials,
                               .region = region,
                               .service = "s3",
                               .time = options_.clock->now() + applied_skew(),
                               .paths = kS3Paths,
                               .content_sha256_header = false,
                               .keys = &keys_};
  auto query = presign_query(request, expires, context);
  if (!query) return std::move(query).error();
  return request.scheme + "://" + request.host + request.path + '?' + *query;
}

}  // namespace objectstore::s3
