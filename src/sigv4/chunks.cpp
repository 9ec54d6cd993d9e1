// Signs the chunks of an aws-chunked body, each over the signature of the one before.
#include <array>
#include <charconv>
#include <string>

#include "base/digest.h"
#include "base/encoding.h"
#include "objectstore/sigv4.h"
#include "sigv4/signing.h"

namespace objectstore {
namespace {

constexpr std::string_view kExtension = ";chunk-signature=";
constexpr std::string_view kLineEnd = "\r\n";

std::string hex_number(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return {digits.data(), result.ptr};
}

std::uint64_t framed_size(std::uint64_t chunk) {
  return hex_number(chunk).size() + kExtension.size() + std::tuple_size_v<decltype(Signature::digits)> + 2 * kLineEnd.size() + chunk;
}

}  // namespace

ChunkSigner::ChunkSigner(std::string_view seed_signature, const SigningContext& context) : previous_signature_(seed_signature) {
  const sigv4::Scope scope(context);
  key_ = scope.key();
  scope.append_to(scope_);
  timestamp_ = scope.timestamp();
}

std::string ChunkSigner::header(std::span<const std::byte> chunk) {
  const sigv4::Scratch scratch;
  std::string& text = scratch.text();
  for (const std::string_view line : {std::string_view("AWS4-HMAC-SHA256-PAYLOAD"), std::string_view(timestamp_), std::string_view(scope_),
                                      std::string_view(previous_signature_), kEmptySha256}) {
    text += line;
    text += '\n';
  }
  text += base::hex(base::sha256(chunk));
  previous_signature_ = sigv4::sign_string(key_, text).view();
  std::string header = hex_number(chunk.size());
  header += kExtension;
  header += previous_signature_;
  header += kLineEnd;
  return header;
}

std::uint64_t chunked_size(std::uint64_t size, std::uint64_t chunk_size) {
  if (chunk_size == 0) chunk_size = size;
  const std::uint64_t full = size == 0 ? 0 : size / chunk_size;
  const std::uint64_t rest = size - full * chunk_size;
  return full * (full > 0 ? framed_size(chunk_size) : 0) + (rest > 0 ? framed_size(rest) : 0) + framed_size(0);
}

}  // namespace objectstore
