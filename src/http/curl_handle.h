// One libcurl easy handle with its own connections, and the pool that lends handles to threads.
#pragma once

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "http/poll_loop.h"
#include "objectstore/http.h"

namespace objectstore::http {

/// libcurl needs this once per process before its first handle. There is no cleanup: another user of libcurl may live longer than we do.
void initialise_libcurl();
/// Lets libcurl do whatever it can on any socket, and tell of the sockets that it wants afterwards, which curl_multi_perform does not.
/// `running`: transfers that are left.
CURLMcode look_at_all_sockets(CURLM* multi, int& running) noexcept;

/// An easy handle and the buffers that requests reuse. Off the reactor it is driven through a multi handle of its own, which keeps its
/// connections; on it, through the reactor's.
/// Move-only by pointer. Thread-safety: one thread at a time.
class CurlHandle {
 public:
  /// Null members when libcurl is out of memory: ask `usable`. `share` may be null. `with_multi`: for use off the reactor.
  CurlHandle(CURLSH* share, bool with_multi);
  ~CurlHandle();
  CurlHandle(const CurlHandle&) = delete;
  CurlHandle& operator=(const CurlHandle&) = delete;

  [[nodiscard]] bool usable() const noexcept { return easy != nullptr && (multi != nullptr || !own_multi); }

  const bool own_multi;
  CURL* easy;
  CURLM* multi;             ///< null for use on the reactor
  PollLoop loop;            ///< of multi
  bool configured = false;  ///< has all options that do not differ between requests
  std::array<char, CURL_ERROR_SIZE> error_text{};
  std::string authority;  ///< scheme and host of the last request: its connection may be alive
  std::string url;
  std::string header_text;               ///< "name: value\0..." of header_nodes
  std::vector<curl_slist> header_nodes;  ///< the list that libcurl reads, linked in place
};

/// Lends handles, the one used last for the same authority first (its connection is the warmest).
/// Thread-safety: every member may be called concurrently.
class CurlPool {
 public:
  explicit CurlPool(const TransportOptions& options);
  ~CurlPool();
  CurlPool(const CurlPool&) = delete;
  CurlPool& operator=(const CurlPool&) = delete;

  /// Null when libcurl is out of memory. `authority` is scheme and host.
  std::unique_ptr<CurlHandle> take(std::string_view scheme, std::string_view host);
  /// One for use on a reactor. Null when libcurl is out of memory.
  std::unique_ptr<CurlHandle> take_for_reactor();
  void put(std::unique_ptr<CurlHandle> handle) noexcept;

  [[nodiscard]] const TransportOptions& options() const noexcept { return options_; }

 private:
  void leave_inherited();
  [[nodiscard]] std::unique_ptr<CurlHandle> make_handle(bool with_multi) const;

  static void lock_shared(CURL*, curl_lock_data data, curl_lock_access, void* pool) noexcept;
  static void unlock_shared(CURL*, curl_lock_data data, void* pool) noexcept;

  const TransportOptions options_;
  const bool proxied_;       ///< the environment named a proxy when the pool was made
  CURLSH* share_ = nullptr;  ///< resolved names and TLS sessions of all handles
  std::array<std::mutex, CURL_LOCK_DATA_LAST> share_mutexes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CurlHandle>> idle_;          ///< guarded by mutex_
  std::vector<std::unique_ptr<CurlHandle>> reactor_idle_;  ///< guarded by mutex_; without connections
  std::uint64_t owner_;                                    ///< guarded by mutex_; the process whose connections these are
};

}  // namespace objectstore::http
