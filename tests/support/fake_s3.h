// A small S3 in memory as a handler for ScriptedServer: buckets, objects, conditions; and replies that get lost on purpose.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/encoding.h"
#include "support/scripted_server.h"

namespace objectstore::testing {

/// Path style only; checks no signatures. What is asked is done first; `lose` decides then whether its reply arrives.
/// Thread-safety: the handler by one thread at a time; the rest between requests.
class FakeS3 {
 public:
  struct Object {
    std::string body;
    std::string etag;
    Headers headers;
  };

  /// True: the request is carried out, and the connection reset instead of a reply.
  std::function<bool(const ServerRequest&)> lose = nullptr;
  /// Called before a request is looked at; a reply it gives is sent instead, and nothing is done.
  std::function<std::optional<ServerReply>(const ServerRequest&)> instead = nullptr;

  std::map<std::string, Object> objects;  ///< "bucket/key"
  std::map<std::string, int> effects;     ///< how often "PUT bucket/key" or the like changed something

  ScriptedServer::Handler handler() {
    return [this](const ServerRequest& request) { return answer(request); };
  }

 private:
  ServerReply answer(const ServerRequest& request) {
    if (instead) {
      if (auto reply = instead(request)) return std::move(*reply);
    }
    if (!request.complete) return ServerReply{.status = 400, .close = true};
    ServerReply reply = carry_out(request);
    if (lose && lose(request)) return ServerReply{.raw = "", .reset = true};
    return reply;
  }

  static ServerReply error(int status, std::string_view code) {
    return {.status = status, .headers = {{"x-amz-request-id", "RID"}}, .body = "<Error><Code>" + std::string(code) + "</Code></Error>"};
  }

  ServerReply carry_out(const ServerRequest& request) {
    const std::string name = *base::uri_decode(request.path.substr(1));
    const bool is_object = name.find('/') != std::string::npos;
    if (!is_object) return {.status = 200};
    const auto found = objects.find(name);
    const std::string effect = request.method + ' ' + name;
    if (request.method == "PUT") {
      if (const auto* source = request.headers.find("x-amz-copy-source")) {
        const auto from = objects.find(base::uri_decode(*source)->substr(1));
        if (from == objects.end()) return error(404, "NoSuchKey");
        objects[name] = from->second;
        ++effects["COPY " + name];
        return {.body = "<CopyObjectResult><ETag>\"" + from->second.etag + "\"</ETag></CopyObjectResult>"};
      }
      if (request.headers.get("if-none-match") == "*" && found != objects.end()) return error(412, "PreconditionFailed");
      if (const auto* match = request.headers.find("if-match")) {
        if (found == objects.end()) return error(404, "NoSuchKey");
        if (*match != '"' + found->second.etag + '"') return error(412, "PreconditionFailed");
      }
      const std::string etag = base::hex(base::md5(std::as_bytes(std::span(request.body))));
      objects[name] = Object{request.body, etag, request.headers};
      ++effects[effect];
      return {.headers = {{"ETag", '"' + etag + '"'}}};
    }
    if (request.method == "DELETE") {
      if (objects.erase(name) > 0) ++effects[effect];
      return {.status = 204};
    }
    if (found == objects.end()) return error(404, "NoSuchKey");
    ServerReply reply{.headers = {{"ETag", '"' + found->second.etag + '"'}, {"Last-Modified", "Thu, 14 Nov 2024 10:23:11 GMT"}},
                      .body = found->second.body};
    for (const auto& [header, value] : found->second.headers) {
      if (header.starts_with("x-amz-meta-") || header == "content-type") reply.headers.emplace_back(header, value);
    }
    return reply;
  }
};

}  // namespace objectstore::testing
