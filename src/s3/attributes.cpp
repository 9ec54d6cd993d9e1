// An object's attributes as HTTP headers, both ways: conditions, content headers, user metadata, tags, encryption.
#include "s3/attributes.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/etag.h"
#include "base/time_format.h"
#include "s3/xml.h"

namespace objectstore::s3 {

namespace {

constexpr std::string_view kMetaPrefix = "x-amz-meta-";
/// RFC 2047, section 2: an encoded word has at most 75 characters; 12 of them frame it, 4 carry 3 bytes.
constexpr std::size_t kBytesOfWord = 45;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void append_latin1(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0u | (byte >> 6u));
      out += static_cast<char>(0x80u | (byte & 0x3fu));
    }
  }
}

std::optional<std::string> decode_q(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_') {
      bytes += ' ';
    } else if (text[i] == '=') {
      if (i + 2 >= text.size()) return std::nullopt;
      const auto byte = base::unhex(text.substr(i + 1, 2));
      if (!byte) return std::nullopt;
      bytes += *byte;
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

struct Word {
  std::size_t size = 0;  ///< characters it takes up
  bool latin1 = false;
  std::string bytes;
};

/// The encoded word at the front of `text`, if one stands there.
std::optional<Word> read_word(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  const auto charset_end = text.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= text.size() || text[charset_end + 2] != '?') return std::nullopt;
  const auto end = text.find("?=", charset_end + 3);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view charset = text.substr(2, charset_end - 2);
  const std::string_view encoded = text.substr(charset_end + 3, end - charset_end - 3);
  Word word;
  word.size = end + 2;
  word.latin1 = base::equals_ignoring_case(charset, "iso-8859-1");
  if (!word.latin1 && !base::equals_ignoring_case(charset, "utf-8") && !base::equals_ignoring_case(charset, "us-ascii"))
    return std::nullopt;
  const char form = text[charset_end + 1];
  std::optional<std::string> bytes;
  if (form == 'B' || form == 'b') bytes = base::unbase64(encoded);
  if (form == 'Q' || form == 'q') bytes = decode_q(encoded);
  if (!bytes) return std::nullopt;
  word.bytes = std::move(*bytes);
  return word;
}

void set_if(Headers& headers, std::string_view name, const std::string& value) {
  if (!value.empty()) headers.set(name, value);
}

template <class Attributes>
void add_attributes(Headers& headers, const Attributes& attributes) {
  headers.set("content-type", attributes.content_type.empty() ? "application/octet-stream" : attributes.content_type);
  set_if(headers, "cache-control", attributes.cache_control);
  set_if(headers, "content-disposition", attributes.content_disposition);
  set_if(headers, "content-encoding", attributes.content_encoding);
  set_if(headers, "content-language", attributes.content_language);
  set_if(headers, "expires", attributes.expires);
  std::string name(kMetaPrefix);
  for (const auto& [key, value] : attributes.metadata) {
    name.resize(kMetaPrefix.size());
    name += key;
    headers.set(name, encode_metadata(value));
  }
}

void add_encryption(Headers& headers, const Encryption& encryption) {
  if (std::holds_alternative<SseS3>(encryption)) {
    headers.set("x-amz-server-side-encryption", "AES256");
  } else if (const auto* kms = std::get_if<SseKms>(&encryption)) {
    headers.set("x-amz-server-side-encryption", "aws:kms");
    set_if(headers, "x-amz-server-side-encryption-aws-kms-key-id", kms->key_id);
  } else if (const auto* customer = std::get_if<SseCustomerKey>(&encryption)) {
    add_customer_key(headers, *customer);
  }
}

