// The S3 backend of Client: resolves options into a sender, and manages buckets.
#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/errors.h"
#include "bucket/backends.h"
#include "bucket/rules.h"
#include "bucket/s3_bucket.h"
#include "objectstore/version.h"
#include "s3/endpoint.h"
#include "s3/replies.h"
#include "s3/send.h"

namespace objectstore {

namespace {

/// Pages of ListBuckets: beyond this the server is not believed.
constexpr int kMaxBucketPages = 1000;

class S3Backend final : public ClientBackend {
 public:
  explicit S3Backend(std::shared_ptr<s3::Sender> sender) : sender_(std::move(sender)) {}

  std::shared_ptr<Bucket> bucket(std::string_view name) override { return std::make_shared<S3Bucket>(sender_, name); }
  Status create_bucket(std::string_view name, const CreateBucketOptions& options) override;
  Status delete_bucket(std::string_view name, const CallOptions& options) override;
  Result<std::vector<BucketInfo>> list_buckets(const CallOptions& options) override;
  Result<bool> bucket_exists(std::string_view name, const CallOptions& options) override;
  [[nodiscard]] std::string describe() const override;

 private:
  static Error fail(Error error, std::string_view operation, std::string_view name) {
    return s3::Sender::in_context(std::move(error), s3::Call{.operation = operation, .bucket = name});
  }

  const std::shared_ptr<s3::Sender> sender_;
};

Status S3Backend::create_bucket(std::string_view name, const CreateBucketOptions& options) {
  constexpr std::string_view kOperation = "create_bucket";
  if (auto status = check_bucket_name(name); !status) return fail(std::move(status).error(), kOperation, name);
  const std::string region = options.region.empty() ? sender_->options().region : options.region;
  if (!s3::is_region_name(region)) {
    return fail(base::invalid("\"" + region + "\" is no region"), kOperation, name);
  }
  s3::Call call = sender_->begin(kOperation, name, {}, options.call);
  s3::Request request;
  request.http.method = "PUT";
  request.bucket = name;
  request.region = region;
  const std::string document = region == "us-east-1" ? std::string() : s3::location_document(region);
  if (!document.empty()) {
    request.http.headers.set("content-type", "application/xml");
    request.payload = s3::Payload::of_memory(std::as_bytes(std::span(document)));
  }
  auto reply = sender_->send(request, call);
  if (reply) return {};
  Error error = std::move(reply).error();
  // A request before the last may have made it: then it stands there as ours.
  if (error.service_code == "BucketAlreadyOwnedByYou" && call.open_sends > 0) return {};
  return s3::Sender::in_context(std::move(error), call);
}

Status S3Backend::delete_bucket(std::string_view name, const CallOptions& options) {
  constexpr std::string_view kOperation = "delete_bucket";
  if (auto status = check_bucket_name(name); !status) return fail(std::move(status).error(), kOperation, name);
  s3::Call call = sender_->begin(kOperation, name, {}, options);
  s3::Request request;
  request.http.method = "DELETE";
  request.bucket = name;
  auto reply = sender_->send(request, call);
  if (reply) return {};
  Error error = std::move(reply).error();
  if (error.service_code == "NoSuchBucket" && call.open_sends > 0) return {};  // a request before the last has deleted it
  return s3::Sender::in_context(std::move(error), call);
}

Result<std::vector<BucketInfo>> S3Backend::list_buckets(const CallOptions& options) {
  s3::Call call = sender_->begin("list_buckets", {}, {}, options);
  std::vector<BucketInfo> buckets;
  std::string continuation;
  for (int pages = 0; pages < kMaxBucketPages; ++pages) {
    s3::Request request;
    request.http.method = "GET";
    if (!continuation.empty()) request.http.query = "continuation-token=" + base::uri_encode(continuation);
    s3::BucketPage page;
    request.judge = s3::judge_document(page, s3::parse_buckets);
    auto reply = sender_->send(request, call);
    if (!reply) return s3::Sender::in_context(std::move(reply).error(), call);
    buckets.insert(buckets.end(), std::make_move_iterator(page.buckets.begin()), std::make_move_iterator(page.buckets.end()));
    if (page.continuation.empty()) {
      std::sort(buckets.begin(), buckets.end(), [](const BucketInfo& a, const BucketInfo& b) { return a.name < b.name; });
      return buckets;
    }
    if (page.continuation == continuation) break;
    continuation = std::move(page.continuation);
  }
  return s3::Sender::in_context(s3::corrupt_reply("the list of buckets does not end"), call);
}

Result<bool> S3Backend::bucket_exists(std::string_view name, const CallOptions& options) {
  constexpr std::string_view kOperation = "bucket_exists";
  if (auto status = check_bucket_name(name); !status) return fail(std::move(status).error(), kOperation, name);
  s3::Call call = sender_->begin(kOperation, name, {}, options);
  s3::Request request;
  request.http.method = "HEAD";
  request.bucket = name;
  auto reply = sender_->send(request, call);
  if (reply) return true;
  if (reply.error().kind == ErrorKind::not_found) return false;
  return s3::Sender::in_context(std::move(reply).error(), call);
}

std::string S3Backend::describe() const {
  const auto& options = sender_->options();
  return "s3 at " + options.endpoint.text() + ", region " + options.region + ", credentials from " + options.credentials->describe();
}

}  // namespace

Result<std::shared_ptr<ClientBackend>> make_s3_backend(const ConnectOptions& options, const credentials::Settings& settings) {
  auto endpoint = s3::parse_endpoint(settings.endpoint);
  if (!endpoint) return annotate(std::move(endpoint).error(), settings.from.endpoint);
  if (!s3::is_region_name(settings.region)) {
    return base::invalid("region (" + settings.from.region + "): not up to 64 letters, digits and inner '-'");
  }
  s3::SenderOptions sender;
  sender.region = settings.region;
  if (settings.from.region == "default") {  // an AWS host names its region
    if (auto region = s3::region_of_host(endpoint->host); !region.empty()) sender.region = std::move(region);
  }
  sender.endpoint = std::move(*endpoint);
  if (options.addressing == Addressing::virtual_hosted && (sender.endpoint.ip_address || !sender.endpoint.path_prefix.empty())) {
    return base::invalid("virtual-hosted addressing needs an endpoint that is a host name without a path");
  }
  sender.addressing = options.addressing;
  sender.payload_signing = options.payload_signing;
  sender.credentials = options.credentials ? options.credentials : default_credentials({.profile = options.profile});
  sender.clock = options.clock ? options.clock : system_clock();
  sender.random = options.random ? options.random : system_random();
  sender.max_attempts = settings.max_attempts;
  sender.deadline = options.deadline;
  sender.log = options.log;
  sender.transport = options.transport;
  if (!sender.transport) {
    TransportOptions transport;
    transport.ca_bundle = settings.ca_bundle;
    transport.verify_tls = options.verify_tls;
    transport.user_agent = "objectstore/" OBJECTSTORE_VERSION;
    if (!options.user_agent.empty()) transport.user_agent += ' ' + options.user_agent;
    transport.connect_timeout = options.connect_timeout;
    transport.stall_timeout = options.stall_timeout;
    transport.bytes_per_second = options.bytes_per_second;
    transport.clock = sender.clock;
    sender.transport = make_curl_transport(transport);
  }
  return std::shared_ptr<ClientBackend>(std::make_shared<S3Backend>(std::make_shared<s3::Sender>(std::move(sender))));
}

}  // namespace objectstore
