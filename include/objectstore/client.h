// connect(): S3, a directory or memory, chosen by the endpoint; creates, lists and deletes buckets.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/bucket.h"
#include "objectstore/clock.h"
#include "objectstore/credentials.h"
#include "objectstore/export.h"
#include "objectstore/http.h"
#include "objectstore/result.h"

namespace objectstore {

enum class Addressing : std::uint8_t {
  automatic,      ///< virtual-hosted on AWS where the bucket's name allows it, path style elsewhere
  path,           ///< https://endpoint/bucket/key
  virtual_hosted  ///< https://bucket.endpoint/key
};

/// What covers the bytes of an upload to S3 in its signature; of an upload in parts, those of each part. A body without bytes is covered by
/// its SHA-256 in any case, and without credentials nothing is signed. An upload in parts keeps a SHA-256 of each
/// (UploadOptions::part_sha256) only where it is begun under `automatic` or `trailer`; its parts are then hashed whatever the policy of who
/// sends them.
/// Source: S3 API Reference, "Authenticating Requests: Using the Authorization Header", x-amz-content-sha256.
enum class PayloadSigning : std::uint8_t {
  /// By the SHA-256 of the body, which the server keeps as its checksum: memory is read once for both, anything else once more. What cannot
  /// be read twice is left to TLS, and without TLS signed as by `streaming`.
  automatic,
  /// aws-chunked: every 64 KiB are signed as they are sent, in one pass. The server keeps no checksum of the library's choice.
  streaming,
  /// aws-chunked, with the SHA-256 behind the last byte: one pass, and the server keeps the checksum. Without TLS the chunks are signed
  /// too. Servers that do not know it answer unsupported or invalid_argument; AWS, MinIO and Ceph know it.
  trailer,
  /// UNSIGNED-PAYLOAD: one pass, and nothing is hashed. Without TLS nothing covers the bytes.
  unsigned_payload,
};

enum class LogLevel : std::uint8_t { verbose, debug };

struct ConnectOptions {
  /// "https://host[:port]" | "http://..." | "file:DIR" | "memory:" | empty: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, S3_ENDPOINT, the s3 part
  /// of the profile's `services` section, the profile's endpoint_url, and with none of them AWS itself.
  /// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true leaves only what is given here.
  std::string endpoint = {};
  std::string region = {};                                     ///< empty: AWS_REGION, AWS_DEFAULT_REGION, the profile's, then us-east-1
  std::string profile = {};                                    ///< empty: AWS_PROFILE, then "default"
  std::shared_ptr<CredentialsProvider> credentials = nullptr;  ///< null: default_credentials()
  Addressing addressing = Addressing::automatic;
  PayloadSigning payload_signing = PayloadSigning::automatic;
  std::string ca_bundle = {};  ///< empty: AWS_CA_BUNDLE, the profile's ca_bundle, then the system's
  bool verify_tls = true;
  int max_attempts = 0;  ///< per call; 0: AWS_MAX_ATTEMPTS, the profile's, then 3
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::seconds stall_timeout{30};          ///< ends a transfer that stands still; a healthy one may take for ever
  std::uint64_t bytes_per_second = 0;              ///< to and from a server, over all requests of the client; 0 = no bound
  std::chrono::milliseconds deadline{0};           ///< of each call that sets none; 0 = none
  std::string user_agent = {};                     ///< added behind the library's own
  std::shared_ptr<Clock> clock = nullptr;          ///< null: the machine's
  std::shared_ptr<Random> random = nullptr;        ///< null: the machine's
  std::shared_ptr<Transport> transport = nullptr;  ///< null: libcurl
  /// One line an attempt (verbose), request and reply heads besides (debug); secrets are redacted. May be called from any thread that uses
  /// the client.
  std::function<void(LogLevel, std::string_view)> log = nullptr;
};

struct BucketInfo {
  std::string name;
  SystemTime created{};
};

struct CreateBucketOptions {
  std::string region = {};  ///< empty = the client's
  CallOptions call = {};
};

class ClientBackend;

/// A handle to one endpoint; copies share connections and everything else. Buckets stay usable after the client is gone.
/// Errors common to its verbs: those common to the verbs of Bucket (bucket.h). Error::operation is always filled, and bucket where one is
/// named.
/// Thread-safety: every member may be called concurrently.
class OBJECTSTORE_EXPORT Client {
 public:
  explicit Client(std::shared_ptr<ClientBackend> backend);

  /// A handle; asks nobody whether the bucket exists. A name that no server takes makes every verb return invalid_argument.
  [[nodiscard]] std::shared_ptr<Bucket> bucket(std::string_view name) const;
  /// Errors: already_exists (also when it is yours already), invalid_argument (the name, the region).
  Status create_bucket(std::string_view name, const CreateBucketOptions& options = {}) const;
  /// Errors: not_found; conflict with service code BucketNotEmpty (it holds objects).
  Status delete_bucket(std::string_view name, const CallOptions& options = {}) const;
  /// Sorted by name. Errors: corrupt (a malformed reply).
  Result<std::vector<BucketInfo>> list_buckets(const CallOptions& options = {}) const;
  /// Errors: permission_denied (it exists, and is another's).
  Result<bool> bucket_exists(std::string_view name, const CallOptions& options = {}) const;
  /// For people, e.g. "s3 at http://127.0.0.1:9000, region us-east-1, credentials from environment".
  [[nodiscard]] std::string describe() const;

 private:
  std::shared_ptr<ClientBackend> backend_;
};

/// Resolves `options` and returns a client; sends nothing.
/// Errors: invalid_argument (endpoint, region, a configuration file that cannot be read, with its line), unauthenticated (a profile that
/// was named and stands in no file); with "file:" also what looking at the folder reports (permission_denied, internal and others). The
/// folder may be missing: the first bucket makes it.
OBJECTSTORE_EXPORT Result<Client> connect(const ConnectOptions& options = {});

/// "s3://bucket/key" in parts; the key may be empty. Errors: invalid_argument.
struct S3Uri {
  std::string bucket;
  std::string key;
};
OBJECTSTORE_EXPORT Result<S3Uri> parse_s3_uri(std::string_view uri);

}  // namespace objectstore
