// What a failed reply means: the service's code first, then the HTTP status.
#include "s3/failure.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "s3/xml.h"

namespace objectstore::s3 {

namespace {

constexpr std::size_t kMaxErrorBody = 256u << 10;  // an <Error> document is a few hundred bytes
constexpr std::size_t kMaxCode = 100;

struct Code {
  std::string_view name;
  ErrorKind kind;
  Retry retry = Retry::no;
};

// Source: S3 API Reference, "Error responses"; MinIO's and Ceph's own codes beside.
constexpr std::array kCodes = {
    Code{"NoSuchKey", ErrorKind::not_found},
    Code{"NoSuchBucket", ErrorKind::not_found},
    Code{"NoSuchVersion", ErrorKind::not_found},
    Code{"NoSuchUpload", ErrorKind::not_found},
    Code{"NotFound", ErrorKind::not_found},
    Code{"BucketAlreadyExists", ErrorKind::already_exists},
    Code{"BucketAlreadyOwnedByYou", ErrorKind::already_exists},
    Code{"PreconditionFailed", ErrorKind::precondition_failed},
    Code{"ConditionalRequestConflict", ErrorKind::conflict, Retry::transient},
    Code{"OperationAborted", ErrorKind::conflict, Retry::transient},
    Code{"BucketNotEmpty", ErrorKind::conflict},
    Code{"NotModified", ErrorKind::not_modified},
    Code{"AccessDenied", ErrorKind::permission_denied},
    Code{"AllAccessDisabled", ErrorKind::permission_denied},
    Code{"AccountProblem", ErrorKind::permission_denied},
    Code{"InvalidPayer", ErrorKind::permission_denied},
    Code{"InvalidAccessKeyId", ErrorKind::unauthenticated},
    Code{"SignatureDoesNotMatch", ErrorKind::unauthenticated},
    Code{"RequestTimeTooSkewed", ErrorKind::unauthenticated},
    Code{"RequestExpired", ErrorKind::unauthenticated},
    Code{"ExpiredToken", ErrorKind::unauthenticated},
    Code{"InvalidToken", ErrorKind::unauthenticated},
    Code{"TokenRefreshRequired", ErrorKind::unauthenticated},
    Code{"AuthorizationHeaderMalformed", ErrorKind::unauthenticated},
    Code{"AuthorizationQueryParametersError", ErrorKind::unauthenticated},
    Code{"InvalidSecurity", ErrorKind::unauthenticated},
    Code{"MissingSecurityHeader", ErrorKind::unauthenticated},
    Code{"NotSignedUp", ErrorKind::unauthenticated},
    Code{"InvalidRange", ErrorKind::invalid_argument},
    Code{"InvalidPart", ErrorKind::invalid_argument},
    Code{"InvalidPartOrder", ErrorKind::invalid_argument},
    Code{"EntityTooSmall", ErrorKind::invalid_argument},
    Code{"PermanentRedirect", ErrorKind::invalid_argument},
    Code{"IllegalLocationConstraintException", ErrorKind::invalid_argument},
    Code{"InvalidObjectState", ErrorKind::unsupported},
    Code{"NotImplemented", ErrorKind::unsupported},
    Code{"MethodNotAllowed", ErrorKind::unsupported},
    Code{"BadDigest", ErrorKind::corrupt, Retry::transient},
    Code{"XAmzContentSHA256Mismatch", ErrorKind::corrupt, Retry::transient},
    Code{"XAmzContentChecksumMismatch", ErrorKind::corrupt, Retry::transient},
    Code{"IncompleteBody", ErrorKind::corrupt, Retry::transient},
    Code{"RequestTimeout", ErrorKind::unavailable, Retry::transient},
    Code{"InternalError", ErrorKind::unavailable, Retry::transient},
    Code{"ServiceUnavailable", ErrorKind::unavailable, Retry::throttled},
    Code{"TemporaryRedirect", ErrorKind::unavailable},
    Code{"SlowDown", ErrorKind::unavailable, Retry::throttled},
    Code{"SlowDownRead", ErrorKind::unavailable, Retry::throttled},
    Code{"SlowDownWrite", ErrorKind::unavailable, Retry::throttled},
    Code{"ReduceYourRequestRate", ErrorKind::unavailable, Retry::throttled},
    Code{"RequestLimitExceeded", ErrorKind::unavailable, Retry::throttled},
    Code{"BandwidthLimitExceeded", ErrorKind::unavailable, Retry::throttled},
    Code{"Throttling", ErrorKind::unavailable, Retry::throttled},
    Code{"ThrottlingException", ErrorKind::unavailable, Retry::throttled},
    Code{"ThrottledException", ErrorKind::unavailable, Retry::throttled},
    Code{"TooManyRequests", ErrorKind::unavailable, Retry::throttled},
    Code{"ServerBusy", ErrorKind::unavailable, Retry::throttled},
};

ErrorKind kind_of_status(int status) {
  switch (status) {
    case 304: return ErrorKind::not_modified;
    case 401:
    case 407: return ErrorKind::unauthenticated;
    case 403: return ErrorKind::permission_denied;
    case 404: return ErrorKind::not_found;
    case 405:
    case 501: return ErrorKind::unsupported;
    case 408:
    case 429: return ErrorKind::unavailable;
    case 409: return ErrorKind::conflict;
    case 412: return ErrorKind::precondition_failed;
    default: break;
  }
  if (status >= 500 && status <= 599) return ErrorKind::unavailable;
  if (status >= 300 && status <= 499) return ErrorKind::invalid_argument;
  return ErrorKind::corrupt;
}

Retry retry_of_status(int status) {
  switch (status) {
    case 429:
    case 503: return Retry::throttled;
    case 408:
    case 500:
    case 502:
    case 504: return Retry::transient;
    default: return Retry::no;
  }
}

/// What the status alone can tell a person.
std::string text_of_status(int status) {
  switch (status) {
    case 304: return "not modified";
    case 400: return "the server calls the request malformed";
    case 401: return "the server wants other credentials";
    case 403: return "access denied";
    case 404: return "not found";
    case 405: return "the server does not allow this method here";
    case 407: return "the proxy wants authentication";
    case 409: return "conflict with another request";
    case 412: return "a condition did not hold";
    case 416: return "the range begins behind the end of the object";
    case 429: return "the server asks for fewer requests";
    case 501: return "the server cannot do this";
    case 503: return "the server is not available or asks for fewer requests";
    default: break;
  }
  if (status >= 300 && status < 400) return "the server redirects, which is not followed: check the endpoint and the region";
  if (status >= 500) return "the server failed";
  return "unexpected reply";
}

/// Advice in front of the service's own words where people keep stumbling.
std::string_view advice_of_code(std::string_view code, std::string_view message) {
  if (code == "RequestTimeTooSkewed" || code == "RequestExpired") return "the clock of this machine and the server's differ too much";
  if (code == "SignatureDoesNotMatch")
    return "the secret access key does not belong to the access key id, or something between changed the request";
  if (code == "InvalidAccessKeyId") return "the server does not know the access key id";
  if (code == "ExpiredToken") return "the temporary credentials have expired";
  if (code == "InvalidToken") return "the session token does not belong to these credentials";
  if (code == "AuthorizationHeaderMalformed") return "the request was signed for another region than the server's";
  if (code == "PermanentRedirect") return "the bucket lies in another region: give its region or endpoint";
  if (code == "NoSuchKey" && message.empty()) return "nothing is stored under the key";
  if (code == "NoSuchBucket" && message.empty()) return "the bucket does not exist";
  if (code == "InvalidObjectState") return "the object is archived and must be restored first";
  return {};
}

}  // namespace

std::string presentable(std::string_view text, std::size_t limit) {
  std::string line;
  line.reserve(std::min(text.size(), limit));
  for (const char c : base::trim(text)) {
    if (line.size() >= limit) break;
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  while (!line.empty() && !base::is_utf8(line)) {
    if (text.size() > limit && line.size() + 4 > limit) {
      line.pop_back();  // the cut went through a character
    } else {
      std::replace_if(
          line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    }
  }
  return line;
}

ErrorDocument read_error_document(std::string_view body) {
  ErrorDocument read;
  if (body.size() > kMaxErrorBody) return read;
  const std::string_view root = root_name(body);
  if (root != "Error" && root != "ErrorResponse") return read;
  std::string buffer(body);
  pugi::xml_document document;
  if (!parse_xml(buffer, document)) return read;
  pugi::xml_node element = document.document_element();
  if (element.child("Error")) element = element.child("Error");  // <ErrorResponse><Error>..., as some gateways write it
  const auto text = [&element](const char* name, std::size_t limit) { return presentable(element.child(name).text().get(), limit); };
  read.code = text("Code", kMaxCode);
  read.message = text("Message", 1000);
  read.request_id = text("RequestId", kMaxCode);
  read.host_id = text("HostId", 2 * kMaxCode);
  read.region = text("Region", kMaxCode);
  if (read.code.empty()) read.code = "UnknownError";
  return read;
}

Failure failure_of_code(std::string_view code, std::string_view message, int status) {
  Failure failure;
  failure.error.http_status = status;
  failure.error.service_code = code;
  const auto* known = std::find_if(kCodes.begin(), kCodes.end(), [code](const Code& entry) { return entry.name == code; });
  if (known != kCodes.end()) {
    failure.error.kind = known->kind;
    failure.retry = known->retry;
  } else if (status < 200 || status >= 300) {
    failure.error.kind = kind_of_status(status);
    failure.retry = retry_of_status(status);
  } else {
    failure.error.kind = ErrorKind::unavailable;  // a 200 that turned into an error half-way
    failure.retry = Retry::transient;
  }
  failure.error.message = advice_of_code(code, message);
  if (!message.empty()) {
    if (!failure.error.message.empty()) failure.error.message += ": ";
    failure.error.message += message;
  }
  if (failure.error.message.empty()) failure.error.message = text_of_status(status);
  return failure;
}

namespace {

void add_ids(Error& error, const HttpReply& reply, const ErrorDocument& document) {
  error.request_id = presentable(reply.headers.get("x-amz-request-id"), kMaxCode);
  if (error.request_id.empty()) error.request_id = document.request_id;
  error.host_id = presentable(reply.headers.get("x-amz-id-2"), 2 * kMaxCode);
  if (error.host_id.empty()) error.host_id = document.host_id;
}

/// Says what came instead of an <Error> document; never the body itself, which may repeat headers of the request.
void describe_foreign_body(std::string& message, const HttpReply& reply) {
  if (reply.body.empty() || reply.status == 304) return;
  message += "; the body is not an S3 error (";
  const std::string type = presentable(reply.headers.get("content-type"), 60);
  if (!type.empty()) message += type + ", ";
  message += std::to_string(reply.body.size()) + " bytes)";
}

}  // namespace

Failure failure_of_reply(const HttpReply& reply, const ErrorDocument& document) {
  Failure failure;
  if (reply.error && reply.status < 300) {
    failure.error = *reply.error;
    failure.error.http_status = reply.status;
    switch (failure.error.kind) {
      case ErrorKind::unavailable:
      case ErrorKind::timeout:
      case ErrorKind::corrupt: failure.retry = Retry::transient; break;
      default: break;
    }
  } else {
    // A HEAD has no body; MinIO says in a header what would stand there.
    std::string_view code = document.code;
    if (code.empty()) code = reply.headers.get("x-minio-error-code");
    if (code.empty() && reply.status == 416) code = "InvalidRange";
    failure = failure_of_code(code, document.message, reply.status);
    if (document.code.empty()) describe_foreign_body(failure.error.message, reply);
  }
  add_ids(failure.error, reply, document);
  return failure;
}

Failure failure_of_document(const HttpReply& reply, const ErrorDocument& document) {
  Failure failure = failure_of_code(document.code, document.message, reply.status);
  add_ids(failure.error, reply, document);
  return failure;
}

bool is_definite_refusal(const HttpReply& reply) {
  return !reply.error && reply.status >= 300 && reply.status < 500 && reply.status != 408;
}

Error corrupt_reply(std::string message) {
  return Error{.kind = ErrorKind::corrupt, .message = "the server's reply makes no sense: " + std::move(message)};
}

}  // namespace objectstore::s3
