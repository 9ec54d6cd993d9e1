// The loop between epoll and libcurl.
#include "http/reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <utility>

#include "http/curl_handle.h"
#include "io/errno_error.h"

namespace objectstore::http {
namespace {

constexpr std::size_t kEventsAtOnce = 256;
/// libcurl closes a connection that failed for another address without a word, and the kernel forgets it: nobody would wake us.
constexpr std::chrono::seconds kLookAtAllAfter{1};

}  // namespace

Result<std::unique_ptr<Reactor>> Reactor::create(std::size_t max_connections) {
  initialise_libcurl();
  auto reactor = std::unique_ptr<Reactor>(new Reactor);
  if (auto opened = reactor->watch_.open(); !opened) return std::move(opened).error();
  reactor->interrupts_ = io::FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), {});
  if (!reactor->interrupts_.is_open()) return io::errno_error("make", "eventfd", errno);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = reactor->interrupts_.get();
  if (::epoll_ctl(reactor->watch_.epoll(), EPOLL_CTL_ADD, event.data.fd, &event) != 0) return io::errno_error("watch", "eventfd", errno);

  CURLM* multi = reactor->multi_ = curl_multi_init();
  const auto keep = static_cast<long>(std::min<std::size_t>(max_connections, std::numeric_limits<long>::max()));
  if (multi == nullptr || curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Reactor::on_socket) != CURLM_OK ||
      curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, reactor.get()) != CURLM_OK || !reactor->timer_.attach(multi) ||
      curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, keep) != CURLM_OK) {
    return Error{.message = "libcurl cannot make a handle: out of memory"};
  }
  return reactor;
}

Reactor::~Reactor() {
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
}

Reactor* Reactor::current() noexcept {
  const base::Scheduler* scheduler = base::Scheduler::current();
  return scheduler == nullptr ? nullptr : dynamic_cast<Reactor*>(&scheduler->poller());
}

std::optional<CURLcode> Reactor::perform(CURL* easy, const CancelToken* cancel) {
  base::Scheduler& scheduler = *base::Scheduler::current();
  Transfer transfer{.scheduler = scheduler, .ticket = scheduler.ticket(), .place = transfers_.size()};
  transfers_.push_back(&transfer);
  if (!prepare(easy, transfer) || curl_multi_add_handle(multi_, easy) != CURLM_OK) {
    transfer.code = CURLE_OUT_OF_MEMORY;
  } else {
    scheduler.pause(std::nullopt, cancel);
    curl_multi_remove_handle(multi_, easy);
  }
  transfers_.back()->place = transfer.place;
  transfers_[transfer.place] = transfers_.back();
  transfers_.pop_back();
  return transfer.code;
}

/// The connection that it makes, should it make one, stays with the reactor, and tells it when its socket is closed.
bool Reactor::prepare(CURL* easy, Transfer& transfer) {
  return curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &Reactor::on_open) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, this) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &Reactor::on_close) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this) == CURLE_OK;
}

void Reactor::wait(std::optional<std::chrono::milliseconds> limit) {
  // Most often what is due are requests that fibers have just handed over. Once they are sent there may be fibers to run, or else there is
  // time to wait in the next call: epoll is asked once instead of twice.
  if (!skipped_epoll_ && timer_.is_due()) {
    skipped_epoll_ = true;
    act_on_timer();
    read_messages();
    return;
  }
  skipped_epoll_ = false;
  if (const auto left = timer_.left(); left && (!limit || *left < *limit)) limit = left;
  if (!transfers_.empty()) limit = std::min<std::chrono::milliseconds>(limit.value_or(kLookAtAllAfter), kLookAtAllAfter);
  constexpr std::int64_t kLongest = std::numeric_limits<int>::max();
  const int milliseconds = limit ? static_cast<int>(std::min<std::int64_t>(limit->count(), kLongest)) : -1;
  std::array<epoll_event, kEventsAtOnce> events;  // NOLINT(cppcoreguidelines-pro-type-member-init): the kernel fills what is read
  const int count = ::epoll_wait(watch_.epoll(), events.data(), static_cast<int>(events.size()), milliseconds);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == interrupts_.get()) {
      std::uint64_t interrupts = 0;
      static_cast<void>(::read(event.data.fd, &interrupts, sizeof interrupts));
      continue;
    }
    if (!watch_.wanted(event.data.fd, event.events)) continue;
    int what = 0;  // of an error alone libcurl finds out what it is
    if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
    if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
    act(event.data.fd, what);
  }
  if (timer_.is_due()) act_on_timer();
  look_now_and_then();
  read_messages();
}

void Reactor::look_now_and_then() {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (!transfers_.empty() && now - looked_ < kLookAtAllAfter) return;
  looked_ = now;
  int running = 0;
  if (!transfers_.empty() && look_at_all_sockets(multi_, running) != CURLM_OK) end_all();
}

void Reactor::act_on_timer() {
  timer_.reset();
  act(CURL_SOCKET_TIMEOUT, 0);
}

void Reactor::interrupt() noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(::write(interrupts_.get(), &one, sizeof one));
}

void Reactor::act(curl_socket_t socket, int what) {
  int running = 0;
  if (curl_multi_socket_action(multi_, socket, what, &running) != CURLM_OK) end_all();
}

void Reactor::end_all() {
  for (Transfer* transfer : transfers_) end(*transfer, CURLE_FAILED_INIT);
}

void Reactor::read_messages() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    char* transfer = nullptr;
    if (message->msg != CURLMSG_DONE || curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) != CURLE_OK) continue;
    end(*reinterpret_cast<Transfer*>(transfer), message->data.result);
  }
}

void Reactor::end(Transfer& transfer, CURLcode code) noexcept {
  if (!transfer.code) transfer.code = code;
  transfer.scheduler.wake(transfer.ticket);
}

int Reactor::on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void*) noexcept {
  std::uint32_t events = 0;
  if (what != CURL_POLL_REMOVE && (what & CURL_POLL_IN) != 0) events |= EPOLLIN;
  if (what != CURL_POLL_REMOVE && (what & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
  if (static_cast<Reactor*>(self)->watch_.want(socket, events)) return 0;
  // To say so to libcurl would end all transfers for good.
  char* transfer = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer) == CURLE_OK && transfer != nullptr) {
    end(*reinterpret_cast<Transfer*>(transfer), CURLE_OUT_OF_MEMORY);
  }
  return 0;
}

int Reactor::on_open(void* self, curl_socket_t socket, curlsocktype) noexcept {
  return static_cast<Reactor*>(self)->watch_.opened(socket) ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ERROR;
}

int Reactor::on_close(void* self, curl_socket_t socket) noexcept {
  static_cast<Reactor*>(self)->watch_.closing(socket);
  return ::close(socket);
}

}  // namespace objectstore::http
