// Options, callbacks and the loop of one exchange.
#include "http/exchange.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "http/certificate.h"
#include "http/curl_error.h"
#include "http/rate_limit.h"
#include "http/reactor.h"
#include "http/request_check.h"
#include "io/broken_pipe_guard.h"

namespace objectstore::http {
namespace {

constexpr std::chrono::milliseconds kCancelCheck{100};  ///< a call that may be cancelled looks this often while nothing arrives
constexpr std::uint64_t kAboveStall = 4;                ///< a rate limit never looks like a peer that stalls
constexpr std::chrono::milliseconds kIdleCheck{1000};   ///< libcurl's own timers end the wait earlier where one is due

/// Before 7.87 libcurl left TLS writes to OpenSSL, which does not suppress the signal; on plain sockets MSG_NOSIGNAL always did.
constexpr bool kTlsMayRaiseSigpipe = LIBCURL_VERSION_NUM < 0x075700;

// Enough for a large download to need few wake-ups, small enough that malloc serves it from its free lists.
constexpr long kReceiveBuffer = 64L << 10;
/// For bodies that do not go with the head. libcurl's own 64 KiB need four times the system calls.
constexpr long kSendBuffer = 256L << 10;

/// Calls `call`; what it throws becomes the exchange's error, and `otherwise` is returned.
template <class Value, class Fail, class Call>
Value guarded(Fail fail, Value otherwise, Call call) noexcept {
  try {
    try {
      return call();
    } catch (const std::exception& thrown) {
      fail(thrown.what());
    } catch (...) {
      fail("an unknown exception");
    }
  } catch (...) {  // no memory for the message either
    fail(nullptr);
  }
  return otherwise;
}

Error cancelled_under_way() {
  return {.kind = ErrorKind::cancelled, .message = "cancelled while the request was under way"};
}

}  // namespace

Exchange::Exchange(CurlHandle& handle, const HttpRequest& request, const TransportOptions& options, HttpReply& reply, RateLimit* limit)
    : handle_(handle), request_(request), options_(options), reply_(reply), limit_(limit), head_(reply) {}

void Exchange::run(Reactor* reactor) {
  if (auto prepared = prepare(); !prepared) {
    reply_.error = std::move(prepared).error();
  } else if (cancelled()) {
    reply_.error = Error{.kind = ErrorKind::cancelled, .message = "cancelled before the request was sent"};
  } else {
    settle(refused_ != CURLE_OK ? refused_ : reactor != nullptr ? drive_on(*reactor) : drive());
  }
  if (limit_ == nullptr) return;
  if (charged_ > received_) {
    limit_->refund(charged_ - received_);
  } else if (charged_ > 0) {
    wait_for_its_end();
  }
}

void Exchange::wait_for_its_end() {
  auto wait = std::chrono::ceil<std::chrono::milliseconds>(may_end_at_ - options_.clock->steady_now());
  if (request_.timeout.count() > 0) wait = std::min(wait, request_.timeout);
  if (wait.count() > 0) static_cast<void>(options_.clock->sleep(wait, request_.cancel));  // the reply is there, cancelled or not
}

Status Exchange::prepare() {
  if (auto checked = check_request(request_); !checked) return checked;
  if (!handle_.configured) configure();
  handle_.error_text[0] = '\0';
  // Everything that differs between requests is set for each of them: nothing of the last one stays but its connection.
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(request_.timeout.count(), 0)));
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::max(options_.stall_timeout, request_.stall_timeout).count()));
  if (limit_ != nullptr) share_rate();
  set_url();
  return set_body();
}

void Exchange::share_rate() {
  const std::uint64_t share = limit_->share(std::uint64_t{options_.stall_bytes_per_second} * kAboveStall);
  if (share == std::exchange(share_, share)) return;
  const auto rate = static_cast<curl_off_t>(std::min<std::uint64_t>(share, std::uint64_t{1} << 62U));
  set(CURLOPT_MAX_SEND_SPEED_LARGE, rate);
  set(CURLOPT_MAX_RECV_SPEED_LARGE, rate);
}

