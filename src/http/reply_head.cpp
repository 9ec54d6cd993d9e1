// Status line, headers, blank line.
#include "http/reply_head.h"

#include <charconv>
#include <limits>
#include <string>

#include "base/encoding.h"

namespace objectstore::http {
namespace {

constexpr std::string_view kContentLength = "content-length";

Error corrupt(std::string message) {
  return Error{.kind = ErrorKind::corrupt, .message = std::move(message)};
}

/// 1*DIGIT below 2^63; nothing otherwise.
std::optional<std::uint64_t> parse_length(std::string_view text) {
  const auto length = base::parse_decimal(text);
  return length && *length <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ? length : std::nullopt;
}

}  // namespace

Result<bool> ReplyHead::add_line(std::string_view line) {
  bytes_ += line.size();
  if (line.size() > kMaxLineBytes) return corrupt("a line of the reply's head is longer than " + std::to_string(kMaxLineBytes) + " bytes");
  if (bytes_ > kMaxHeadBytes) return corrupt("the reply's head is larger than " + std::to_string(kMaxHeadBytes) + " bytes");
  if (complete_) return false;  // a trailer after a chunked body
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);

  if (line.starts_with("HTTP/")) {
    int status = 0;
    std::string_view digits = line.substr(std::min(line.find(' '), line.size()));
    if (digits.size() >= 4) std::from_chars(digits.data() + 1, digits.data() + 4, status);
    if (status < 100 || status > 999) return corrupt("the reply's status line is malformed");
    reply_->status = status;
    reply_->headers.clear();
    reply_->headers.reserve(24);
    content_length_.reset();
    return false;
  }
  if (line.empty()) {
    if (reply_->status < 200) {
      reply_->status = 0;
      reply_->headers.clear();
      return false;
    }
    complete_ = true;
    return true;
  }
  if (auto added = add_header(line); !added) return std::move(added).error();
  return false;
}

Status ReplyHead::add_header(std::string_view line) {
  std::size_t colon = 0;
  while (colon < line.size() && line[colon] != ':' && line[colon] > ' ') ++colon;
  if (colon == 0 || colon == line.size() || line[colon] != ':') return corrupt("the reply's head holds a line that is no header");
  if (reply_->headers.size() >= kMaxHeaders) return corrupt("the reply has more than " + std::to_string(kMaxHeaders) + " headers");
  std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  if (name.size() == kContentLength.size() && base::equals_ignoring_case(name, kContentLength)) {
    auto length = parse_length(value);
    if (!length) return corrupt("the reply's Content-Length is no number of bytes");
    if (content_length_ && *content_length_ != *length) return corrupt("the reply has two Content-Lengths that differ");
    content_length_ = length;
  }
  reply_->headers.add(name, std::string(value));
  return {};
}

}  // namespace objectstore::http