/// The user's own encodings: some servers hand the transfer's "aws-chunked" out again.
std::string without_aws_chunked(std::string_view encodings) {
  if (encodings.find("aws-chunked") == std::string_view::npos) return std::string(encodings);
  std::string kept;
  while (!encodings.empty()) {
    const auto comma = encodings.find(',');
    const std::string_view token = base::trim(encodings.substr(0, comma));
    if (!token.empty() && !base::equals_ignoring_case(token, "aws-chunked")) {
      if (!kept.empty()) kept += ", ";
      kept += token;
    }
    encodings = comma == std::string_view::npos ? std::string_view() : encodings.substr(comma + 1);
  }
  return kept;
}

void read_metadata(ObjectInfo& info, std::string_view name, std::string_view value, std::string* put_id) {
  if (name == kPutIdMetadata) {
    if (put_id != nullptr) *put_id = base::trim(value);
    return;
  }
  auto [at, is_new] = info.metadata.try_emplace(std::string(name));
  if (!is_new) at->second += ',';  // RFC 9110, section 5.3: headers of one name are one list
  at->second += decode_metadata(base::trim(value));
}

}  // namespace

std::string encode_metadata(std::string_view value) {
  std::string text = base::collapse_spaces(value);
  if (is_ascii(text) && text.find("=?") == std::string::npos) return text;
  std::string words;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::size_t count = std::min(kBytesOfWord, rest.size());
    while (count < rest.size() && (static_cast<unsigned char>(rest[count]) & 0xc0u) == 0x80u) --count;  // never within a character
    if (!words.empty()) words += ' ';
    words += "=?UTF-8?B?";
    words += base::base64(rest.substr(0, count));
    words += "?=";
    rest.remove_prefix(count);
  }
  return words;
}

std::string decode_metadata(std::string_view value) {
  std::string text;
  if (value.find("=?") == std::string_view::npos) {
    if (base::is_utf8(value)) return std::string(value);
    append_latin1(text, value);
    return text;
  }
  std::string pending;        // bytes of neighbouring UTF-8 words: a character may be cut between two of them
  std::size_t gap_begin = 0;  // white space behind a word is dropped when another word follows
  bool behind_word = false;
  const auto flush = [&] {
    if (base::is_utf8(pending)) {
      text += pending;
    } else {
      append_latin1(text, pending);
    }
    pending.clear();
  };
  std::size_t at = 0;
  while (at < value.size()) {
    if (auto word = read_word(value.substr(at))) {
      if (word->latin1) {
        flush();
        append_latin1(text, word->bytes);
      } else {
        pending += word->bytes;
      }
      at += word->size;
      behind_word = true;
      gap_begin = at;
      continue;
    }
    if (behind_word && value[at] == ' ') {
      ++at;
      continue;
    }
    if (behind_word) {
      flush();
      text += value.substr(gap_begin, at - gap_begin);
      behind_word = false;
    }
    pending += value[at++];
    if (at == value.size() || value.substr(at).starts_with("=?")) flush();
  }
  flush();
  return text;
}

void add_customer_key(Headers& headers, const SseCustomerKey& key) {
  const std::string& bytes = key.key.reveal();
  headers.set("x-amz-server-side-encryption-customer-algorithm", "AES256");
  headers.set("x-amz-server-side-encryption-customer-key", base::base64(bytes));
  headers.set("x-amz-server-side-encryption-customer-key-md5", base::base64(base::md5(std::as_bytes(std::span(bytes)))));
}

void add_write_condition(Headers& headers, const WriteCondition& condition) {
  if (std::holds_alternative<CreateOnly>(condition)) headers.set("if-none-match", "*");
  if (const auto* match = std::get_if<IfMatch>(&condition)) headers.set("if-match", base::quote_etag(match->etag));
}

