// What every backend refuses before it does anything, and the one form in which all of them keep attributes.
#include "bucket/rules.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/authority.h"
#include "base/encoding.h"
#include "base/errors.h"

namespace objectstore {

namespace {

using base::invalid;

constexpr std::size_t kMaxMetadataBytes = 2048;  // S3 User Guide, "Working with object metadata": names and values together
constexpr std::size_t kMaxTags = 10;             // S3 User Guide, "Categorizing your objects using tags"
constexpr std::size_t kMaxTagName = 128;         // characters
constexpr std::size_t kMaxTagValue = 256;        // characters
constexpr std::size_t kCustomerKeyBytes = 32;    // AES-256

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_end(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c);
}
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// RFC 9110, section 5.6.2, less the upper-case letters.
bool is_lower_token_char(char c) {
  return is_name_end(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

Status check_metadata(const Metadata& metadata) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : metadata) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_lower_token_char)) {
      return invalid("metadata name \"" + name + "\": only lower-case letters, digits and !#$%&'*+-.^_`|~ are allowed");
    }
    if (name == kPutIdMetadata) return invalid("metadata name \"" + name + "\" is the library's own");
    if (!base::is_utf8(value)) return invalid("metadata \"" + name + "\": the value is not valid UTF-8");
    if (std::any_of(value.begin(), value.end(), is_control))
      return invalid("metadata \"" + name + "\": the value holds a control character");
    bytes += name.size() + value.size();
  }
  if (bytes > kMaxMetadataBytes) {
    auto error = invalid("metadata: names and values have " + std::to_string(bytes) + " bytes; at most " +
                         std::to_string(kMaxMetadataBytes) + " are allowed");
    error.service_code = "MetadataTooLarge";
    return error;
  }
  return {};
}

Status check_attribute(std::string_view name, std::string_view value) {
  for (const char c : value) {
    if (is_control(c) || static_cast<unsigned char>(c) >= 0x80) {
      return invalid(std::string(name) + ": only printable ASCII is allowed");
    }
  }
  return {};
}

template <class Attributes>
Status check_attributes(const Attributes& attributes) {
  for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"content type", attributes.content_type},
                                    {"cache control", attributes.cache_control},
                                    {"content disposition", attributes.content_disposition},
                                    {"content encoding", attributes.content_encoding},
                                    {"content language", attributes.content_language},
                                    {"expires", attributes.expires}}) {
    if (auto status = check_attribute(name, value); !status) return status;
  }
  return check_metadata(attributes.metadata);
}

Status check_tags(const Tags& tags) {
  if (tags.size() > kMaxTags) return invalid(std::to_string(tags.size()) + " tags; at most " + std::to_string(kMaxTags) + " are allowed");
  for (const auto& [name, value] : tags) {
    if (!base::is_utf8(name) || !base::is_utf8(value)) return invalid("tag \"" + name + "\" is not valid UTF-8");
    if (name.empty() || count_characters(name) > kMaxTagName) return invalid("tag \"" + name + "\": a name has 1 to 128 characters");
    if (count_characters(value) > kMaxTagValue) return invalid("tag \"" + name + "\": a value has at most 256 characters");
  }
  return {};
}

Status check_encryption(const Encryption& encryption) {
  if (const auto* customer = std::get_if<SseCustomerKey>(&encryption); customer && customer->key.reveal().size() != kCustomerKeyBytes) {
    return invalid("the customer's encryption key must have 32 bytes");
  }
  if (const auto* kms = std::get_if<SseKms>(&encryption)) return check_attribute("KMS key id", kms->key_id);
  return {};
}

}  // namespace

Status check_bucket_name(std::string_view name) {
  const auto bad = [name](std::string_view why) { return invalid("bucket name \"" + std::string(name) + "\": " + std::string(why)); };
  if (name.size() < 3 || name.size() > 63) return bad("it must have 3 to 63 characters");
  for (const char c : name) {
    if (!is_name_end(c) && c != '-' && c != '.') return bad("only lower-case letters, digits, '-' and '.' are allowed");
  }
  if (!is_name_end(name.front()) || !is_name_end(name.back())) return bad("it must begin and end with a letter or digit");
  if (name.find("..") != std::string_view::npos) return bad("two dots in a row are not allowed");
  if (name.starts_with("xn--")) return bad("it must not begin with xn--");
  if (base::is_ipv4(name)) return bad("it must not look like an IP address");
  return {};
}

Status check_upload(const UploadOptions& options) {
  if (auto status = check_attributes(options); !status) return status;
  if (auto status = check_attribute("storage class", options.storage_class); !status) return status;
  if (auto status = check_tags(options.tags); !status) return status;
  if (const auto* match = std::get_if<IfMatch>(&options.condition)) {
    if (strip_etag(match->etag).empty()) return invalid("if-match: the ETag is empty");
    if (auto status = check_attribute("if-match", match->etag); !status) return status;
  }
  return check_encryption(options.encryption);
}

Status check_copy(const CopyOptions& options) {
  if (options.replace) {
    if (auto status = check_attributes(*options.replace); !status) return status;
  }
  if (auto status = check_attribute("storage class", options.storage_class); !status) return status;
  return check_encryption(options.encryption);
}

Status check_list(const ListOptions& options) {
  if (options.page_size < 1 || options.page_size > 1000) return invalid("list: the page size must be 1 to 1000");
  for (const auto& [name, text] : {std::pair<std::string_view, std::string_view>{"prefix", options.prefix},
                                   {"delimiter", options.delimiter},
                                   {"start-after", options.start_after}}) {
    if (text.size() > kMaxKeyBytes) return invalid("list: the " + std::string(name) + " is longer than any key");
    if (text.find('\0') != std::string_view::npos) return invalid("list: the " + std::string(name) + " holds a NUL byte");
    if (!base::is_utf8(text)) return invalid("list: the " + std::string(name) + " is not valid UTF-8");
  }
  return {};
}

Metadata normalize_metadata(const Metadata& metadata) {
  Metadata normal;
  for (const auto& [name, value] : metadata) normal.emplace(name, base::collapse_spaces(value));
  return normal;
}

}  // namespace objectstore
