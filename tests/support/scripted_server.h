// An HTTP/1.1 server for tests on 127.0.0.1 that says exactly what it is told to say, byte by byte where it matters.
//
// Two ways to tell it, which may be mixed:
//   1. a handler from request to reply, for small fakes of real services:
//        ScriptedServer server([](const ServerRequest& request) { return ServerReply{.status = 404}; });
//   2. scripts of steps, one per accepted connection, in the order of acceptance, for everything HTTP forbids:
//        server.script({read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!"), close_connection()});
// A connection takes the next script; when none is left, the handler serves it. `reply(...)` queues replies that the handler mode gives in
// turn.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "objectstore/http.h"

namespace objectstore::testing {

/// A door between a test and the server: whoever waits goes on when it is opened; it stays open.
class Gate {
 public:
  void open();
  /// False when the server ended first.
  bool wait(const std::stop_token& stop);
  /// For the test's side; false after `limit`.
  bool wait_for(std::chrono::milliseconds limit);

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool open_ = false;
};

/// One request as it arrived.
struct ServerRequest {
  int connection = 0;     ///< 1 = the first accepted
  int index = 0;          ///< on its connection, 0 = the first
  std::string head = {};  ///< raw, with the blank line
  std::string method = {};
  std::string target = {};  ///< raw: path and query as sent
  std::string path = {};    ///< target up to '?'
  std::string query = {};   ///< after '?'
  Headers headers = {};
  std::string body = {};  ///< of Content-Length bytes, or what arrived of it
  bool complete = false;  ///< the whole body arrived
};

/// What the handler mode sends. Content-Length is added unless `headers` has it or Transfer-Encoding; HEAD, 204 and 304 go without their
/// body.
struct ServerReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::optional<std::string> raw = {};     ///< exactly these bytes instead of all the above
  std::optional<std::size_t> cut_at = {};  ///< only so many bytes of the reply (head included), then close or reset
  bool reset = false;                      ///< after the reply (or the cut): RST instead of FIN
  bool close = false;                      ///< after the reply: close, without saying so in a header
  std::chrono::milliseconds drip{0};       ///< pause before each byte
  Gate* wait_for = nullptr;                ///< send nothing before it is open; must outlive the server
};

/// One step of a script.
struct ReadRequest {};
struct ReadBytes {
  std::size_t count;
};
struct SendBytes {
  std::string bytes;
  std::chrono::milliseconds drip{0};
};
struct SendForever {
  std::string bytes;
};
struct WaitFor {
  Gate* gate;
};
struct OpenGate {
  Gate* gate;
};
struct Silence {};
struct CloseConnection {};
struct ResetConnection {};
struct Serve {};
using Step =
    std::variant<ReadRequest, ReadBytes, SendBytes, SendForever, WaitFor, OpenGate, Silence, CloseConnection, ResetConnection, Serve>;

/// Reads one request with its whole body and records it.
inline Step read_request() {
  return ReadRequest{};
}
/// Reads `count` bytes and forgets them (before a cut in mid-request).
inline Step read_bytes(std::size_t count) {
  return ReadBytes{count};
}
/// Sends exactly these bytes, one at a time with a pause before each when `drip` is not 0.
inline Step send_bytes(std::string bytes, std::chrono::milliseconds drip = {}) {
  return SendBytes{std::move(bytes), drip};
}
/// Sends these bytes again and again until the client hangs up.
inline Step send_forever(std::string bytes) {
  return SendForever{std::move(bytes)};
}
inline Step wait_for(Gate& gate) {
  return WaitFor{&gate};
}
/// Tells the test that the script has come this far.
inline Step open_gate(Gate& gate) {
  return OpenGate{&gate};
}
/// Says nothing more until the client hangs up or the server ends.
inline Step silence() {
  return Silence{};
}
/// FIN.
inline Step close_connection() {
  return CloseConnection{};
}
/// RST.
inline Step reset_connection() {
  return ResetConnection{};
}
/// From here on the connection is served by the handler.
inline Step serve() {
  return Serve{};
}

/// A whole 200 reply with Content-Length as bytes, for scripts.
std::string ok_reply(std::string_view body);

/// Thread-safety: every member may be called concurrently with the server's own threads. A script that ends closes its connection.
class ScriptedServer {
 public:
  using Handler = std::function<ServerReply(const ServerRequest&)>;

  /// Without a handler every request gets 200 and no body. The handler is called by one thread at a time.
  explicit ScriptedServer(Handler handler = {});
  /// Ends all connections and threads at once.
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string host() const;      ///< "127.0.0.1:PORT", as in HttpRequest::host
  [[nodiscard]] std::string endpoint() const;  ///< "http://127.0.0.1:PORT"

  /// Queues a script for a connection to come.
  ScriptedServer& script(std::vector<Step> steps);
  /// Queues a reply that is given before the handler is asked again, whatever the connection.
  ScriptedServer& reply(ServerReply reply);

  /// Every request so far, in order of arrival (recorded before its reply is sent).
  [[nodiscard]] std::vector<ServerRequest> requests() const;
  [[nodiscard]] std::size_t request_count() const;
  [[nodiscard]] int connections() const;
  void forget_requests();

  /// Waits until `count` connections were ended by the client or by a script; false after ten seconds.
  bool wait_for_closed(int count);
  /// Closes (FIN) every kept-alive connection that is waiting for its next request, and returns when that is done.
  void close_idle();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace objectstore::testing