void add_upload_headers(Headers& headers, const UploadOptions& options, std::string_view put_id) {
  headers.reserve(18 + options.metadata.size());
  add_attributes(headers, options);
  if (!put_id.empty()) headers.set(std::string(kMetaPrefix).append(kPutIdMetadata), std::string(put_id));
  add_write_condition(headers, options.condition);
  if (!options.tags.empty()) {
    std::string tags;
    for (const auto& [name, value] : options.tags) {
      if (!tags.empty()) tags += '&';
      base::uri_encode_to(tags, name, false);
      tags += '=';
      base::uri_encode_to(tags, value, false);
    }
    headers.set("x-amz-tagging", std::move(tags));
  }
  set_if(headers, "x-amz-storage-class", options.storage_class);
  add_encryption(headers, options.encryption);
}

void add_copy_headers(Headers& headers, const CopyOptions& options) {
  if (options.replace) {
    headers.set("x-amz-metadata-directive", "REPLACE");
    add_attributes(headers, *options.replace);
  }
  set_if(headers, "x-amz-storage-class", options.storage_class);
  add_encryption(headers, options.encryption);
}

void add_copy_source(Headers& headers, const CopySource& source) {
  std::string path = "/" + source.bucket + '/';
  base::uri_encode_to(path, source.key, true);
  if (!source.version_id.empty()) path += "?versionId=" + base::uri_encode(source.version_id);
  headers.set("x-amz-copy-source", std::move(path));
  if (!source.if_match.empty()) headers.set("x-amz-copy-source-if-match", base::quote_etag(source.if_match));
}

void add_read_conditions(Headers& headers, const ReadConditions& conditions) {
  if (!conditions.if_match.empty()) headers.set("if-match", base::quote_etag(conditions.if_match));
  if (!conditions.if_none_match.empty()) headers.set("if-none-match", base::quote_etag(conditions.if_none_match));
  // RFC 9110, section 13.1: a time counts only without an ETag. Not every server knows.
  if (conditions.if_modified_since && conditions.if_none_match.empty())
    headers.set("if-modified-since", base::http_date(*conditions.if_modified_since));
  if (conditions.if_unmodified_since && conditions.if_match.empty())
    headers.set("if-unmodified-since", base::http_date(*conditions.if_unmodified_since));
}

Result<ObjectInfo> read_object_headers(const Headers& headers, std::string_view bucket, std::string_view key, std::string* put_id) {
  ObjectInfo info;
  info.bucket = bucket;
  info.key = key;
  info.storage_class = "STANDARD";  // S3 tells every class but this one
  for (const auto& [name, value] : headers) {
    if (name.starts_with("x-amz-")) {
      if (name.starts_with(kMetaPrefix)) {
        read_metadata(info, std::string_view(name).substr(kMetaPrefix.size()), value, put_id);
      } else if (name == "x-amz-version-id") {
        info.version_id = value;
      } else if (name == "x-amz-storage-class") {
        info.storage_class = value;
      } else if (name == "x-amz-server-side-encryption") {
        info.encryption = value;
      } else if (name == "x-amz-server-side-encryption-aws-kms-key-id") {
        info.kms_key_id = value;
      } else if (name == "x-amz-server-side-encryption-customer-algorithm") {
        if (info.encryption.empty()) info.encryption = value;
      } else if (name == "x-amz-tagging-count") {
        info.tag_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(base::parse_decimal(value).value_or(0), UINT32_MAX));
      }
    } else if (name == "etag") {
      info.etag = base::strip_etag(value);
    } else if (name == "last-modified") {
      const auto time = base::parse_http_date(value);
      if (!time) {
        return Error{.kind = ErrorKind::corrupt, .message = "the server's Last-Modified is no date"};
      }
      info.last_modified = *time;
    } else if (name == "content-type") {
      info.content_type = value;
    } else if (name == "cache-control") {
      info.cache_control = value;
    } else if (name == "content-disposition") {
      info.content_disposition = value;
    } else if (name == "content-encoding") {
      info.content_encoding = without_aws_chunked(value);
    } else if (name == "content-language") {
      info.content_language = value;
    } else if (name == "expires") {
      info.expires = value;
    }
  }
  return info;
}

}  // namespace objectstore::s3
