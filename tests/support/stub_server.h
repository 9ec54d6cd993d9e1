// A server for very many requests at a time: it answers every GET with the same object after the same pause, on one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace objectstore::testing {

/// HTTP/1.1 on 127.0.0.1 with keep-alive, without pipelining and without request bodies. Thread-safety: every member may be called
/// concurrently.
class StubServer {
 public:
  /// `port` 0 = any that is free. Nothing is answered before `crowd` requests have come.
  StubServer(std::chrono::microseconds latency, std::size_t body_bytes, std::uint16_t port = 0, int crowd = 0);
  /// Closes all connections.
  ~StubServer();
  StubServer(const StubServer&) = delete;
  StubServer& operator=(const StubServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int connections() const noexcept { return connections_; }  ///< accepted so far
  [[nodiscard]] int requests() const noexcept { return requests_; }
  [[nodiscard]] int most_at_a_time() const noexcept { return most_at_a_time_; }

 private:
  struct Loop;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<int> requests_ = 0;
  std::atomic<int> most_at_a_time_ = 0;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace objectstore::testing
