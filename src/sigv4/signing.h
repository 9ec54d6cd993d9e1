// What header signing, presigning and chunk signing have in common: time stamp, scope, string to sign, and the last HMAC.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/per_thread.h"
#include "objectstore/sigv4.h"

namespace objectstore::sigv4 {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

/// The time stamp and the credential scope of one signature.
class Scope {
 public:
  explicit Scope(const SigningContext& context);
  [[nodiscard]] std::string_view timestamp() const { return {timestamp_.data(), timestamp_.size()}; }  ///< "20130524T000000Z"
  [[nodiscard]] std::string_view day() const { return timestamp().substr(0, 8); }
  void append_to(std::string& out) const;  ///< "20130524/us-east-1/s3/aws4_request"
  [[nodiscard]] SigningKey key() const;    ///< from the context's cache if it has one

 private:
  const SigningContext& context_;
  std::array<char, 16> timestamp_;
};

void append_string_to_sign(std::string& out, const Scope& scope, std::string_view canonical_request);
Signature sign_string(const SigningKey& key, std::string_view string_to_sign);

inline std::string* new_text() {
  return new std::string;
}

/// A text to build in without an allocation: its memory stays with the thread from one signature to the next (measured: a fresh string
/// would be the only allocation that is not a header's). Wiped when done, as a canonical request may hold a session token. One at a time
/// per thread.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string& text() const { return *text_; }

 private:
  base::PerThread<std::string, new_text> text_;
};

}  // namespace objectstore::sigv4