/// What is the same for all requests of a transport, once per handle.
void Exchange::configure() {
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  set(CURLOPT_QUICK_EXIT, 1L);  // a call that timed out or was cancelled does not wait for a name server
#endif
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_BUFFERSIZE, kReceiveBuffer);
  set(CURLOPT_UPLOAD_BUFFERSIZE, kSendBuffer);
  set(CURLOPT_ERRORBUFFER, handle_.error_text.data());
  if (options_.max_idle.count() > 0) {
    set(CURLOPT_MAXAGE_CONN, static_cast<long>(options_.max_idle.count()));
  } else {
    set(CURLOPT_FORBID_REUSE, 1L);
  }

  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options_.ca_bundle.empty()) set(CURLOPT_CAINFO, options_.ca_bundle.c_str());
  if (!options_.verify_tls) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  } else {
    set(CURLOPT_CERTINFO, 1L);  // for believes_certificate
  }

  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  if (options_.stall_timeout.count() > 0) set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options_.stall_bytes_per_second));

  set(CURLOPT_PREREQFUNCTION, &Exchange::on_request);
  set(CURLOPT_HEADERFUNCTION, &Exchange::on_line);
  set(CURLOPT_WRITEFUNCTION, &Exchange::on_bytes);
  set(CURLOPT_READFUNCTION, &Exchange::on_read);
  set(CURLOPT_SEEKFUNCTION, &Exchange::on_seek);
  handle_.configured = refused_ == CURLE_OK;
}

void Exchange::set_url() {
  std::string& url = handle_.url;
  url.assign(request_.scheme).append("://").append(request_.host).append(request_.path);
  if (!request_.query.empty()) url.append("?").append(request_.query);
  set(CURLOPT_URL, url.c_str());
}

Status Exchange::set_body() {
  std::span<const std::byte> bytes = request_.memory_body;
  bool has_body = !bytes.empty() || request_.method == "PUT" || request_.method == "POST" || request_.method == "PATCH";
  if (request_.body != nullptr) {
    auto memory = request_.body->memory();
    if (memory && memory->size() != request_.body_size) {
      return Error{.kind = ErrorKind::invalid_argument,
                   .message = "the body has " + std::to_string(memory->size()) + " bytes, not " + std::to_string(request_.body_size)};
    }
    has_body = true;
    bytes = memory.value_or(std::span<const std::byte>{});
    if (!memory) reader_.emplace(*request_.body, request_.body_size);
  }
  if (reader_ && request_.body_size == 0) {
    std::byte none{};
    auto end = reader_->read({&none, 1});
    if (!end) return std::move(end).error();
    reader_.reset();
  }

  set(CURLOPT_HTTPGET, 1L);  // takes back the last request's upload, post or no-body
  if (reader_) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.body_size));
    set(CURLOPT_READDATA, static_cast<void*>(this));
    set(CURLOPT_SEEKDATA, static_cast<void*>(this));
  } else if (has_body) {
    // As a "post" head and small body leave in one packet, and libcurl re-sends them by itself.
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(bytes.size()));
    set(CURLOPT_POSTFIELDS, bytes.empty() ? "" : reinterpret_cast<const char*>(bytes.data()));
  } else if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  }
  // A body that can be read once must not meet a connection that the server has just closed.
  set(CURLOPT_FRESH_CONNECT, reader_ && !request_.body->rewindable() ? 1L : 0L);
  bool implied = !has_body && (request_.method == "GET" || request_.method == "HEAD");
  set(CURLOPT_CUSTOMREQUEST, implied ? static_cast<const char*>(nullptr) : request_.method.c_str());
  set_headers(has_body);
  return {};
}

