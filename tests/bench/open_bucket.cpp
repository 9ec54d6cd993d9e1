// PutBucketPolicy, which the library itself has no verb for.
#include "bench/open_bucket.h"

#include <span>

#include "base/digest.h"
#include "base/encoding.h"
#include "objectstore/clock.h"
#include "objectstore/http.h"
#include "objectstore/sigv4.h"

namespace objectstore::bench {

Status open_to_all(const std::string& endpoint, const std::string& bucket, const Credentials& credentials) {
  const std::string principal = R"("Effect":"Allow","Principal":{"AWS":["*"]},)";
  const std::string arn = R"("arn:aws:s3:::)" + bucket;
  const std::string policy = R"({"Version":"2012-10-17","Statement":[{)" + principal +
                             R"("Action":["s3:GetObject","s3:PutObject"],"Resource":[)" + arn + R"(/*"]},{)" + principal +
                             R"("Action":["s3:ListBucket"],"Resource":[)" + arn + R"("]}]})";
  const auto separator = endpoint.find("://");
  HttpRequest request;
  request.method = "PUT";
  request.scheme = endpoint.substr(0, separator);
  request.host = endpoint.substr(separator + 3);
  request.path = "/" + bucket;
  request.query = "policy=";
  request.memory_body = std::as_bytes(std::span(policy));
  sign_request(request, base::hex(base::sha256(policy)), {.credentials = &credentials, .time = system_clock()->now()});
  const HttpReply reply = make_curl_transport({})->send(request);
  if (reply.error) return *reply.error;
  if (reply.status / 100 == 2) return {};
  return Error{.kind = ErrorKind::internal, .message = "bucket policy: HTTP " + std::to_string(reply.status) + " " + reply.body};
}

}  // namespace objectstore::bench
