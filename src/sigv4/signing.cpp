// Time stamp, scope, string to sign and signature.
#include "sigv4/signing.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "base/time_format.h"

namespace objectstore::sigv4 {

Scope::Scope(const SigningContext& context) : context_(context), timestamp_(base::iso_basic(context.time)) {}

void Scope::append_to(std::string& out) const {
  out += day();
  out += '/';
  out += context_.region;
  out += '/';
  out += context_.service;
  out += "/aws4_request";
}

SigningKey Scope::key() const {
  const Secret& secret = context_.credentials->secret_access_key;
  if (context_.keys != nullptr) return context_.keys->get(secret, day(), context_.region, context_.service);
  return derive_signing_key(secret, day(), context_.region, context_.service);
}

void append_string_to_sign(std::string& out, const Scope& scope, std::string_view canonical_request) {
  const base::Sha256Digest digest = base::sha256(canonical_request);  // first: the request may stand in `out`
  out += kAlgorithm;
  out += '\n';
  out += scope.timestamp();
  out += '\n';
  scope.append_to(out);
  out += '\n';
  const std::size_t at = out.size();
  out.resize(at + 2 * digest.size());
  base::hex_into(digest, out.data() + at);
}

Signature sign_string(const SigningKey& key, std::string_view string_to_sign) {
  Signature signature;
  base::hex_into(base::hmac_sha256(key.bytes, string_to_sign), signature.digits.data());
  return signature;
}

Scratch::Scratch() {
  text_->clear();
}

Scratch::~Scratch() {
  base::wipe(text_->data(), text_->size());
  text_->clear();
}

}  // namespace objectstore::sigv4
