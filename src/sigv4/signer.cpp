// Signs requests by their headers.
#include <string>

#include "objectstore/sigv4.h"
#include "sigv4/canonical_request.h"
#include "sigv4/signing.h"

namespace objectstore {

Signature sign_request(HttpRequest& request, std::string_view payload_hash, const SigningContext& context) {
  const sigv4::Scope scope(context);
  const Credentials& credentials = *context.credentials;
  Headers& headers = request.headers;
  headers.reserve(headers.size() + 4);
  headers.erase("authorization");
  if (credentials.session_token.empty()) {
    headers.erase("x-amz-security-token");
  } else {
    headers.set("x-amz-security-token", credentials.session_token.reveal());
  }
  headers.set("x-amz-date", std::string(scope.timestamp()));
  if (context.content_sha256_header) {
    headers.set("x-amz-content-sha256", std::string(payload_hash));
    payload_hash = headers.get("x-amz-content-sha256");  // it may have been a view of the value that was replaced
  }

  const sigv4::Scratch scratch;
  std::string& text = scratch.text();
  const sigv4::Span names = sigv4::append_canonical_request(text, request, request.query, payload_hash, context.paths);
  const std::size_t canonical_size = text.size();
  sigv4::append_string_to_sign(text, scope, text);
  const Signature signature = sigv4::sign_string(scope.key(), std::string_view(text).substr(canonical_size));

  std::string authorization;
  authorization.reserve(160 + credentials.access_key_id.size() + context.region.size() + context.service.size() + names.size);
  authorization += sigv4::kAlgorithm;
  authorization += " Credential=";
  authorization += credentials.access_key_id;
  authorization += '/';
  scope.append_to(authorization);
  authorization += ", SignedHeaders=";
  authorization.append(text, names.begin, names.size);
  authorization += ", Signature=";
  authorization += signature.view();
  headers.set("authorization", std::move(authorization));
  return signature;
}

SigningTexts signing_texts(const HttpRequest& request, std::string_view payload_hash, const SigningContext& context) {
  const sigv4::Scope scope(context);
  SigningTexts texts;
  sigv4::append_canonical_request(texts.canonical_request, request, request.query, payload_hash, context.paths);
  sigv4::append_string_to_sign(texts.string_to_sign, scope, texts.canonical_request);
  texts.signature = sigv4::sign_string(scope.key(), texts.string_to_sign).view();
  return texts;
}

}  // namespace objectstore
