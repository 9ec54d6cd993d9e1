// http(s)://: one POST a message, retried within its timeout.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "base/authority.h"
#include "base/encoding.h"
#include "base/jitter.h"
#include "base/time_format.h"
#include "emit/emitters.h"

namespace objectstore::emit {
namespace {

using std::chrono::milliseconds;

Error invalid(std::string message) {
  return {.kind = ErrorKind::invalid_argument, .message = std::move(message), .operation = "emit"};
}

struct Target {
  std::string scheme;
  std::string host;
  std::string path = "/";
  std::string query;
  std::string authorization;  ///< secret
  std::string shown;          ///< scheme and host
};

bool is_host(std::string_view text) {
  const auto authority = base::split_authority(text);
  if (!authority) return false;
  const std::string_view host = authority->host;
  if (host.starts_with('[')) return host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

/// No message shows what may be secret: everything but scheme and host.
Result<Target> parse_target(std::string_view url) {
  const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!printable) return invalid("webhook URL: spaces, control and non-ASCII characters must be percent-encoded");
  const std::size_t colon = url.find(':');
  Target target;
  target.scheme = base::to_lower(url.substr(0, colon));
  std::string_view rest = url.substr(colon + 1);
  if (!rest.starts_with("//")) return invalid("webhook URL: expected " + target.scheme + "://HOST/...");
  rest.remove_prefix(2);
  if (rest.find('#') != std::string_view::npos) return invalid("webhook URL: a fragment (#...) is never sent; leave it out");
  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  rest.remove_prefix(authority.size());
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    const std::size_t separator = userinfo.find(':');
    const auto user = base::uri_decode(userinfo.substr(0, separator));
    const auto password = base::uri_decode(separator == std::string_view::npos ? "" : userinfo.substr(separator + 1));
    if (!user || !password) return invalid("webhook URL: user or password is not well percent-encoded");
    target.authorization = "Basic " + base::base64(*user + ":" + *password);
  }
  if (!is_host(authority)) return invalid("webhook URL: no valid host behind " + target.scheme + "://");
  target.host = authority;
  const std::size_t question = rest.find('?');
  if (const std::string_view path = rest.substr(0, question); !path.empty()) target.path = path;
  if (question != std::string_view::npos) target.query = rest.substr(question + 1);
  target.shown = target.scheme + "://" + target.host + (rest.empty() || rest == "/" ? "" : "/...");
  return target;
}

/// The text of a 2xx reply is of no interest, however long.
class DropReply final : public ReplyBody {
 public:
  Status on_head(int /*status*/, const Headers& /*headers*/) override { return {}; }
  Status on_bytes(std::span<const std::byte> /*bytes*/) override { return {}; }
};

class WebhookEmitter final : public Emitter {
 public:
  WebhookEmitter(Target target, const EmitterOptions& options)
      : target_(std::move(target)),
        transport_(options.transport ? options.transport : make_curl_transport({.clock = options.clock})),
        clock_(options.clock ? options.clock : system_clock()),
        random_(options.random ? options.random : system_random()),
        timeout_(options.timeout),
        max_attempts_(std::max(1, options.max_attempts)) {}

  Status emit(const Message& message) override {
    const bool id_is_plain = std::all_of(message.id.begin(), message.id.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!id_is_plain) return invalid("the id of a message for " + target_.shown + " cannot stand in a header");
    const SteadyTime start = clock_->steady_now();
    for (int attempt = 1;; ++attempt) {
      const milliseconds left = remaining(start);
      if (left.count() <= 0) return annotated({.kind = ErrorKind::timeout, .message = "no acknowledgement in time"}, attempt - 1);
      const HttpReply reply = send(message, left);
      auto error = failure_of(reply);
      if (!error) return {};
      const milliseconds pause = std::max(base::jittered(kBackoffBase, kBackoffLimit, attempt, *random_), retry_after(reply));
      const bool again = error->kind == ErrorKind::unavailable || error->kind == ErrorKind::timeout || error->kind == ErrorKind::corrupt;
      if (error->kind == ErrorKind::corrupt) error->kind = ErrorKind::unavailable;
      if (!again || attempt >= max_attempts_ || pause >= remaining(start)) return annotated(*std::move(error), attempt);
      clock_->sleep(pause, nullptr);
    }
  }
  Status flush() override { return {}; }  // a 2xx is the receiver's word
  [[nodiscard]] std::string describe() const override { return "webhook(" + target_.shown + ")"; }

