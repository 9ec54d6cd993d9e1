// HeadObject.
#include "s3/head.h"

#include <utility>

#include "base/encoding.h"
#include "s3/attributes.h"
#include "s3/failure.h"

namespace objectstore::s3 {

Result<ObjectInfo> head(Sender& sender, Call& call, std::string_view bucket, std::string_view key, const HeadOptions& options) {
  Request request;
  request.http.method = "HEAD";
  request.bucket = bucket;
  request.key = key;
  if (!options.version_id.empty()) request.http.query = "versionId=" + base::uri_encode(options.version_id);
  add_read_conditions(request.http.headers, options.conditions);
  if (options.customer_key) add_customer_key(request.http.headers, *options.customer_key);
  auto reply = sender.send(request, call);
  if (!reply) return std::move(reply).error();
  auto info = read_object_headers(reply->headers, bucket, key);
  if (!info) return info;
  const auto size = base::parse_decimal(reply->headers.get("content-length"));
  if (!size) return corrupt_reply("Content-Length is missing or no number");
  info->size = *size;
  return info;
}

}  // namespace objectstore::s3
