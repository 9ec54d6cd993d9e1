// Life of libcurl handles.
#include "http/curl_handle.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/fork.h"
#include "base/openssl.h"

namespace objectstore::http {
namespace {

/// Idle handles beyond this are closed: as many connections as a busy process reuses, few enough for its file limit.
constexpr std::size_t kMaxIdleHandles = 128;
/// Those for the reactor hold no connection, just some 10 KiB: as many as may be under way at a time.
constexpr std::size_t kMaxIdleReactorHandles = 1024;

/// Where none of these is set, libcurl need not look for them before each request. Source: "Environment Variables", libcurl-env(3).
bool environment_names_a_proxy() {
  constexpr std::array<const char*, 5> kNames = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  return std::any_of(kNames.begin(), kNames.end(), [](const char* name) { return std::getenv(name) != nullptr; });
}

}  // namespace

void initialise_libcurl() {
  static std::once_flag once;
  std::call_once(once, [] {
    base::initialise_openssl();
    curl_global_init(CURL_GLOBAL_DEFAULT);
  });
}

CURLMcode look_at_all_sockets(CURLM* multi, int& running) noexcept {
#if LIBCURL_VERSION_NUM >= 0x075700
  CURL_IGNORE_DEPRECATION(return curl_multi_socket_all(multi, &running);)  // nothing else does it
#else
  return curl_multi_socket_all(multi, &running);
#endif
}

CurlHandle::CurlHandle(CURLSH* share, bool with_multi)
    : own_multi(with_multi), easy(curl_easy_init()), multi(with_multi ? curl_multi_init() : nullptr) {
  if (easy != nullptr && share != nullptr) curl_easy_setopt(easy, CURLOPT_SHARE, share);
  if (multi != nullptr && !loop.attach(multi)) {
    curl_multi_cleanup(multi);
    multi = nullptr;
  }
}

CurlHandle::~CurlHandle() {
  // The easy handle goes first: the multi handle owns the connections and closes them last.
  if (easy != nullptr) curl_easy_cleanup(easy);
  if (multi != nullptr) curl_multi_cleanup(multi);
}

CurlPool::CurlPool(const TransportOptions& options)
    : options_(options), proxied_(environment_names_a_proxy()), owner_(base::fork_generation()) {
  initialise_libcurl();
  share_ = curl_share_init();
  if (share_ != nullptr) {
    curl_share_setopt(share_, CURLSHOPT_USERDATA, this);
    curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, &CurlPool::lock_shared);
    curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &CurlPool::unlock_shared);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  }
  idle_.reserve(kMaxIdleHandles);
  reactor_idle_.reserve(kMaxIdleReactorHandles);
}

CurlPool::~CurlPool() {
  if (owner_ != base::fork_generation()) {
    leave_inherited();
    return;
  }
  idle_.clear();
  reactor_idle_.clear();
  if (share_ != nullptr) curl_share_cleanup(share_);
}

/// In a forked child the connections are its parent's. To close them would end the parent's TLS sessions, so they are left alone.
void CurlPool::leave_inherited() {
  for (auto* handles : {&idle_, &reactor_idle_}) {
    for (auto& inherited : *handles) static_cast<void>(inherited.release());
    handles->clear();
  }
  owner_ = base::fork_generation();
}

std::unique_ptr<CurlHandle> CurlPool::make_handle(bool with_multi) const {
  auto handle = std::make_unique<CurlHandle>(share_, with_multi);
  if (!handle->usable()) return nullptr;
  if (!proxied_) curl_easy_setopt(handle->easy, CURLOPT_NOPROXY, "*");
  return handle;
}

std::unique_ptr<CurlHandle> CurlPool::take_for_reactor() {
  std::unique_ptr<CurlHandle> handle;
  {
    std::lock_guard lock(mutex_);
    if (owner_ != base::fork_generation()) leave_inherited();
    if (!reactor_idle_.empty()) {
      handle = std::move(reactor_idle_.back());
      reactor_idle_.pop_back();
    }
  }
  return handle ? std::move(handle) : make_handle(false);
}

std::unique_ptr<CurlHandle> CurlPool::take(std::string_view scheme, std::string_view host) {
  std::unique_ptr<CurlHandle> handle;
  {
    std::lock_guard lock(mutex_);
    if (owner_ != base::fork_generation()) leave_inherited();
    if (!idle_.empty()) {
      auto same = [&](const std::unique_ptr<CurlHandle>& each) {
        return each->authority.size() == scheme.size() + host.size() && each->authority.starts_with(scheme) &&
               each->authority.ends_with(host);
      };
      auto found = std::find_if(idle_.rbegin(), idle_.rend(), same);
      auto place = found == idle_.rend() ? idle_.end() - 1 : found.base() - 1;
      handle = std::move(*place);
      idle_.erase(place);
    }
  }
  if (!handle) handle = make_handle(true);
  if (!handle) return nullptr;
  if (handle->authority.size() != scheme.size() + host.size() || !handle->authority.starts_with(scheme) ||
      !handle->authority.ends_with(host)) {
    handle->authority.assign(scheme).append(host);
  }
  return handle;
}

void CurlPool::put(std::unique_ptr<CurlHandle> handle) noexcept {
  std::lock_guard lock(mutex_);
  auto& idle = handle->own_multi ? idle_ : reactor_idle_;
  if (idle.size() < (handle->own_multi ? kMaxIdleHandles : kMaxIdleReactorHandles))
    idle.push_back(std::move(handle));  // reserved: cannot throw
}

void CurlPool::lock_shared(CURL*, curl_lock_data data, curl_lock_access, void* pool) noexcept {
  static_cast<CurlPool*>(pool)->share_mutexes_[data].lock();
}

void CurlPool::unlock_shared(CURL*, curl_lock_data data, void* pool) noexcept {
  static_cast<CurlPool*>(pool)->share_mutexes_[data].unlock();
}

}  // namespace objectstore::http
