// A plugin with clients of its own: loaded, used from two threads and unloaded while the program goes on.
#include <thread>

#include "round_trip.h"

namespace {

// In a static object: made at first use, destroyed by dlclose.
objectstore::Client& memory_client() {
  static objectstore::Client client = *objectstore::connect({.endpoint = "memory:"});
  return client;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int plugin_run(const char* folder, int closed_port) {
  auto directory = objectstore::connect({.endpoint = std::string("file:") + folder});
  if (!directory) return failed("connect", directory.error()) ? 0 : 1;
  bool other = false;
  std::thread thread([&] { other = round_trip(memory_client(), "plugin-thread"); });
  const bool here = round_trip(memory_client(), "plugin") && round_trip(*directory, "plugin");
  thread.join();

  // A request that reaches the network code, though nobody answers.
  auto s3 = objectstore::connect({.endpoint = "http://127.0.0.1:" + std::to_string(closed_port),
                                  .credentials = objectstore::anonymous_credentials(),
                                  .max_attempts = 1});
  if (!s3) return failed("connect", s3.error()) ? 0 : 1;
  auto refused = s3->bucket("bucket")->head("key");
  if (kind_of(refused) != objectstore::ErrorKind::unavailable) return 1;
  return here && other ? 0 : 1;
}