void Exchange::set_headers(bool has_body) {
  std::string& text = handle_.header_text;
  text.clear();
  std::size_t count = 0;
  auto add = [&](std::string_view name, std::string_view separator, std::string_view value) {
    text.append(name).append(separator).append(value).push_back('\0');
    ++count;
  };
  // libcurl leaves out "host:443" and adds headers of its own; a name without a value takes one back.
  add("Host", ": ", request_.host);
  for (const Header& header : request_.headers) {
    if (header.name == "host" || header.name == "content-length") continue;
    if (header.value.empty()) {
      add(header.name, ";", "");  // sent as "name:"
    } else {
      add(header.name, ": ", header.value);
    }
  }
  if (request_.headers.find("accept") == nullptr) add("accept", ":", "");
  if (request_.headers.find("expect") == nullptr) add("expect", ":", "");
  if (has_body && request_.headers.find("content-type") == nullptr) add("content-type", ":", "");
  if (!options_.user_agent.empty() && request_.headers.find("user-agent") == nullptr) add("user-agent", ": ", options_.user_agent);

  // The list is linked in place: no allocation per header.
  auto& nodes = handle_.header_nodes;
  nodes.resize(count);
  char* next = text.data();
  for (std::size_t i = 0; i < count; ++i) {
    nodes[i] = {next, i + 1 < count ? &nodes[i + 1] : nullptr};
    next += std::strlen(next) + 1;
  }
  set(CURLOPT_HTTPHEADER, nodes.data());
}

