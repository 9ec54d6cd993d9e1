// HTTP requests and replies, and the Transport that carries them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objectstore/body.h"
#include "objectstore/clock.h"
#include "objectstore/export.h"
#include "objectstore/result.h"

namespace objectstore {

struct Header {
  std::string name = {};  ///< lower case
  std::string value = {};
  bool operator==(const Header&) const = default;
};

/// Headers, sorted by lower-case name: the same order feeds the wire, the signed-header list and the canonical request. Headers of
/// one name keep the order in which they were added.
class OBJECTSTORE_EXPORT Headers {
 public:
  /// Replaces what stands under `name` (any case).
  void set(std::string_view name, std::string value);
  /// Adds a further header of that name.
  void add(std::string_view name, std::string value);
  void erase(std::string_view name);
  /// The first value under `name` (any case), or null.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  /// The first value under `name`, or "".
  [[nodiscard]] std::string_view get(std::string_view name) const;
  void reserve(std::size_t count) { entries_.reserve(count); }
  void clear() { entries_.clear(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] auto begin() const { return entries_.begin(); }
  [[nodiscard]] auto end() const { return entries_.end(); }
  bool operator==(const Headers&) const = default;

 private:
  std::vector<Header> entries_;
};

/// Takes a reply as it arrives. Thread-safety: called on the thread that runs `Transport::send`.
class ReplyBody {
 public:
  virtual ~ReplyBody() = default;
  /// Once per reply, before its bytes; an error ends the exchange and becomes `HttpReply::error`.
  virtual Status on_head(int status, const Headers& headers) = 0;
  virtual Status on_bytes(std::span<const std::byte> bytes) = 0;
};

/// One request, exactly as it goes out: nothing is normalised or encoded, and only host, content-length and
/// framing are added.
struct HttpRequest {
  std::string method = "GET";
  std::string scheme = "https";  ///< "http" or "https"
  std::string host = {};         ///< authority as it stands in the Host header: name or name:port, IPv6 in brackets
  std::string path = "/";        ///< percent-encoded, begins with '/'
  std::string query = {};        ///< percent-encoded, without '?'
  Headers headers = {};          ///< `host` and `content-length` excepted

  std::span<const std::byte> memory_body = {};  ///< sent when `body` is null; may be empty
  BodySource* body = nullptr;                   ///< read in order; rewound by the transport if the connection turns out dead
  std::uint64_t body_size = 0;                  ///< bytes `body` will give; the transport fails the request when it gives fewer
  ReplyBody* reply_body = nullptr;              ///< takes the bytes of 2xx replies; all others go to HttpReply::body
  std::size_t max_reply_bytes = 16u << 20;      ///< bound on HttpReply::body

  std::chrono::milliseconds timeout{0};   ///< whole exchange; 0 = none
  std::chrono::seconds stall_timeout{0};  ///< instead of the transport's where it is longer: the server may work in silence
  const CancelToken* cancel = nullptr;
};

/// What came of one request. A reply is always returned: `error` is set when no complete one arrived.
struct HttpReply {
  int status = 0;  ///< 0 = no status line arrived
  Headers headers = {};
  std::string body = {};            ///< when no reply_body took it
  int sends = 0;                    ///< how often the request began to go out, re-sends on dead connections included; 0 = certainly never
  SystemTime sent_at{};             ///< when the request began to go out
  SystemTime received_at{};         ///< when the reply's head was there
  std::optional<Error> error = {};  ///< unavailable, timeout, cancelled, corrupt (cut or malformed), invalid_argument, or the body's own
};

/// Carries requests. Follows no redirect, decodes no content, sends each request's path as it is.
/// Thread-safety: `send` may be called concurrently; it blocks its caller.
class OBJECTSTORE_EXPORT Transport {
 public:
  virtual ~Transport() = default;
  virtual HttpReply send(const HttpRequest& request) = 0;
};

struct TransportOptions {
  std::string ca_bundle = {};  ///< PEM file; empty = the system's
  bool verify_tls = true;
  std::string user_agent = {};  ///< sent unless the request has its own; empty = none
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::seconds stall_timeout{30};  ///< a transfer slower than `stall_bytes_per_second` for this long is a timeout
  std::uint32_t stall_bytes_per_second = 64;
  std::uint64_t bytes_per_second = 0;  ///< bodies of all requests and replies together; 0 = no bound
  std::chrono::seconds max_idle{4};    ///< idle connections older than this are not used again (S3 closes at 5 s)
  std::shared_ptr<Clock> clock = {};   ///< null = the machine's
};

/// A transport over libcurl, with pooled connections. Proxies are those of the environment (http_proxy, https_proxy, all_proxy, no_proxy); where
/// it names none when the transport is made, none is looked for later.
OBJECTSTORE_EXPORT std::shared_ptr<Transport> make_curl_transport(const TransportOptions& options);

}  // namespace objectstore
