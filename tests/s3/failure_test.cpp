// What failed replies mean.
#include "s3/failure.h"

#include "support/canned_transport.h"
#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;
using namespace objectstore::testing;

namespace {

Failure failure_of(const HttpReply& reply) {
  return failure_of_reply(reply, read_error_document(reply.body));
}

}  // namespace

TEST_CASE("the service's code decides, whatever the status") {
  struct Case {
    int status;
    const char* code;
    ErrorKind kind;
    Retry retry;
  };
  const auto row = GENERATE(values<Case>({
      {404, "NoSuchKey", ErrorKind::not_found, Retry::no},
      {404, "NoSuchBucket", ErrorKind::not_found, Retry::no},
      {404, "NoSuchVersion", ErrorKind::not_found, Retry::no},
      {409, "BucketAlreadyExists", ErrorKind::already_exists, Retry::no},
      {409, "BucketAlreadyOwnedByYou", ErrorKind::already_exists, Retry::no},
      {409, "BucketNotEmpty", ErrorKind::conflict, Retry::no},
      {409, "ConditionalRequestConflict", ErrorKind::conflict, Retry::transient},
      {409, "OperationAborted", ErrorKind::conflict, Retry::transient},
      {412, "PreconditionFailed", ErrorKind::precondition_failed, Retry::no},
      {403, "AccessDenied", ErrorKind::permission_denied, Retry::no},
      {403, "InvalidAccessKeyId", ErrorKind::unauthenticated, Retry::no},
      {403, "SignatureDoesNotMatch", ErrorKind::unauthenticated, Retry::no},
      {403, "RequestTimeTooSkewed", ErrorKind::unauthenticated, Retry::no},
      {400, "ExpiredToken", ErrorKind::unauthenticated, Retry::no},
      {400, "InvalidToken", ErrorKind::unauthenticated, Retry::no},
      {400, "AuthorizationHeaderMalformed", ErrorKind::unauthenticated, Retry::no},
      {416, "InvalidRange", ErrorKind::invalid_argument, Retry::no},
      {403, "InvalidObjectState", ErrorKind::unsupported, Retry::no},
      {501, "NotImplemented", ErrorKind::unsupported, Retry::no},
      {405, "MethodNotAllowed", ErrorKind::unsupported, Retry::no},
      {400, "BadDigest", ErrorKind::corrupt, Retry::transient},
      {400, "XAmzContentChecksumMismatch", ErrorKind::corrupt, Retry::transient},
      {400, "RequestTimeout", ErrorKind::unavailable, Retry::transient},
      {500, "InternalError", ErrorKind::unavailable, Retry::transient},
      {503, "SlowDown", ErrorKind::unavailable, Retry::throttled},
      {400, "ThrottlingException", ErrorKind::unavailable, Retry::throttled},
      // Codes nobody knows: the status decides.
      {400, "BrandNewCode", ErrorKind::invalid_argument, Retry::no},
      {404, "BrandNewCode", ErrorKind::not_found, Retry::no},
      {502, "BrandNewCode", ErrorKind::unavailable, Retry::transient},
  }));
  CAPTURE(row.status, row.code);
  const auto failure = failure_of(canned_error(row.status, row.code));
  CHECK(failure.error.kind == row.kind);
  CHECK(failure.retry == row.retry);
  CHECK(failure.error.http_status == row.status);
  CHECK(failure.error.service_code == row.code);
  CHECK(failure.error.request_id == "RID");
  CHECK(failure.error.host_id == "HID");
  CHECK(failure.error.message.find("said the server") != std::string::npos);
}

TEST_CASE("without a body the status decides") {
  struct Case {
    int status;
    ErrorKind kind;
    Retry retry;
  };
  const auto row = GENERATE(values<Case>({
      {301, ErrorKind::invalid_argument, Retry::no},
      {302, ErrorKind::invalid_argument, Retry::no},
      {304, ErrorKind::not_modified, Retry::no},
      {307, ErrorKind::invalid_argument, Retry::no},
      {400, ErrorKind::invalid_argument, Retry::no},
      {401, ErrorKind::unauthenticated, Retry::no},
      {403, ErrorKind::permission_denied, Retry::no},
      {404, ErrorKind::not_found, Retry::no},
      {405, ErrorKind::unsupported, Retry::no},
      {407, ErrorKind::unauthenticated, Retry::no},
      {408, ErrorKind::unavailable, Retry::transient},
      {409, ErrorKind::conflict, Retry::no},
      {411, ErrorKind::invalid_argument, Retry::no},
      {412, ErrorKind::precondition_failed, Retry::no},
      {416, ErrorKind::invalid_argument, Retry::no},
      {429, ErrorKind::unavailable, Retry::throttled},
      {500, ErrorKind::unavailable, Retry::transient},
      {501, ErrorKind::unsupported, Retry::no},
      {502, ErrorKind::unavailable, Retry::transient},
      {503, ErrorKind::unavailable, Retry::throttled},
      {504, ErrorKind::unavailable, Retry::transient},
      {507, ErrorKind::unavailable, Retry::no},
      {99, ErrorKind::corrupt, Retry::no},
  }));
  CAPTURE(row.status);
  const auto failure = failure_of(canned(row.status, {{"x-amz-request-id", "R1"}}));
  CHECK(failure.error.kind == row.kind);
  CHECK(failure.retry == row.retry);
  CHECK(failure.error.request_id == "R1");
  CHECK_FALSE(failure.error.message.empty());
}

