// libcurl's result codes as typed errors.
#pragma once

#include <curl/curl.h>

#include <string_view>

#include "objectstore/http.h"
#include "objectstore/result.h"

namespace objectstore::http {

/// What is known when an exchange failed.
struct CurlFailure {
  CURLcode code = CURLE_OK;
  std::string_view text = {};  ///< libcurl's error buffer; may be empty
  bool sent = false;           ///< the request began to go out
  bool head_complete = false;  ///< the reply's head was there
  long proxy_status = 0;       ///< of a CONNECT that the proxy refused
};

/// The message names the authority and what failed, nothing of path, query or headers.
Error curl_error(const CurlFailure& failure, const HttpRequest& request);

}  // namespace objectstore::http
