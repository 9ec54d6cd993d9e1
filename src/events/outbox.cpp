// Writing, reading and removing intents.
#include "events/outbox.h"

#include <utility>

#include "base/uuid.h"
#include "events/key_escape.h"

namespace objectstore::events {

Result<std::string> Outbox::put(std::string_view key, const CallOptions& call) {
  std::string name = std::string(kPointerOutbox) + base::uuid_v7(clock_->now(), *random_);
  UploadOptions options;
  options.content_type = "text/plain; charset=utf-8";
  options.call = call;
  const auto stored = bucket_->upload(name, Body::view(key), options);
  if (!stored) return annotate(stored.error(), "write intent " + name);
  return name;
}

Result<std::string> Outbox::read(const ObjectInfo& intent, const CallOptions& call) {
  const auto refuse = [&intent](const std::string& reason) {
    return Error{.kind = ErrorKind::corrupt,
                 .message = "no intent: " + intent.key + " " + reason,
                 .operation = "relay",
                 .bucket = intent.bucket,
                 .key = intent.key};
  };
  if (intent.size > kMaxKeyBytes) return refuse("has " + std::to_string(intent.size) + " bytes, no key is that long");
  DownloadOptions options;
  options.call = call;
  auto body = bucket_->download(intent.key, Sink::memory(), options);
  if (!body) return std::move(body).error();
  const std::string& key = body->content;
  if (!check_key(key) || key.starts_with(kOutboxRoot)) return refuse("does not name a payload: " + in_quotes(key));
  return std::move(body->content);
}

void Outbox::remove(const std::string& name, const CallOptions& call) {
  DeleteOptions options;
  options.call = call;
  const Status ignored = bucket_->delete_object(name, options);
  static_cast<void>(ignored);
}

Result<SystemTime> Outbox::bucket_time(const CallOptions& call) {
  UploadOptions upload;
  upload.content_type = "text/plain; charset=utf-8";
  upload.call = call;
  const auto stored = bucket_->upload(kBucketClockKey, Body::view(std::string_view()), upload);
  if (!stored) return stored.error();
  HeadOptions head;
  head.call = call;
  const auto info = bucket_->head(kBucketClockKey, head);
  remove(std::string(kBucketClockKey), call);
  if (!info) return info.error();
  return info->last_modified;
}

}  // namespace objectstore::events
