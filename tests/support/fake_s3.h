// A small S3 in memory as a handler for ScriptedServer: buckets, objects, conditions; and replies that get lost on purpose.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/encoding.h"
#include "support/scripted_server.h"

namespace objectstore::testing {

/// Path style only; checks no signatures. What is asked is done first; `lose_when` decides then whether its reply arrives.
/// Thread-safety: every member may be called concurrently.
class FakeS3 {
 public:
  struct Object {
    std::string body;
    std::string etag;
    Headers headers;
  };
  using Lose = std::function<bool(const ServerRequest&)>;
  using Instead = std::function<std::optional<ServerReply>(const ServerRequest&)>;

  /// True: the request is carried out, and the connection reset instead of a reply. Called with the store at hand.
  void lose_when(Lose lose) {
    std::lock_guard lock(mutex_);
    lose_ = std::make_shared<Lose>(std::move(lose));
  }
  /// Called before a request is looked at; a reply it gives is sent instead, and nothing is done.
  void answer_first_with(Instead instead) {
    std::lock_guard lock(mutex_);
    instead_ = std::make_shared<Instead>(std::move(instead));
  }

  /// By "bucket/key"; nothing = not there.
  [[nodiscard]] std::optional<Object> object(const std::string& name) const {
    std::lock_guard lock(mutex_);
    const auto found = objects_.find(name);
    return found == objects_.end() ? std::nullopt : std::optional(found->second);
  }
  /// "<nothing>" = not there.
  [[nodiscard]] std::string body_of(const std::string& name) const {
    const auto found = object(name);
    return found ? found->body : "<nothing>";
  }
  void store(const std::string& name, Object object) {
    std::lock_guard lock(mutex_);
    objects_[name] = std::move(object);
  }
  [[nodiscard]] std::size_t size() const {
    std::lock_guard lock(mutex_);
    return objects_.size();
  }
  /// How often "PUT bucket/key" or the like changed something.
  [[nodiscard]] int effects(const std::string& what) const {
    std::lock_guard lock(mutex_);
    const auto found = effects_.find(what);
    return found == effects_.end() ? 0 : found->second;
  }

  ScriptedServer::Handler handler() {
    return [this](const ServerRequest& request) { return answer(request); };
  }

 private:
  ServerReply answer(const ServerRequest& request) {
    std::shared_ptr<Instead> instead;
    std::shared_ptr<Lose> lose;
    {
      std::lock_guard lock(mutex_);
      instead = instead_;
      lose = lose_;
    }
    if (instead) {
      if (auto reply = (*instead)(request)) return std::move(*reply);
    }
    if (!request.complete) return ServerReply{.status = 400, .close = true};
    ServerReply reply = carry_out(request);
    if (lose && (*lose)(request)) return ServerReply{.raw = "", .reset = true};
    return reply;
  }

  static ServerReply error(int status, std::string_view code) {
    return {.status = status, .headers = {{"x-amz-request-id", "RID"}}, .body = "<Error><Code>" + std::string(code) + "</Code></Error>"};
  }

  ServerReply carry_out(const ServerRequest& request) {
    std::lock_guard lock(mutex_);
    const std::string name = *base::uri_decode(request.path.substr(1));
    const bool is_object = name.find('/') != std::string::npos;
    if (!is_object) return {.status = 200};
    const auto found = objects_.find(name);
    const std::string effect = request.method + ' ' + name;
    if (request.method == "PUT") {
      if (const auto* source = request.headers.find("x-amz-copy-source")) {
        const auto from = objects_.find(base::uri_decode(*source)->substr(1));
        if (from == objects_.end()) return error(404, "NoSuchKey");
        objects_[name] = from->second;
        ++effects_["COPY " + name];
        return {.body = "<CopyObjectResult><ETag>\"" + from->second.etag + "\"</ETag></CopyObjectResult>"};
      }
      if (request.headers.get("if-none-match") == "*" && found != objects_.end()) return error(412, "PreconditionFailed");
      if (const auto* match = request.headers.find("if-match")) {
        if (found == objects_.end()) return error(404, "NoSuchKey");
        if (*match != '"' + found->second.etag + '"') return error(412, "PreconditionFailed");
      }
      const std::string etag = base::hex(base::md5(std::as_bytes(std::span(request.body))));
      objects_[name] = Object{request.body, etag, request.headers};
      ++effects_[effect];
      return {.headers = {{"ETag", '"' + etag + '"'}}};
    }
    if (request.method == "DELETE") {
      if (objects_.erase(name) > 0) ++effects_[effect];
      return {.status = 204};
    }
    if (found == objects_.end()) return error(404, "NoSuchKey");
    ServerReply reply{.headers = {{"ETag", '"' + found->second.etag + '"'}, {"Last-Modified", "Thu, 14 Nov 2024 10:23:11 GMT"}},
                      .body = found->second.body};
    for (const auto& [header, value] : found->second.headers) {
      if (header.starts_with("x-amz-meta-") || header == "content-type") reply.headers.emplace_back(header, value);
    }
    return reply;
  }

  mutable std::mutex mutex_;
  std::shared_ptr<Lose> lose_;             ///< guarded by mutex_
  std::shared_ptr<Instead> instead_;       ///< guarded by mutex_
  std::map<std::string, Object> objects_;  ///< guarded by mutex_
  std::map<std::string, int> effects_;     ///< guarded by mutex_
};

}  // namespace objectstore::testing
