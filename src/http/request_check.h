// What an HttpRequest must keep to before a byte of it is sent: nothing in it may change the meaning of what follows on the wire.
#pragma once

#include "objectstore/http.h"
#include "objectstore/result.h"

namespace objectstore::http {

/// Errors: invalid_argument (a method or header name that is no token, CR, LF or NUL in a value, a path or query with raw spaces, controls,
/// '#' or bytes beyond ASCII, a host that holds more than an authority, a scheme that is neither http nor https). The message names the
/// part, never a value.
Status check_request(const HttpRequest& request);

}  // namespace objectstore::http