CURLcode Exchange::drive() {
  std::optional<io::BrokenPipeGuard> guard;
  if (kTlsMayRaiseSigpipe && request_.scheme == "https") guard.emplace();
  if (curl_multi_add_handle(handle_.multi, handle_.easy) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
  const std::chrono::milliseconds longest = request_.cancel != nullptr ? kCancelCheck : kIdleCheck;
  CURLcode code = CURLE_FAILED_INIT;
  while (const std::optional<int> running = handle_.loop.act()) {
    if (*running == 0) {
      int left = 0;
      if (const CURLMsg* message = curl_multi_info_read(handle_.multi, &left); message != nullptr) code = message->data.result;
      break;
    }
    if (cancelled()) {
      fail(cancelled_under_way());
      break;
    }
    if (limit_ != nullptr) share_rate();
    handle_.loop.wait(longest);
  }
  curl_multi_remove_handle(handle_.multi, handle_.easy);
  return code;
}

CURLcode Exchange::drive_on(Reactor& reactor) {
  if (const auto code = reactor.perform(handle_.easy, request_.cancel)) return *code;
  fail(cancelled_under_way());
  return CURLE_ABORTED_BY_CALLBACK;
}

void Exchange::settle(CURLcode code) {
  if (failure_) {
    reply_.error = std::move(failure_);
    return;
  }
  if (out_of_memory_) {
    reply_.error = Error{.message = "out of memory"};
    return;
  }
  if (code == CURLE_OK) {
    // libcurl takes a connection that ends inside a head for the end of the reply.
    if (!head_.complete())
      reply_.error = Error{.kind = ErrorKind::unavailable, .message = request_.host + ": the reply was cut in its head"};
    return;
  }
  if (code == CURLE_PARTIAL_FILE) {
    auto length = head_.content_length();
    std::string arrived = std::to_string(received_) + (length ? " of " + std::to_string(*length) : "") + " bytes arrived";
    reply_.error = Error{.kind = ErrorKind::unavailable, .message = request_.host + ": the reply was cut: " + arrived};
    return;
  }
  CurlFailure failure{.code = code, .text = handle_.error_text.data(), .sent = reply_.sends > 0, .head_complete = head_.complete()};
  curl_easy_getinfo(handle_.easy, CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
  reply_.error = curl_error(failure, request_);
}

bool Exchange::fail(Error error) {
  if (!failure_) failure_ = std::move(error);
  return false;
}

void Exchange::fail_thrown(const char* doing, const char* what) {
  if (what == nullptr) {
    out_of_memory_ = true;
  } else {
    fail({.message = std::string(doing) + what});
  }
}

bool Exchange::believes_certificate() {
  if (!options_.verify_tls || request_.scheme != "https" || !has_common_name_only(handle_.easy)) return true;
  return fail({.kind = ErrorKind::permission_denied,
               .message = "https://" + request_.host +
                          ": the server's certificate was refused: it names its host by common name only, without a subjectAltName"});
}

bool Exchange::take_line(std::string_view line) {
  auto completed = head_.add_line(line);
  if (!completed) return fail(annotate(std::move(completed).error(), request_.host));
  if (!*completed) return true;

  reply_.received_at = options_.clock->now();
  if (limit_ != nullptr && request_.method != "HEAD") may_end_at_ = limit_->charge(charged_ = head_.content_length().value_or(0));
  if (to_sink()) {
    auto begun = request_.reply_body->on_head(reply_.status, reply_.headers);
    return begun ? true : fail(std::move(begun).error());
  }
  if (request_.method == "HEAD") return true;
  std::uint64_t length = head_.content_length().value_or(0);
  if (length > request_.max_reply_bytes) {
    return fail({.kind = ErrorKind::corrupt,
                 .message = request_.host + ": the reply's body is larger than " + std::to_string(request_.max_reply_bytes) + " bytes"});
  }
  reply_.body.reserve(static_cast<std::size_t>(length));
  return true;
}

bool Exchange::take_bytes(std::span<const std::byte> bytes) {
  if (cancelled()) return fail(cancelled_under_way());  // a fast peer can keep libcurl busy for long
  received_ += bytes.size();
  if (to_sink()) {
    auto taken = request_.reply_body->on_bytes(bytes);
    return taken ? true : fail(std::move(taken).error());
  }
  if (bytes.size() > request_.max_reply_bytes - reply_.body.size()) {
    return fail({.kind = ErrorKind::corrupt,
                 .message = request_.host + ": the reply's body is larger than " + std::to_string(request_.max_reply_bytes) + " bytes"});
  }
  reply_.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return true;
}

std::size_t Exchange::give_bytes(std::span<std::byte> out) {
  if (cancelled()) {
    fail(cancelled_under_way());
    return CURL_READFUNC_ABORT;
  }
  auto count = reader_->read(out);
  if (count) return *count;
  fail(std::move(count).error());
  return CURL_READFUNC_ABORT;
}

bool Exchange::rewind() {
  auto rewound = reader_->rewind();
  return rewound ? true : fail(annotate(std::move(rewound).error(), "the connection died and the request must be sent again"));
}

int Exchange::on_request(void* self, char*, char*, int, int) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  auto fail = [&](const char* what) { exchange.fail_thrown("reading the server's certificate: ", what); };
  if (!guarded(fail, false, [&] { return exchange.believes_certificate(); })) return CURL_PREREQFUNC_ABORT;
  ++exchange.reply_.sends;
  exchange.reply_.sent_at = exchange.options_.clock->now();
  return CURL_PREREQFUNC_OK;
}

std::size_t Exchange::on_line(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  auto fail = [&](const char* what) { exchange.fail_thrown("reading the reply's head: ", what); };
  return guarded(fail, false, [&] { return exchange.take_line({data, size * count}); }) ? size * count : 0;
}

std::size_t Exchange::on_bytes(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  auto fail = [&](const char* what) { exchange.fail_thrown("taking the reply's body: ", what); };
  auto bytes = std::as_bytes(std::span(data, size * count));
  return guarded(fail, false, [&] { return exchange.take_bytes(bytes); }) ? size * count : 0;
}

std::size_t Exchange::on_read(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  auto fail = [&](const char* what) { exchange.fail_thrown("reading the request's body: ", what); };
  auto room = std::as_writable_bytes(std::span(data, size * count));
  return guarded(fail, std::size_t{CURL_READFUNC_ABORT}, [&] { return exchange.give_bytes(room); });
}

int Exchange::on_seek(void* self, curl_off_t offset, int origin) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  auto fail = [&](const char* what) { exchange.fail_thrown("rewinding the request's body: ", what); };
  bool to_start = offset == 0 && origin == SEEK_SET;
  return to_start && guarded(fail, false, [&] { return exchange.rewind(); }) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

}  // namespace objectstore::http
