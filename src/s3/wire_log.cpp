// What ConnectOptions::log is told of each attempt, with every secret taken out.
#include "s3/wire_log.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace objectstore::s3 {

namespace {

constexpr std::array<std::string_view, 11> kSecretHeaders = {
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "www-authenticate",
    "x-amz-security-token",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key-md5",
    "x-amz-copy-source-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key-md5",
    "x-auth-token",
};
constexpr std::array<std::string_view, 7> kSecretParameters = {
    "x-amz-signature", "x-amz-credential", "x-amz-security-token", "signature", "awsaccesskeyid", "x-amz-s3session-token", "token"};

/// Control characters would let a server write lines of its own into the log.
void append_line_safe(std::string& out, std::string_view text) {
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
}

void append_heads(std::string& text, char direction, const Headers& headers) {
  for (const auto& [name, value] : headers) {
    text += '\n';
    text += direction;
    text += ' ';
    append_line_safe(text, name);
    text += ": ";
    append_line_safe(text, redact_header(name, value));
  }
}

}  // namespace

std::string redact_query(std::string_view query) {
  std::string shown;
  shown.reserve(query.size());
  while (true) {
    const auto end = query.find('&');
    const std::string_view parameter = query.substr(0, end);
    const auto equals = parameter.find('=');
    const std::string name = base::to_lower(parameter.substr(0, equals));
    if (equals != std::string_view::npos &&
        std::find(kSecretParameters.begin(), kSecretParameters.end(), name) != kSecretParameters.end()) {
      shown += parameter.substr(0, equals + 1);
      shown += kRedacted;
    } else {
      shown += parameter;
    }
    if (end == std::string_view::npos) return shown;
    shown += '&';
    query.remove_prefix(end + 1);
  }
}

std::string redact_header(std::string_view name, std::string_view value) {
  const std::string lower = base::to_lower(name);
  if (std::find(kSecretHeaders.begin(), kSecretHeaders.end(), lower) != kSecretHeaders.end()) return std::string(kRedacted);
  const auto query = value.find('?');  // a URL (Location) may carry a presigned query
  if (query == std::string_view::npos) return std::string(value);
  return std::string(value.substr(0, query + 1)) + redact_query(value.substr(query + 1));
}

void log_attempt(const LogFunction& log, const HttpRequest& request, const HttpReply& reply, int attempt) {
  std::string line = request.method + ' ' + request.scheme + "://" + request.host + request.path;
  if (!request.query.empty()) line += '?' + redact_query(request.query);
  const std::string target = line;
  line += " -> ";
  if (reply.status != 0) {
    line += std::to_string(reply.status);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(reply.received_at - reply.sent_at);
    line += " in " + std::to_string(std::max<std::int64_t>(0, took.count())) + " ms";
  }
  if (reply.error) {
    if (reply.status != 0) line += ", then ";
    append_line_safe(line, reply.error->message);
  }
  line += " (attempt " + std::to_string(attempt);
  if (const auto id = reply.headers.get("x-amz-request-id"); !id.empty()) {
    line += ", request id ";
    append_line_safe(line, id);
  }
  line += ')';
  log(LogLevel::verbose, line);

  std::string heads = "> " + target;
  append_heads(heads, '>', request.headers);
  if (reply.status != 0) {
    heads += "\n< HTTP " + std::to_string(reply.status);
    append_heads(heads, '<', reply.headers);
  }
  log(LogLevel::debug, heads);
}

void log_wait(const LogFunction& log, std::chrono::milliseconds delay, int next_attempt, int max_attempts, const Error& error) {
  log(LogLevel::verbose, "waiting " + std::to_string(delay.count()) + " ms before attempt " + std::to_string(next_attempt) + " of " +
                             std::to_string(max_attempts) + ": " + to_string(error));
}

}  // namespace objectstore::s3