TEST_CASE("a 416 always says InvalidRange, and MinIO's header stands for the body of a HEAD") {
  CHECK(failure_of(canned(416)).error.service_code == "InvalidRange");
  const auto failure = failure_of(canned(404, {{"x-minio-error-code", "NoSuchBucket"}}));
  CHECK(failure.error.service_code == "NoSuchBucket");
  CHECK(failure.error.kind == ErrorKind::not_found);
}

TEST_CASE("wrong clock, wrong secret and wrong key id get three different messages") {
  const auto message = [](const char* code) { return failure_of(canned_error(403, code)).error.message; };
  CHECK(message("RequestTimeTooSkewed").find("clock") != std::string::npos);
  CHECK(message("SignatureDoesNotMatch").find("secret access key") != std::string::npos);
  CHECK(message("InvalidAccessKeyId").find("does not know the access key id") != std::string::npos);
  CHECK(message("AuthorizationHeaderMalformed").find("region") != std::string::npos);
}

TEST_CASE("bodies that are no S3 error are typed by status, with the request id, and not repeated") {
  const std::string body =
      GENERATE(as<std::string>{}, "<html><body>canary</body></html>", "{\"message\":\"canary\"}", "canary",
               "<!DOCTYPE a><Error><Code>canary</Code></Error>", "<Error><Code>canary", "<Error>canary</Error", std::string(300'000, 'x'));
  auto reply = canned(403, {{"x-amz-request-id", "R1"}, {"content-type", "text/x"}}, body);
  const auto failure = failure_of(reply);
  CHECK(failure.error.kind == ErrorKind::permission_denied);
  CHECK(failure.error.request_id == "R1");
  CHECK(failure.error.message.find("canary") == std::string::npos);
  CHECK(failure.error.message.find("text/x") != std::string::npos);
  CHECK(failure.error.message.size() < 300);
}

TEST_CASE("texts of a server are bounded, on one line and valid UTF-8") {
  const auto document = read_error_document("<Error><Code>A\nB</Code><Message>x&#10;y\xff " + std::string(5000, 'z') +
                                            "</Message><RequestId>r</RequestId><HostId>h</HostId><Region>eu-west-1</Region></Error>");
  CHECK(document.code == "A B");
  CHECK(document.message.size() <= 1000);
  CHECK(document.message.substr(0, 4) == "x y?");
  CHECK(document.request_id == "r");
  CHECK(document.host_id == "h");
  CHECK(document.region == "eu-west-1");
  CHECK(read_error_document("<Error/>").code == "UnknownError");
  CHECK(read_error_document("<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>").code == "Throttling");
  std::string umlauts;
  for (int i = 0; i < 1000; ++i) umlauts += "\xc3\xbc";
  CHECK(presentable("x" + umlauts).size() <= 1000);
}

TEST_CASE("a reply that broke off is tried again, a cancelled or refused one is not") {
  CHECK(failure_of(broken(1, ErrorKind::unavailable)).retry == Retry::transient);
  CHECK(failure_of(broken(1, ErrorKind::timeout)).retry == Retry::transient);
  CHECK(failure_of(broken(1, ErrorKind::corrupt)).retry == Retry::transient);
  CHECK(failure_of(broken(1, ErrorKind::cancelled)).retry == Retry::no);
  CHECK(failure_of(broken(0, ErrorKind::invalid_argument)).retry == Retry::no);
  auto cut = canned(200);
  cut.error = Error{.kind = ErrorKind::corrupt, .message = "cut"};
  CHECK(failure_of(cut).retry == Retry::transient);
}

TEST_CASE("only a whole reply of 3xx or 4xx proves that nothing was done") {
  CHECK(is_definite_refusal(canned(412)));
  CHECK(is_definite_refusal(canned(301)));
  CHECK_FALSE(is_definite_refusal(canned(408)));
  CHECK_FALSE(is_definite_refusal(canned(500)));
  CHECK_FALSE(is_definite_refusal(canned(200)));
  CHECK_FALSE(is_definite_refusal(broken()));
  auto cut = canned(412);
  cut.error = Error{.kind = ErrorKind::corrupt, .message = "cut"};
  CHECK_FALSE(is_definite_refusal(cut));
}
