// Which failure of libcurl is of which kind.
#include "http/curl_error.h"

#include <string>

namespace objectstore::http {
namespace {

ErrorKind kind_of_failure(const CurlFailure& failure) {
  switch (failure.code) {
    case CURLE_OPERATION_TIMEDOUT: return ErrorKind::timeout;

    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT:  // of the URL's host, too
      return ErrorKind::invalid_argument;
    case CURLE_UNSUPPORTED_PROTOCOL:  // before anything was sent: the scheme; after it: a reply that is no HTTP/1
      return failure.sent ? ErrorKind::corrupt : ErrorKind::invalid_argument;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ENGINE_NOTFOUND: return ErrorKind::invalid_argument;

    // The peer is not who it should be: trying again does not help, and the caller's credentials are not at fault.
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS: return ErrorKind::permission_denied;

    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING: return ErrorKind::corrupt;
    case CURLE_OUT_OF_MEMORY:  // libcurl 7 says so too when one line of a head is beyond its own bound
      return failure.sent && !failure.head_complete ? ErrorKind::corrupt : ErrorKind::internal;
    case CURLE_RECV_ERROR:
      if (failure.text.find("chunked-encoding") != std::string_view::npos ||
          failure.text.find("response headers") != std::string_view::npos) {
        return ErrorKind::corrupt;
      }
      if (failure.proxy_status == 407) return ErrorKind::unauthenticated;
      return ErrorKind::unavailable;

    case CURLE_SEND_FAIL_REWIND: return ErrorKind::unsupported;

    case CURLE_SSL_CONNECT_ERROR:  // OpenSSL's words for "too old a TLS" and "no TLS at all"; what else fails here may pass
      for (std::string_view words : {"protocol version", "unsupported protocol", "wrong version number", "no protocols available"}) {
        if (failure.text.find(words) != std::string_view::npos) return ErrorKind::unsupported;
      }
      return ErrorKind::unavailable;

    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_AGAIN: return ErrorKind::unavailable;

    default:
#if LIBCURL_VERSION_NUM >= 0x080600
      if (failure.code == CURLE_TOO_LARGE) return ErrorKind::corrupt;
#endif
      if (failure.code == CURLE_PROXY) return ErrorKind::unavailable;
      return ErrorKind::internal;
  }
}

}  // namespace

Error curl_error(const CurlFailure& failure, const HttpRequest& request) {
  Error error;
  error.kind = kind_of_failure(failure);
  error.message = request.scheme + "://" + request.host + ": ";
  if (error.kind == ErrorKind::permission_denied) error.message += "the server's certificate was refused: ";
  if (failure.code == CURLE_OUT_OF_MEMORY && error.kind == ErrorKind::corrupt) {
    error.message += "a line of the reply's head is too long";
  } else {
    error.message += failure.text.empty() ? std::string_view(curl_easy_strerror(failure.code)) : failure.text;
  }
  return error;
}

}  // namespace objectstore::http