 private:
  static constexpr milliseconds kBackoffBase{200};
  static constexpr milliseconds kBackoffLimit{10'000};

  [[nodiscard]] milliseconds remaining(SteadyTime start) const {
    if (timeout_.count() <= 0) return milliseconds::max();
    return timeout_ - std::chrono::duration_cast<milliseconds>(clock_->steady_now() - start);
  }

  HttpReply send(const Message& message, milliseconds left) {
    DropReply drop;
    HttpRequest request;
    request.method = "POST";
    request.scheme = target_.scheme;
    request.host = target_.host;
    request.path = target_.path;
    request.query = target_.query;
    request.headers.set("content-type", "application/json");
    request.headers.set("idempotency-key", message.id);
    if (!target_.authorization.empty()) request.headers.set("authorization", target_.authorization);
    request.memory_body = std::as_bytes(std::span(message.body));
    request.reply_body = &drop;
    request.max_reply_bytes = 64 << 10;
    if (timeout_.count() > 0) request.timeout = left;
    return transport_->send(request);
  }

  static std::optional<Error> failure_of(const HttpReply& reply) {
    if (reply.error && (reply.status < 300 || reply.status >= 500)) return reply.error;
    if (reply.status >= 200 && reply.status < 300) return std::nullopt;
    Error error{.kind = ErrorKind::invalid_argument, .message = "answered HTTP " + std::to_string(reply.status)};
    error.http_status = reply.status;
    const int status = reply.status;
    if (status >= 300 && status < 400) error.message += ", a redirect; these are not followed: give the URL it points to";
    if (status == 401) error.kind = ErrorKind::unauthenticated;
    if (status == 403) error.kind = ErrorKind::permission_denied;
    if (status < 300 || status == 408 || status == 429 || status >= 500) error.kind = ErrorKind::unavailable;
    return error;
  }

  /// Seconds or a date; longer than `emit` may take means that it will not be tried again.
  [[nodiscard]] milliseconds retry_after(const HttpReply& reply) const {
    const std::string_view value = base::trim(reply.headers.get("retry-after"));
    if (value.empty()) return milliseconds{0};
    if (value.find_first_not_of("0123456789") == std::string_view::npos) {
      const auto seconds = base::parse_decimal(value);
      if (!seconds || value.size() > 6) return milliseconds::max();
      return std::chrono::seconds(*seconds);
    }
    const auto date = base::parse_http_date(value);
    if (!date) return milliseconds{0};
    return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(*date - clock_->now()));
  }

  [[nodiscard]] Error annotated(Error error, int attempts) const {
    error = annotate(std::move(error), "webhook " + target_.shown);
    error.operation = "emit";
    error.attempts = attempts;
    return error;
  }

  const Target target_;
  const std::shared_ptr<Transport> transport_;
  const std::shared_ptr<Clock> clock_;
  const std::shared_ptr<Random> random_;
  const milliseconds timeout_;
  const int max_attempts_;
};

}  // namespace

Result<std::shared_ptr<Emitter>> make_webhook_emitter(std::string_view url, const EmitterOptions& options) {
  auto target = parse_target(url);
  if (!target) return std::move(target).error();
  return std::shared_ptr<Emitter>(std::make_shared<WebhookEmitter>(*std::move(target), options));
}

}  // namespace objectstore::emit
