// Signs requests by their query, for a URL that anybody may use for a while.
// Source: S3 API Reference, "Authenticating Requests: Using Query Parameters".
#include <algorithm>
#include <array>
#include <string>

#include "base/encoding.h"
#include "base/errors.h"
#include "objectstore/sigv4.h"
#include "sigv4/canonical_request.h"
#include "sigv4/signing.h"

namespace objectstore {
namespace {

constexpr std::chrono::seconds kLongestExpiry{604'800};

/// Two signatures in one query would make a URL that no server takes.
bool is_presigned(std::string_view query) {
  constexpr std::array<std::string_view, 7> kNames = {"X-Amz-Algorithm", "X-Amz-Credential",    "X-Amz-Date",          "X-Amz-Expires",
                                                      "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Security-Token"};
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string_view parameter = query.substr(at, end - at);
    at = end + 1;
    const std::string_view name = parameter.substr(0, parameter.find('='));
    if (std::any_of(kNames.begin(), kNames.end(), [&](std::string_view known) { return base::equals_ignoring_case(name, known); }))
      return true;
  }
  return false;
}

}  // namespace

Result<std::string> presign_query(const HttpRequest& request, std::chrono::seconds expires, const SigningContext& context,
                                  std::string_view payload_hash) {
  if (expires < std::chrono::seconds(1) || expires > kLongestExpiry) {
    return base::invalid("a presigned URL is good for 1 to 604800 seconds, not " + std::to_string(expires.count()));
  }
  if (context.credentials == nullptr || context.credentials->anonymous())
    return base::invalid("presigning needs credentials; these are anonymous");
  if (is_presigned(request.query)) return base::invalid("the query is presigned already");

  const sigv4::Scope scope(context);
  const Credentials& credentials = *context.credentials;
  const sigv4::Scratch scratch;
  std::string& text = scratch.text();
  std::string query = request.query;
  query.reserve(query.size() + 512 + 3 * credentials.session_token.reveal().size());
  const auto append = [&query](std::string_view name, std::string_view value) {
    if (!query.empty()) query += '&';
    query += name;
    query += '=';
    base::uri_encode_to(query, value, false);
  };

  append("X-Amz-Algorithm", sigv4::kAlgorithm);
  text += credentials.access_key_id;
  text += '/';
  scope.append_to(text);
  append("X-Amz-Credential", text);
  append("X-Amz-Date", scope.timestamp());
  text.clear();
  sigv4::append_signed_headers(text, request);
  append("X-Amz-SignedHeaders", text);
  append("X-Amz-Expires", std::to_string(expires.count()));
  if (!credentials.session_token.empty()) append("X-Amz-Security-Token", credentials.session_token.reveal());

  text.clear();
  sigv4::append_canonical_request(text, request, query, payload_hash, context.paths);
  const std::size_t canonical_size = text.size();
  sigv4::append_string_to_sign(text, scope, text);
  append("X-Amz-Signature", sigv4::sign_string(scope.key(), std::string_view(text).substr(canonical_size)));
  return query;
}

}  // namespace objectstore
