// All exchanges of one thread's fibers in one libcurl multi handle, over epoll.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/scheduler.h"
#include "http/curl_timer.h"
#include "http/socket_watch.h"
#include "io/file_descriptor.h"
#include "objectstore/result.h"

namespace objectstore::http {

/// Where a scheduler waits: for sockets, for libcurl's timers, for an interrupt. Keeps the connections of its thread.
/// libcurl's callbacks, so the sources and sinks of bodies as well, run on the thread's own stack and not on the fiber's. They must not wait
/// for another operation of the thread; a request that they make themselves blocks the thread until it is done.
/// A forked child must not touch the reactors of its parent.
/// Thread-safety: `interrupt` from any thread, all else on one.
class Reactor final : public base::Poller {
 public:
  /// Keeps up to `max_connections` alive. Errors: internal (no memory, no file descriptors).
  static Result<std::unique_ptr<Reactor>> create(std::size_t max_connections);
  /// No exchange may be under way.
  ~Reactor() override;
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// That of the fiber that is running; null off fibers, and where their scheduler waits in something else.
  static Reactor* current() noexcept;

  /// Carries out what `easy` is set up for while the fiber pauses: libcurl's verdict, or nothing when `cancel` (may be null) ended it.
  std::optional<CURLcode> perform(CURL* easy, const CancelToken* cancel);

  void wait(std::optional<std::chrono::milliseconds> limit) override;
  void interrupt() noexcept override;

 private:
  /// One exchange under way; lies on its fiber's stack and is the easy handle's CURLOPT_PRIVATE.
  struct Transfer {
    base::Scheduler& scheduler;
    base::Scheduler::Ticket ticket;
    std::size_t place = 0;  ///< in transfers_
    std::optional<CURLcode> code = {};
  };

  Reactor() = default;
  bool prepare(CURL* easy, Transfer& transfer);
  void act_on_timer();
  /// Once a second lets libcurl look at all of its sockets.
  void look_now_and_then();
  void act(curl_socket_t socket, int what);
  void read_messages();
  /// libcurl gave up.
  void end_all();
  static void end(Transfer& transfer, CURLcode code) noexcept;

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known) noexcept;
  static int on_open(void* self, curl_socket_t socket, curlsocktype purpose) noexcept;
  static int on_close(void* self, curl_socket_t socket) noexcept;

  SocketWatch watch_;
  io::FileDescriptor interrupts_;
  CURLM* multi_ = nullptr;
  std::vector<Transfer*> transfers_;
  CurlTimer timer_;
  SteadyTime looked_{};         ///< at all sockets, or there were no transfers
  bool skipped_epoll_ = false;  ///< in the last `wait`
};

}  // namespace objectstore::http
