// Signs the chunks of an aws-chunked body, each over the signature of the one before.
#include <initializer_list>
#include <string>
#include <string_view>
#include <tuple>

#include "base/digest.h"
#include "base/encoding.h"
#include "objectstore/sigv4.h"
#include "sigv4/signing.h"

namespace objectstore {
namespace {

constexpr std::string_view kExtension = ";chunk-signature=";
constexpr std::string_view kLineEnd = "\r\n";

std::uint64_t framed_size(std::uint64_t chunk) {
  return base::hex_number(chunk).size() + kExtension.size() + std::tuple_size_v<decltype(Signature::digits)> + 2 * kLineEnd.size() + chunk;
}

}  // namespace

ChunkSigner::ChunkSigner(std::string_view seed_signature, const SigningContext& context) : previous_signature_(seed_signature) {
  const sigv4::Scope scope(context);
  key_ = scope.key();
  scope.append_to(scope_);
  timestamp_ = scope.timestamp();
}

Signature ChunkSigner::sign(std::string_view algorithm, std::initializer_list<std::string_view> lines) {
  const sigv4::Scratch scratch;
  std::string& text = scratch.text();
  for (const std::string_view line : {algorithm, std::string_view(timestamp_), std::string_view(scope_)}) text.append(line) += '\n';
  text += previous_signature_;
  for (const std::string_view line : lines) (text += '\n') += line;
  const Signature signature = sigv4::sign_string(key_, text);
  previous_signature_ = signature.view();
  return signature;
}

std::string ChunkSigner::header(std::span<const std::byte> chunk) {
  const Signature signature = sign("AWS4-HMAC-SHA256-PAYLOAD", {kEmptySha256, base::hex(base::sha256(chunk))});
  std::string header = base::hex_number(chunk.size());
  header += kExtension;
  header += signature.view();
  header += kLineEnd;
  return header;
}

Signature ChunkSigner::trailer(std::string_view headers) {
  return sign("AWS4-HMAC-SHA256-TRAILER", {base::hex(base::sha256(headers))});
}

std::uint64_t chunked_size(std::uint64_t size, std::uint64_t chunk_size) {
  if (chunk_size == 0) chunk_size = size;
  const std::uint64_t full = size == 0 ? 0 : size / chunk_size;
  const std::uint64_t rest = size - full * chunk_size;
  return full * (full > 0 ? framed_size(chunk_size) : 0) + (rest > 0 ? framed_size(rest) : 0) + framed_size(0);
}

}  // namespace objectstore
