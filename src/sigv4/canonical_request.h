// The canonical request: the text that client and server must agree on, byte for byte. Built here and nowhere else.
//
//   GET                                          method
//   /bucket/key                                  path, as PathRules say
//   list-type=2&prefix=a%2F                      query: names and values escaped, sorted by name, then value; "=" after each name
//   host:example.com                             headers: sorted by name, values trimmed and collapsed, equal names joined by ','
//   x-amz-date:20130524T000000Z
//                                                (an empty line)
//   host;x-amz-date                              the names of the headers
//   e3b0c44298fc...                              payload hash
//
// Source: AWS General Reference, "Create a canonical request".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "objectstore/http.h"
#include "objectstore/sigv4.h"

namespace objectstore::sigv4 {

/// Appends the canonical request of `request`, with `query` in place of its own. Signed are host and all headers that stand there,
/// but for `authorization`. Returns where in `out` the names of the signed headers are.
struct Span {
  std::size_t begin = 0;
  std::size_t size = 0;
};
Span append_canonical_request(std::string& out, const HttpRequest& request, std::string_view query, std::string_view payload_hash,
                              const PathRules& paths);

/// Appends "host;range;x-amz-date".
void append_signed_headers(std::string& out, const HttpRequest& request);

}  // namespace objectstore::sigv4
