// What libcurl lets pass in a server's certificate and we do not.
#pragma once

#include <curl/curl.h>

namespace objectstore::http {

/// True when the certificate of the handshake that the handle has just done names its hosts only by its subject's common name. libcurl
/// falls back on that, as RFC 2818 allowed; RFC 9525, section 2, forbids it: a common name is free text, which no CA checks as a host.
/// The handle must have CURLOPT_CERTINFO. False on a connection that is used again: it was asked about when it was made.
bool has_common_name_only(CURL* handle);

}  // namespace objectstore::http
