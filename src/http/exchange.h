// One request and its reply over one libcurl handle.
#pragma once

#include <cstddef>
#include <optional>

#include "http/curl_handle.h"
#include "http/reply_head.h"
#include "io/exact_reader.h"
#include "objectstore/http.h"

namespace objectstore::http {

class RateLimit;
class Reactor;

/// Made for one request, on one stack, and run once.
class Exchange {
 public:
  /// All of it must outlive the exchange; `reply` is filled as the exchange goes on, so that it tells the truth whatever ends it. `limit`, where
  /// there is one, has let the request in.
  Exchange(CurlHandle& handle, const HttpRequest& request, const TransportOptions& options, HttpReply& reply, RateLimit* limit = nullptr);
  /// `reactor`: the one whose fiber this is, and `handle` is for its use; null: blocks.
  void run(Reactor* reactor);

 private:
  // What the request looks like to libcurl.
  Status prepare();
  void configure();
  void set_url();
  Status set_body();
  void set_headers(bool has_body);

  // The exchange.
  CURLcode drive();
  CURLcode drive_on(Reactor& reactor);
  /// Gives the handle its share of the rate limit, as it is now.
  void share_rate();
  /// A reply that came faster than its share is handed on when its time has come.
  void wait_for_its_end();
  void settle(CURLcode code);
  [[nodiscard]] bool cancelled() const { return request_.cancel != nullptr && request_.cancel->cancelled(); }
  [[nodiscard]] bool to_sink() const { return request_.reply_body != nullptr && reply_.status >= 200 && reply_.status < 300; }
  /// Keeps the first failure of a callback. Always false.
  bool fail(Error error);
  /// A callback caught an exception; `what` is null when there is no memory for words.
  void fail_thrown(const char* doing, const char* what);

  bool believes_certificate();
  bool take_line(std::string_view line);
  bool take_bytes(std::span<const std::byte> bytes);
  std::size_t give_bytes(std::span<std::byte> out);
  bool rewind();

  // libcurl's callbacks: nothing thrown inside gets through to it.
  static int on_request(void* self, char*, char*, int, int) noexcept;
  static std::size_t on_line(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_bytes(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_read(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static int on_seek(void* self, curl_off_t offset, int origin) noexcept;

  template <class Option>
  void set(CURLoption option, Option value) {
    if (CURLcode code = curl_easy_setopt(handle_.easy, option, value); code != CURLE_OK && refused_ == CURLE_OK) refused_ = code;
  }

  CurlHandle& handle_;
  const HttpRequest& request_;
  const TransportOptions& options_;
  HttpReply& reply_;
  RateLimit* const limit_;  ///< null = none
  ReplyHead head_;
  std::optional<io::ExactReader> reader_;  ///< over request_.body, where that is not in memory
  std::optional<Error> failure_;           ///< the first one of a callback
  bool out_of_memory_ = false;             ///< a callback failed and could not even say so
  CURLcode refused_ = CURLE_OK;            ///< the first option that libcurl did not take
  std::uint64_t charged_ = 0;              ///< to the rate limit, for the reply's body
  SteadyTime may_end_at_{};                ///< by the rate limit
  std::uint64_t share_ = 0;                ///< of the rate limit, as libcurl knows it
  std::uint64_t received_ = 0;             ///< bytes of the reply's body
};

}  // namespace objectstore::http
