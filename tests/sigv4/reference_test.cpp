// Property test: both forms of signing agree with a plain reference that shares no code with the library.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

#include "objectstore/sigv4.h"
#include "support/catch.h"

namespace objectstore {
namespace {

// ---- The reference: the specification's steps one after the other, over decoded parts.
namespace reference {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// A request as its author means it: nothing is encoded yet.
struct Meaning {
  std::string method, host, path;
  Pairs query;
  Pairs headers;
};
struct Signer {
  std::string key_id, secret, timestamp, region, service;
  [[nodiscard]] std::string scope() const { return timestamp.substr(0, 8) + "/" + region + "/" + service + "/aws4_request"; }
};

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += digits.data();
  }
  return out;
}

std::string sha256(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hmac(const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string encode(const std::string& text, const std::string& also_plain = "") {
  const std::string plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~" + also_plain;
  std::string out;
  for (const char c : text) {
    if (plain.find(c) != std::string::npos) {
      out += c;
    } else {
      std::array<char, 4> escape{};
      std::snprintf(escape.data(), escape.size(), "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escape.data();
    }
  }
  return out;
}

std::string join(const std::vector<std::string>& parts, const std::string& with) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) out += (i > 0 ? with : "") + parts[i];
  return out;
}

std::string canonical_query(const Pairs& query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : query) encoded.emplace_back(encode(name), encode(value));
  std::sort(encoded.begin(), encoded.end());
  std::vector<std::string> parts;
  for (const auto& [name, value] : encoded) parts.push_back(name + "=" + value);
  return join(parts, "&");
}

std::string squeezed(const std::string& value) {
  std::vector<std::string> words(1);
  for (const char c : value) {
    if (c == ' ') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  words.erase(std::remove(words.begin(), words.end(), ""), words.end());
  return join(words, " ");
}

std::map<std::string, std::string> canonical_headers(const Meaning& meaning) {
  std::map<std::string, std::string> headers{{"host", meaning.host}};
  for (auto [name, value] : meaning.headers) {
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    const auto [place, is_new] = headers.emplace(name, squeezed(value));
    if (!is_new) place->second += "," + squeezed(value);
  }
  return headers;
}

std::string signed_headers(const Meaning& meaning) {
  std::vector<std::string> names;
  for (const auto& [name, value] : canonical_headers(meaning)) names.push_back(name);
  return join(names, ";");
}

std::string sign(const Meaning& meaning, const std::string& canonical_path, const std::string& payload_hash, const Signer& signer) {
  std::string canonical = meaning.method + "\n" + canonical_path + "\n" + canonical_query(meaning.query) + "\n";
  for (const auto& [name, value] : canonical_headers(meaning)) canonical += name + ":" + value + "\n";
  canonical += "\n" + signed_headers(meaning) + "\n" + payload_hash;
  const std::string text = "AWS4-HMAC-SHA256\n" + signer.timestamp + "\n" + signer.scope() + "\n" + hex(sha256(canonical));
  const std::string key =
      hmac(hmac(hmac(hmac("AWS4" + signer.secret, signer.timestamp.substr(0, 8)), signer.region), signer.service), "aws4_request");
  return hex(hmac(key, text));
}

}  // namespace reference

// ---- Random requests.

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seeded_random(seed)) {}

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_->next() % bound); }
  bool coin() { return below(2) == 1; }
  /// Any bytes, with a liking for those that need care.
  std::string bytes(std::size_t longest) {
    static const std::string kOdd = " +%&=/?#;:@,$!*'()[]~-._\"<>\\^`{|}\x01\x7f\xc3\xa9\xe1\x88\xb4\xff";
    std::string out;
    for (std::size_t i = below(longest + 1); i > 0; --i) {
      out += coin() ? static_cast<char>('a' + below(26)) : kOdd[below(kOdd.size())];
    }
    return out;
  }
  std::string token(std::size_t longest) {
    std::string out(1, static_cast<char>('a' + below(26)));
    for (std::size_t i = below(longest); i > 0; --i) out += "abcXYZ019-"[below(10)];
    return out;
  }
  std::string value(std::size_t longest) {
    std::string out;
    for (std::size_t i = below(longest + 1); i > 0; --i) out += "ab,;=\" 09"[below(9)];
    return out;
  }

 private:
  std::shared_ptr<Random> random_;
};

constexpr int kRounds = 3000;

struct Trial {
  reference::Meaning meaning;
  reference::Signer signer;
  HttpRequest request;
  Credentials credentials;
  std::string token, payload_hash;
};

