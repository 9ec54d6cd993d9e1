// A Transport without a network: gives the replies that a test queued or computes, and records every request.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objectstore/http.h"

namespace objectstore::testing {

/// One request as it came, its body read to the end.
struct CannedRequest {
  std::string method{};
  std::string scheme{};
  std::string host{};
  std::string path{};
  std::string query{};
  Headers headers{};
  std::string body{};
  std::chrono::milliseconds timeout{0};
  std::chrono::seconds stall_timeout{0};
};

inline HttpReply canned(int status, std::vector<std::pair<std::string, std::string>> headers = {}, std::string body = {}) {
  HttpReply reply;
  reply.status = status;
  for (auto& [name, value] : headers) reply.headers.add(name, std::move(value));
  reply.body = std::move(body);
  reply.sends = 1;
  return reply;
}

/// An S3 error document.
inline HttpReply canned_error(int status, std::string_view code, std::string_view message = "said the server") {
  return canned(
      status, {{"content-type", "application/xml"}, {"x-amz-request-id", "RID"}, {"x-amz-id-2", "HID"}},
      "<?xml version=\"1.0\"?>\n<Error><Code>" + std::string(code) + "</Code><Message>" + std::string(message) + "</Message></Error>");
}

/// No reply: the connection broke. `sends` = 0: before anything went out.
inline HttpReply broken(int sends = 1, ErrorKind kind = ErrorKind::unavailable) {
  HttpReply reply;
  reply.sends = sends;
  reply.error = Error{.kind = kind, .message = "the connection broke"};
  return reply;
}

/// Thread-safety: every member may be called concurrently; the handler by one thread at a time.
class CannedTransport final : public Transport {
 public:
  using Handler = std::function<HttpReply(const CannedRequest&)>;

  /// Asked when no queued reply is left. Without one that is a 500.
  explicit CannedTransport(Handler handler = {}) : handler_(std::move(handler)) {}

  CannedTransport& reply(HttpReply reply) {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(reply));
    return *this;
  }
  [[nodiscard]] std::vector<CannedRequest> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  [[nodiscard]] std::size_t count() const {
    std::lock_guard lock(mutex_);
    return requests_.size();
  }

  HttpReply send(const HttpRequest& request) override {
    CannedRequest seen{request.method,  request.scheme,       request.host, request.path, request.query, request.headers, {},
                       request.timeout, request.stall_timeout};
    if (request.body == nullptr) {
      seen.body.assign(reinterpret_cast<const char*>(request.memory_body.data()), request.memory_body.size());
    } else {
      std::byte buffer[4096];
      while (true) {
        auto count = request.body->read(buffer);
        if (!count) {
          HttpReply failed;
          failed.sends = 1;
          failed.error = count.error();
          return failed;
        }
        if (*count == 0) break;
        seen.body.append(reinterpret_cast<const char*>(buffer), *count);
      }
    }
    std::lock_guard lock(mutex_);
    requests_.push_back(seen);
    HttpReply reply;
    if (!queue_.empty()) {
      reply = std::move(queue_.front());
      queue_.pop_front();
    } else {
      reply = handler_ ? handler_(seen) : canned(500);
    }
    if (request.reply_body == nullptr || reply.status < 200 || reply.status > 299) return reply;
    const std::string body = std::move(reply.body);
    reply.body.clear();
    auto taken = request.reply_body->on_head(reply.status, reply.headers);
    // In two pieces, so that the border between two is always met.
    const auto bytes = std::as_bytes(std::span(body));
    if (taken && !bytes.empty()) taken = request.reply_body->on_bytes(bytes.first(bytes.size() / 2));
    if (taken && !bytes.empty()) taken = request.reply_body->on_bytes(bytes.subspan(bytes.size() / 2));
    if (!taken) reply.error = taken.error();
    return reply;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<HttpReply> queue_;          ///< guarded by mutex_
  std::vector<CannedRequest> requests_;  ///< guarded by mutex_
  const Handler handler_;
};

}  // namespace objectstore::testing
