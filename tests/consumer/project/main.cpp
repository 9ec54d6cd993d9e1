// A program as users write it: a client in a static object, backends without a server, a request in flight while its client goes away, and
// a plugin that comes and goes. consumer FOLDER [PLUGIN]
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "round_trip.h"

namespace {

const objectstore::Result<objectstore::Client> static_client = objectstore::connect({.endpoint = "memory:"});

// A port of 127.0.0.1, bound and, if `listening`, accepting connections that nobody ever answers.
class Port {
 public:
  explicit Port(bool listening) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(socket_, generic, size) != 0 || getsockname(socket_, generic, &size) != 0) std::abort();
    if (listening && listen(socket_, 8) != 0) std::abort();
    number_ = ntohs(address.sin_port);
  }
  ~Port() { close(socket_); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  [[nodiscard]] int number() const { return number_; }
  void wait_for_connection() const { close(accept(socket_, nullptr, nullptr)); }

 private:
  int socket_;
  int number_ = 0;
};

// The handle goes away while another thread waits for a reply; what is in flight ends in an error, by its deadline at the latest.
bool client_destroyed_in_flight() {
  const Port silent(true);
  objectstore::Result<objectstore::Downloaded> reply = objectstore::Error{};
  std::thread thread;
  {
    auto client = objectstore::connect({.endpoint = "http://127.0.0.1:" + std::to_string(silent.number()),
                                        .credentials = objectstore::anonymous_credentials(),
                                        .max_attempts = 1});
    if (!client) return failed("connect", client.error());
    thread = std::thread([bucket = client->bucket("bucket"), &reply] {
      reply = bucket->download("key", {}, {.call = {.deadline = std::chrono::seconds(20)}});
    });
  }
  silent.wait_for_connection();
  thread.join();
  return !reply && (reply.error().kind == objectstore::ErrorKind::unavailable || reply.error().kind == objectstore::ErrorKind::timeout);
}

bool plugin_comes_and_goes(const char* path, const std::string& folder) {
  const Port closed(false);
  for (int round = 0; round < 3; ++round) {
    void* plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (plugin == nullptr) {
      std::cerr << dlerror() << '\n';
      return false;
    }
    auto* run = reinterpret_cast<int (*)(const char*, int)>(dlsym(plugin, "plugin_run"));
    if (run == nullptr || run(folder.c_str(), closed.number()) != 0) return false;
    dlclose(plugin);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::filesystem::path folder = argv[1];
  auto directory = objectstore::connect({.endpoint = "file:" + (folder / "program").string()});
  if (!directory) return failed("connect", directory.error()) ? 0 : 1;
  if (!static_client || !round_trip(*static_client, "media") || !round_trip(*directory, "media")) return 1;
  if (!client_destroyed_in_flight()) {
    std::cerr << "the request in flight did not end as it should\n";
    return 1;
  }
  if (argc > 2 && !plugin_comes_and_goes(argv[2], (folder / "plugin").string())) {
    std::cerr << "the plugin failed\n";
    return 1;
  }
  std::cout << "consumer: all well\n";
  return 0;
}