Trial make_trial(Generator& any) {
  Trial trial;
  reference::Meaning& meaning = trial.meaning;
  meaning.method = std::vector<std::string>{"GET", "PUT", "POST", "DELETE", "HEAD"}[any.below(5)];
  meaning.host = any.token(10) + ".example.com" + (any.coin() ? ":9000" : "");
  meaning.path = "/" + any.bytes(30);
  for (std::size_t i = any.below(5); i > 0; --i) meaning.query.emplace_back(any.token(6) + any.bytes(4), any.bytes(8));
  if (any.below(4) == 0) meaning.query.emplace_back("uploads", "");
  for (std::size_t i = any.below(6); i > 0; --i)
    meaning.headers.emplace_back(any.coin() ? "X-Amz-Meta-" + any.token(2) : any.token(8), any.value(12));
  std::erase_if(meaning.headers, [](const auto& header) { return header.first == "host" || header.first == "authorization"; });
  trial.signer = {any.token(20), any.bytes(40) + "s", "20241114T102311Z", any.token(8), any.token(5)};
  if (any.coin()) trial.token = any.token(40);
  trial.payload_hash = any.coin() ? reference::hex(reference::sha256(any.bytes(10))) : "UNSIGNED-PAYLOAD";

  HttpRequest& request = trial.request;
  request.method = meaning.method;
  request.host = meaning.host;
  request.path = reference::encode(meaning.path, "/");
  for (const auto& [name, value] : meaning.query) {
    if (!request.query.empty()) request.query += '&';
    request.query += reference::encode(name) + (value.empty() && any.coin() ? "" : "=" + reference::encode(value));
  }
  for (const auto& [name, value] : meaning.headers) request.headers.add(name, value);
  trial.credentials.access_key_id = trial.signer.key_id;
  trial.credentials.secret_access_key = trial.signer.secret;
  trial.credentials.session_token = trial.token;
  return trial;
}

SigningContext context_of(const Trial& trial, SigningKeyCache& keys, Generator& any) {
  SigningContext context;
  context.credentials = &trial.credentials;
  context.region = trial.signer.region;
  context.service = trial.signer.service;
  context.time = SystemTime(std::chrono::seconds(1'731'579'791));
  if (any.coin()) context.keys = &keys;
  return context;
}

TEST_CASE("header signatures agree with the reference for random requests") {
  Generator any(2024);
  SigningKeyCache keys;
  for (int round = 0; round < kRounds; ++round) {
    Trial trial = make_trial(any);
    SigningContext context = context_of(trial, keys, any);
    context.content_sha256_header = any.coin();
    if (any.coin()) context.paths = {false, true};
    reference::Meaning meaning = trial.meaning;
    meaning.headers.emplace_back("x-amz-date", trial.signer.timestamp);
    if (!trial.token.empty()) meaning.headers.emplace_back("x-amz-security-token", trial.token);
    if (context.content_sha256_header) meaning.headers.emplace_back("x-amz-content-sha256", trial.payload_hash);
    const std::string wire_path = reference::encode(meaning.path, "/");
    const std::string path = context.paths.encode_again ? reference::encode(wire_path, "/") : wire_path;
    const std::string expected = reference::sign(meaning, path, trial.payload_hash, trial.signer);

    CAPTURE(round, trial.request.path, trial.request.query);
    const Signature signature = sign_request(trial.request, trial.payload_hash, context);
    REQUIRE(signature.view() == expected);
    REQUIRE(trial.request.headers.get("authorization") ==
            "AWS4-HMAC-SHA256 Credential=" + trial.signer.key_id + "/" + trial.signer.scope() +
                ", SignedHeaders=" + reference::signed_headers(meaning) + ", Signature=" + expected);
    REQUIRE(signing_texts(trial.request, trial.payload_hash, context).signature == expected);
  }
}

TEST_CASE("presigned queries agree with the reference for random requests") {
  Generator any(4202);
  SigningKeyCache keys;
  for (int round = 0; round < kRounds; ++round) {
    Trial trial = make_trial(any);
    const SigningContext context = context_of(trial, keys, any);
    const std::size_t expires = 1 + any.below(604'800);
    reference::Meaning meaning = trial.meaning;
    reference::Pairs added = {{"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
                              {"X-Amz-Credential", trial.signer.key_id + "/" + trial.signer.scope()},
                              {"X-Amz-Date", trial.signer.timestamp},
                              {"X-Amz-SignedHeaders", reference::signed_headers(meaning)},
                              {"X-Amz-Expires", std::to_string(expires)}};
    if (!trial.token.empty()) added.emplace_back("X-Amz-Security-Token", trial.token);
    meaning.query.insert(meaning.query.end(), added.begin(), added.end());
    const std::string expected = reference::sign(meaning, reference::encode(meaning.path, "/"), trial.payload_hash, trial.signer);
    std::string query = trial.request.query;
    for (const auto& [name, value] : added) query += (query.empty() ? "" : "&") + name + "=" + reference::encode(value);

    CAPTURE(round, trial.request.path, trial.request.query);
    const auto presigned = presign_query(trial.request, std::chrono::seconds(expires), context, trial.payload_hash);
    REQUIRE(presigned);
    REQUIRE(*presigned == query + "&X-Amz-Signature=" + expected);
  }
}

}  // namespace
}  // namespace objectstore
