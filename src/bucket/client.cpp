// Client, and connect(): which backend an endpoint means.
#include "objectstore/client.h"

#include <utility>

#include "base/errors.h"
#include "bucket/backends.h"
#include "credentials/settings.h"

namespace objectstore {

namespace {

using base::invalid;

bool is_local(std::string_view endpoint) {
  return endpoint.starts_with("memory:") || endpoint.starts_with("file:");
}

/// `endpoint` is_local.
Result<Client> connect_locally(std::string_view endpoint, const ConnectOptions& options) {
  const auto clock = options.clock ? options.clock : system_clock();
  const auto random = options.random ? options.random : system_random();
  if (endpoint == "memory:") return Client(make_memory_backend(clock, random, options.deadline));
  if (endpoint.starts_with("memory:")) return invalid("endpoint: memory: takes nothing behind the colon");
  if (endpoint == "file:") return invalid("endpoint: file: names no folder");
  if (endpoint.starts_with("file://") && !endpoint.starts_with("file:///")) {
    return invalid("endpoint: file: takes a folder of this machine (file:DIR or file:///DIR), no host");
  }
  auto backend =
      directory::make_directory_backend(std::filesystem::path(endpoint.substr(5)), clock, random, {.deadline = options.deadline});
  if (!backend) return std::move(backend).error();
  return Client(std::move(*backend));
}

}  // namespace

Client::Client(std::shared_ptr<ClientBackend> backend) : backend_(std::move(backend)) {}

std::shared_ptr<Bucket> Client::bucket(std::string_view name) const {
  return backend_->bucket(name);
}

Status Client::create_bucket(std::string_view name, const CreateBucketOptions& options) const {
  return backend_->create_bucket(name, options);
}

Status Client::delete_bucket(std::string_view name, const CallOptions& options) const {
  return backend_->delete_bucket(name, options);
}

Result<std::vector<BucketInfo>> Client::list_buckets(const CallOptions& options) const {
  return backend_->list_buckets(options);
}

Result<bool> Client::bucket_exists(std::string_view name, const CallOptions& options) const {
  return backend_->bucket_exists(name, options);
}

std::string Client::describe() const {
  return backend_->describe();
}

Result<Client> connect(const ConnectOptions& options) {
  const auto in_context = [](Error error) { return annotate(std::move(error), "connect"); };
  if (is_local(options.endpoint)) {
    auto client = connect_locally(options.endpoint, options);
    if (!client) return in_context(std::move(client).error());
    return client;
  }
  auto settings = credentials::resolve_settings({.endpoint = options.endpoint,
                                                 .region = options.region,
                                                 .ca_bundle = options.ca_bundle,
                                                 .max_attempts = options.max_attempts,
                                                 .profile = options.profile});
  if (!settings) return in_context(std::move(settings).error());
  if (is_local(settings->endpoint)) {
    auto client = connect_locally(settings->endpoint, options);
    if (!client) return in_context(annotate(std::move(client).error(), settings->from.endpoint));
    return client;
  }
  auto backend = make_s3_backend(options, *settings);
  if (!backend) return in_context(std::move(backend).error());
  return Client(std::move(*backend));
}

Result<S3Uri> parse_s3_uri(std::string_view uri) {
  constexpr std::string_view kScheme = "s3://";
  if (!uri.starts_with(kScheme)) return invalid("not an s3://bucket/key address: \"" + std::string(uri) + "\"");
  const std::string_view rest = uri.substr(kScheme.size());
  const auto slash = rest.find('/');
  const std::string_view bucket = rest.substr(0, slash);
  if (bucket.empty()) return invalid("the address names no bucket: \"" + std::string(uri) + "\"");
  return S3Uri{std::string(bucket), slash == std::string_view::npos ? std::string() : std::string(rest.substr(slash + 1))};
}

}  // namespace objectstore
