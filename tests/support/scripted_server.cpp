// Sockets and threads of the scripted server: one thread accepts, one serves each connection.
#include "support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <deque>
#include <iterator>
#include <list>
#include <stdexcept>
#include <thread>

namespace objectstore::testing {
namespace {

constexpr std::chrono::seconds kPatience{10};

/// False when `stop` came first.
bool pause(std::chrono::milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

std::string head_of(const ServerReply& reply, const ServerRequest& request) {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
  bool framed = reply.status == 204 || reply.status == 304;
  for (const auto& [name, value] : reply.headers) {
    head += name + ": " + value + "\r\n";
    Headers lower;
    lower.add(name, "");
    framed = framed || lower.find("content-length") != nullptr || lower.find("transfer-encoding") != nullptr;
  }
  if (!framed) head += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
  head += "\r\n";
  if (request.method != "HEAD" && reply.status != 204 && reply.status != 304) head += reply.body;
  return head;
}

}  // namespace

void Gate::open() {
  std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

bool Gate::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [this] { return open_; });
}

bool Gate::wait_for(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return open_; });
}

std::string ok_reply(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

namespace {

/// One accepted socket.
struct Connection {
  int number = 0;
  int fd = -1;          ///< guarded by the server's mutex when it is closed or shut down
  bool idle = false;    ///< guarded by the server's mutex: waits for the first byte of a request
  bool closed = false;  ///< guarded by the server's mutex
  int served = 0;
  std::string buffer;  ///< received, not yet used
  std::jthread thread;
};

}  // namespace

struct ScriptedServer::State {
  explicit State(Handler given) : handler(std::move(given)) {
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (listener < 0 || ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 256) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("the scripted server cannot listen");
    }
    port = ntohs(address.sin_port);
    acceptor = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
  }

  ~State() {
    acceptor.request_stop();
    ::shutdown(listener, SHUT_RDWR);
    acceptor.join();
    ::close(listener);
    for (auto& connection : connections) connection.thread.request_stop();
    {
      std::lock_guard lock(mutex);
      for (auto& connection : connections) {
        if (connection.fd >= 0) ::shutdown(connection.fd, SHUT_RDWR);
      }
    }
    connections.clear();  // joins
  }

  void accept_all(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      std::list<Connection> ended;  // joined without the mutex, which their threads need
      std::lock_guard lock(mutex);
      for (auto old = connections.begin(); old != connections.end();) {
        auto next = std::next(old);
        if (old->closed) ended.splice(ended.end(), connections, old);
        old = next;
      }
      Connection& connection = connections.emplace_back();
      connection.number = ++accepted;
      connection.fd = fd;
      std::vector<Step> steps = {serve()};
      if (!scripts.empty()) {
        steps = std::move(scripts.front());
        scripts.pop_front();
      }
      connection.thread = std::jthread([this, &connection, steps = std::move(steps)](const std::stop_token& stopped) {
        play(connection, steps, stopped);
        close(connection, /*reset=*/false);
      });
    }
  }

  void play(Connection& connection, const std::vector<Step>& steps, const std::stop_token& stop) {
    for (const Step& step : steps) {
      bool on = std::visit([&](const auto& what) { return run(connection, what, stop); }, step);
      if (!on || stop.stop_requested()) return;
    }
  }

  bool run(Connection& connection, const ReadRequest&, const std::stop_token&) { return receive(connection).has_value(); }
  bool run(Connection& connection, const ReadBytes& what, const std::stop_token&) {
    while (connection.buffer.size() < what.count) {
      if (!fill(connection)) return false;
    }
    connection.buffer.erase(0, what.count);
    return true;
  }
  bool run(Connection& connection, const SendBytes& what, const std::stop_token& stop) {
    return transmit(connection, what.bytes, what.drip, stop);
  }
  bool run(Connection& connection, const SendForever& what, const std::stop_token& stop) {
    while (transmit(connection, what.bytes, {}, stop)) {
    }
    return false;
  }
  bool run(Connection&, const WaitFor& what, const std::stop_token& stop) { return what.gate->wait(stop); }
  bool run(Connection&, const OpenGate& what, const std::stop_token&) {
    what.gate->open();
    return true;
  }
  bool run(Connection& connection, const Silence&, const std::stop_token&) {
    while (fill(connection)) connection.buffer.clear();
    return false;
  }
  bool run(Connection& connection, const CloseConnection&, const std::stop_token&) {
    close(connection, /*reset=*/false);
    return false;
  }
  bool run(Connection& connection, const ResetConnection&, const std::stop_token&) {
    close(connection, /*reset=*/true);
    return false;
  }
  bool run(Connection& connection, const Serve&, const std::stop_token& stop) {
    while (auto request = receive(connection)) {
      if (!request->complete || !answer(connection, *request, stop)) return false;
    }
    return false;
  }

  /// False when the connection is over.
  bool answer(Connection& connection, const ServerRequest& request, const std::stop_token& stop) {
    ServerReply reply = next_reply(request);
    if (reply.wait_for != nullptr && !reply.wait_for->wait(stop)) return false;
    std::string bytes = reply.raw ? *reply.raw : head_of(reply, request);
    if (reply.cut_at && *reply.cut_at < bytes.size()) bytes.resize(*reply.cut_at);
    bool sent = transmit(connection, bytes, reply.drip, stop);
    if (reply.reset) {
      close(connection, /*reset=*/true);
      return false;
    }
    return sent && !reply.cut_at && !reply.close && request.headers.get("connection") != "close";
  }

  ServerReply next_reply(const ServerRequest& request) {
    {
      std::lock_guard lock(mutex);
      if (!replies.empty()) {
        ServerReply reply = std::move(replies.front());
        replies.pop_front();
        return reply;
      }
    }
    if (!handler) return {};
    std::lock_guard lock(handler_mutex);
    return handler(request);
  }

  /// Receives more; false at the end.
  bool fill(Connection& connection) {
    std::array<char, 65536> chunk;
    ssize_t count = ::recv(connection.fd, chunk.data(), chunk.size(), 0);
    if (count <= 0) return false;
    connection.buffer.append(chunk.data(), static_cast<std::size_t>(count));
    return true;
  }

  /// The next request, recorded; nothing when the connection ended before its head was there.
  std::optional<ServerRequest> receive(Connection& connection) {
    std::size_t end = 0;
    set_idle(connection, connection.buffer.empty());
    while ((end = connection.buffer.find("\r\n\r\n")) == std::string::npos) {
      bool more = fill(connection);
      set_idle(connection, false);
      if (!more) return std::nullopt;
    }
    ServerRequest request = parse_head(connection.buffer.substr(0, end + 4));
    connection.buffer.erase(0, end + 4);
    request.connection = connection.number;
    request.index = connection.served++;
    std::size_t length = 0;
    std::string_view declared = request.headers.get("content-length");
    std::from_chars(declared.data(), declared.data() + declared.size(), length);
    if (request.headers.find("expect") != nullptr) transmit(connection, "HTTP/1.1 100 Continue\r\n\r\n", {}, {});
    bool more = true;
    while (connection.buffer.size() < length && more) more = fill(connection);
    request.complete = connection.buffer.size() >= length;
    request.body = connection.buffer.substr(0, length);
    connection.buffer.erase(0, length);
    std::lock_guard lock(mutex);
    requests.push_back(request);
    return request;
  }

  static ServerRequest parse_head(std::string head) {
    ServerRequest request;
    std::string_view rest = head;
    std::string_view line = rest.substr(0, rest.find("\r\n"));
    request.method = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), request.method.size() + 1));
    request.target = line.substr(0, line.rfind(' '));
    request.path = request.target.substr(0, request.target.find('?'));
    if (request.path.size() < request.target.size()) request.query = request.target.substr(request.path.size() + 1);
    rest.remove_prefix(rest.find("\r\n") + 2);
    while (!rest.starts_with("\r\n")) {
      line = rest.substr(0, rest.find("\r\n"));
      rest.remove_prefix(line.size() + 2);
      std::size_t colon = std::min(line.find(':'), line.size());
      std::string_view value = line.substr(std::min(colon + 1, line.size()));
      if (value.starts_with(' ')) value.remove_prefix(1);
      request.headers.add(line.substr(0, colon), std::string(value));
    }
    request.head = std::move(head);
    return request;
  }

  bool transmit(Connection& connection, std::string_view bytes, std::chrono::milliseconds drip, const std::stop_token& stop) {
    while (!bytes.empty()) {
      if (drip.count() > 0 && !pause(drip, stop)) return false;
      std::size_t most = drip.count() > 0 ? 1 : bytes.size();
      ssize_t count = ::send(connection.fd, bytes.data(), most, MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  void set_idle(Connection& connection, bool idle) {
    std::lock_guard lock(mutex);
    connection.idle = idle;
    if (idle) changed.notify_all();
  }

  void close(Connection& connection, bool reset) {
    std::lock_guard lock(mutex);
    if (connection.fd < 0) return;
    if (reset) {
      linger hard{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    } else {
      // The kernel turns a close over unread bytes into a reset: read what is there.
      ::shutdown(connection.fd, SHUT_WR);
      std::array<char, 65536> unread;
      while (::recv(connection.fd, unread.data(), unread.size(), MSG_DONTWAIT) > 0) {
      }
    }
    ::close(connection.fd);
    connection.fd = -1;
    connection.closed = true;
    connection.idle = false;
    ++closed;
    changed.notify_all();
  }

  Handler handler;
  int listener = -1;
  std::uint16_t port = 0;

  std::mutex handler_mutex;  ///< held while the handler runs
  mutable std::mutex mutex;  ///< guards all below and the connections' flags
  std::condition_variable changed;
  std::deque<std::vector<Step>> scripts;
  std::deque<ServerReply> replies;
  std::vector<ServerRequest> requests;
  int accepted = 0;
  int closed = 0;
  std::list<Connection> connections;  ///< changed by the acceptor alone
  std::jthread acceptor;
};

ScriptedServer::ScriptedServer(Handler handler) : state_(std::make_unique<State>(std::move(handler))) {}
ScriptedServer::~ScriptedServer() = default;

std::uint16_t ScriptedServer::port() const {
  return state_->port;
}
std::string ScriptedServer::host() const {
  return "127.0.0.1:" + std::to_string(port());
}
std::string ScriptedServer::endpoint() const {
  return "http://" + host();
}

ScriptedServer& ScriptedServer::script(std::vector<Step> steps) {
  std::lock_guard lock(state_->mutex);
  state_->scripts.push_back(std::move(steps));
  return *this;
}

ScriptedServer& ScriptedServer::reply(ServerReply reply) {
  std::lock_guard lock(state_->mutex);
  state_->replies.push_back(std::move(reply));
  return *this;
}

std::vector<ServerRequest> ScriptedServer::requests() const {
  std::lock_guard lock(state_->mutex);
  return state_->requests;
}

std::size_t ScriptedServer::request_count() const {
  std::lock_guard lock(state_->mutex);
  return state_->requests.size();
}

int ScriptedServer::connections() const {
  std::lock_guard lock(state_->mutex);
  return state_->accepted;
}

void ScriptedServer::forget_requests() {
  std::lock_guard lock(state_->mutex);
  state_->requests.clear();
}

bool ScriptedServer::wait_for_closed(int count) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, kPatience, [&] { return state_->closed >= count; });
}

void ScriptedServer::close_idle() {
  std::unique_lock lock(state_->mutex);
  auto all = [&](auto predicate) { return std::all_of(state_->connections.begin(), state_->connections.end(), predicate); };
  state_->changed.wait_for(lock, kPatience, [&] { return all([](const Connection& each) { return each.idle || each.closed; }); });
  for (Connection& connection : state_->connections) {
    if (connection.idle) ::shutdown(connection.fd, SHUT_RDWR);
  }
  state_->changed.wait_for(lock, kPatience, [&] { return all([](const Connection& each) { return each.closed; }); });
}

}  // namespace objectstore::testing
