// PutObject.
#include "s3/upload.h"

#include <string>
#include <utility>
#include <variant>

#include "base/etag.h"
#include "base/uuid.h"
#include "s3/attributes.h"
#include "s3/settle.h"

namespace objectstore::s3 {

Result<Uploaded> upload(Sender& sender, std::string_view bucket, std::string_view key, BodySource& source, const UploadOptions& options) {
  Call call = sender.begin("upload", bucket, key, options.call);
  auto payload = plan_payload(source, sender.payload_policy());
  if (!payload) return Sender::in_context(std::move(payload).error(), call);
  Settlement settlement(sender, call, options.condition, std::get_if<SseCustomerKey>(&options.encryption));
  std::string put_id;
  if (settlement.conditional()) put_id = base::uuid_v7(sender.options().clock->now(), *sender.options().random);
  settlement.expect(put_id);
  Request request = request_of("PUT", call);
  add_upload_headers(request.http.headers, options, put_id);
  if (!payload->checksum.empty()) request.http.headers.set(kSha256Header, payload->checksum);
  request.payload = *payload;
  request.judge = [&settlement](HttpReply& reply, std::optional<Failure>& failure) { settlement.judge(reply, failure); };
  auto reply = sender.send(request, call);
  if (!reply) reply = settlement.end(std::move(reply).error());
  if (!reply) return Sender::in_context(std::move(reply).error(), call);
  Uploaded uploaded;
  uploaded.ref.bucket = call.bucket;
  uploaded.ref.key = call.key;
  uploaded.ref.size = payload->size;
  uploaded.ref.content_type = options.content_type;
  uploaded.ref.etag = base::strip_etag(reply->headers.get("etag"));
  uploaded.version_id = reply->headers.get("x-amz-version-id");
  if (uploaded.ref.etag.empty()) {  // stored, but a reference needs the ETag
    Seen seen = settlement.look();
    if (seen.etag.empty() || (settlement.conditional() && seen.what != Seen::What::ours)) {
      return Sender::in_context(corrupt_reply("the upload was confirmed without an ETag"), call);
    }
    uploaded.ref.etag = std::move(seen.etag);
  }
  uploaded.attempts = call.attempts;
  return uploaded;
}

}  // namespace objectstore::s3
