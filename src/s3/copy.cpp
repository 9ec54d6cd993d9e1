// CopyObject: a 200 that may turn out an error, or empty.
#include "s3/copy.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "base/encoding.h"
#include "base/etag.h"
#include "s3/attributes.h"
#include "s3/head.h"
#include "s3/replies.h"
#include "s3/xml.h"

namespace objectstore::s3 {

namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool has_attributes(const ObjectInfo& info, const ReplaceAttributes& wanted) {
  if (info.content_type != wanted.content_type || info.metadata.size() != wanted.metadata.size()) return false;
  return std::all_of(wanted.metadata.begin(), wanted.metadata.end(), [&info](const auto& entry) {
    const auto found = info.metadata.find(entry.first);
    return found != info.metadata.end() && found->second == base::collapse_spaces(entry.second);
  });
}

/// The server said 200 and nothing else: compare source and target.
Result<Copied> resolve(Sender& sender, Call& call, std::string_view bucket, const CopySource& source, std::string_view key,
                       const CopyOptions& options) {
  Error error;
  error.kind = ErrorKind::outcome_unknown;
  error.http_status = 200;
  error.message = "the server confirmed the copy with an empty reply, and asking did not settle whether it happened";
  const auto original = head(sender, call, source.bucket, source.key, {.version_id = source.version_id});
  if (!original) return annotate(std::move(error), original.error().message);
  const auto made = head(sender, call, bucket, key, {});
  if (!made) return annotate(std::move(error), made.error().message);
  if (made->etag.empty() || made->etag != original->etag || made->size != original->size) return error;
  if (options.replace && !has_attributes(*made, *options.replace)) return error;
  return Copied{made->etag, made->last_modified, made->version_id};
}

}  // namespace

Result<Copied> copy(Sender& sender, std::string_view bucket, const CopySource& source, std::string_view key, const CopyOptions& options) {
  Call call = sender.begin("copy", bucket, key, options.call);
  Request request;
  request.bucket = bucket;
  request.key = key;
  request.http.method = "PUT";
  request.http.stall_timeout = kLongWork;
  add_copy_source(request.http.headers, source);
  add_copy_headers(request.http.headers, options);
  CopyReply copied;
  request.judge = [read = judge_document(copied, parse_copy)](HttpReply& reply, std::optional<Failure>& failure) {
    if (!is_blank(reply.body)) read(reply, failure);
  };
  auto reply = sender.send(request, call);
  if (!reply) return Sender::in_context(std::move(reply).error(), call);
  if (copied.etag.empty()) {
    auto resolved = resolve(sender, call, bucket, source, key, options);
    if (!resolved) return Sender::in_context(std::move(resolved).error(), call);
    return resolved;
  }
  return Copied{std::move(copied.etag), copied.last_modified, std::string(reply->headers.get("x-amz-version-id"))};
}

}  // namespace objectstore::s3
