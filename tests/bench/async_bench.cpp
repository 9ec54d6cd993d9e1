// What the asynchronous engine carries and what it costs: 1 KiB GETs against a stub server in a process of its own.
//
//   async_bench [--in-flight N] [--latency-ms N] [--seconds N] [--threads N] [--requests N] [--rounds N]
// First: N GETs in flight all the time against a server that answers after the latency; the ideal rate is their quotient. Then: CPU (user and
// system time of this process) per GET against a server that answers at once, with blocking calls on as many threads as are in flight and
// with the engine; medians over rounds, in which both take turns. Signed, over libcurl, checks and all: what a program would get.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/process.h"
#include "objectstore/async.h"
#include "objectstore/client.h"
#include "support/stub_server.h"

using namespace objectstore;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t kObjectBytes = 1024;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "async_bench: %s\n", what.c_str());
  std::exit(1);
}

/// A stub server in a process of its own, so that its CPU is not ours.
class Server {
 public:
  explicit Server(milliseconds latency) {
    int ports[2] = {-1, -1};
    if (::pipe(ports) != 0) fail("pipe");
    process_ = ::fork();
    if (process_ < 0) fail("fork");
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const testing::StubServer server(latency, kObjectBytes);
      const std::uint16_t port = server.port();
      if (::write(ports[1], &port, sizeof port) != sizeof port) ::_exit(1);
      while (true) ::pause();
    }
    std::uint16_t port = 0;
    if (::read(ports[0], &port, sizeof port) != sizeof port) fail("the stub server did not start");
    ::close(ports[0]);
    ::close(ports[1]);
    endpoint_ = "http://127.0.0.1:" + std::to_string(port);
  }
  ~Server() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::shared_ptr<Bucket> bucket() const {
    const auto client = connect({.endpoint = endpoint_,
                                 .region = "us-east-1",
                                 .credentials = static_credentials({.access_key_id = "AKIDBENCH", .secret_access_key = "secret"})});
    if (!client) fail(to_string(client.error()));
    return client->bucket("bench");
  }

 private:
  pid_t process_ = -1;
  std::string endpoint_;
};

std::string status_line(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return line.substr(line.find_first_not_of(" \t", name.size() + 1));
  }
  return "?";
}

struct Counts {
  std::atomic<std::uint64_t> good = 0;
  std::atomic<std::uint64_t> bad = 0;
  std::atomic<std::int64_t> left = 0;  ///< still to be started
};

/// One GET after the other until none is left; `in_flight` of them are what the engine carries.
void fetch(const AsyncBucket& bucket, Counts& counts) {
  if (--counts.left < 0) return;
  bucket.download("object").start([&](const Result<Downloaded>& got) {
    ++(got && got->content.size() == kObjectBytes ? counts.good : counts.bad);
    fetch(bucket, counts);
  });
}

void carry(const AsyncOptions& options, milliseconds latency, int seconds) {
  const Server server(latency);
  Counts counts;
  counts.left = INT64_MAX;
  double elapsed = 0;
  double cpu = 0;
  std::uint64_t made = 0;
  std::string threads;
  {
    const auto engine = AsyncEngine::start(options);
    if (!engine) fail(to_string(engine.error()));
    const AsyncBucket bucket(*engine, server.bucket());
    for (std::size_t i = 0; i < options.max_running; ++i) fetch(bucket, counts);
    std::this_thread::sleep_for(std::chrono::seconds(1));  // connections are made
    const std::uint64_t before = counts.good;
    const auto start = Steady::now();
    const double cpu_before = bench::cpu_seconds();
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    made = counts.good - before;
    elapsed = std::chrono::duration<double>(Steady::now() - start).count();
    cpu = bench::cpu_seconds() - cpu_before;
    threads = status_line("Threads:");
    counts.left = 0;
  }
  const double rate = static_cast<double>(made) / elapsed;
  const double ideal = static_cast<double>(options.max_running) * 1000 / static_cast<double>(latency.count());
  std::printf("%zu in flight, %lld ms latency, %d s\n", options.max_running, static_cast<long long>(latency.count()), seconds);
  std::printf("  %.0f GET/s of ideally %.0f: %.1f %%; failures: %llu\n", rate, ideal, 100 * rate / ideal,
              static_cast<unsigned long long>(counts.bad));
  std::printf("  CPU %.1f us/GET, %.2f cores; threads with the main one: %s; VmHWM: %s\n\n", cpu / static_cast<double>(made) * 1e6,
              cpu / elapsed, threads.c_str(), status_line("VmHWM:").c_str());
}

struct Sample {
  double rate = 0;
  double cpu = 0;  ///< microseconds a request
};

Sample measure(int requests, const std::function<void()>& work) {
  const double cpu_before = bench::cpu_seconds();
  const auto before = Steady::now();
  work();
  const double elapsed = std::chrono::duration<double>(Steady::now() - before).count();
  return {requests / elapsed, (bench::cpu_seconds() - cpu_before) / requests * 1e6};
}

void blocking(Bucket& bucket, int in_flight, int requests) {
  std::atomic<int> left = requests;
  std::vector<std::thread> threads;
  for (int i = 0; i < in_flight; ++i) {
    threads.emplace_back([&] {
      while (--left >= 0) {
        const auto got = bucket.download("object");
        if (!got || got->content.size() != kObjectBytes) fail("a GET failed");
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

void compare(int in_flight, int requests, int rounds, int threads) {
  const Server server(milliseconds(0));
  const auto bucket = server.bucket();
  const auto engine = AsyncEngine::start({.threads = threads});
  if (!engine) fail(to_string(engine.error()));
  const AsyncBucket async(*engine, bucket);
  std::vector<Sample> by_threads;
  std::vector<Sample> by_engine;
  for (int round = -1; round < rounds; ++round) {  // the first one warms up
    const Sample one = measure(requests, [&] { blocking(*bucket, in_flight, requests); });
    const Sample two = measure(requests, [&] {
      Counts counts;
      counts.left = requests;
      for (int i = 0; i < in_flight; ++i) fetch(async, counts);
      while (counts.good + counts.bad < static_cast<std::uint64_t>(requests) || engine->running() > 0) {
        std::this_thread::sleep_for(milliseconds(1));
      }
      if (counts.bad > 0) fail("a GET failed");
    });
    if (round < 0) continue;
    by_threads.push_back(one);
    by_engine.push_back(two);
  }
  const auto median = [](std::vector<Sample>& samples, double Sample::*figure) {
    std::sort(samples.begin(), samples.end(), [&](const Sample& a, const Sample& b) { return a.*figure < b.*figure; });
    return samples[samples.size() / 2].*figure;
  };
  std::printf("%9d %14.0f %12.1f %14.0f %12.1f\n", in_flight, median(by_threads, &Sample::rate), median(by_threads, &Sample::cpu),
              median(by_engine, &Sample::rate), median(by_engine, &Sample::cpu));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  AsyncOptions options{.max_running = 1000};
  int latency = 50;
  int seconds = 5;
  int requests = 4000;
  int rounds = 5;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const int value = std::max(std::atoi(argv[i + 1]), 0);
    if (name == "--in-flight") {
      options.max_running = static_cast<std::size_t>(std::max(value, 1));
    } else if (name == "--latency-ms") {
      latency = std::max(value, 1);
    } else if (name == "--seconds") {
      seconds = std::max(value, 1);
    } else if (name == "--threads") {
      options.threads = value;
    } else if (name == "--requests") {
      requests = std::max(value, 1);
    } else if (name == "--rounds") {
      rounds = value;  // 0: the first part alone
    } else {
      fail("unknown option " + std::string(name));
    }
  }
  bench::raise_file_limit();

  carry(options, milliseconds(latency), seconds);
  if (rounds == 0) return 0;
  std::printf("in flight threads: GET/s  CPU us/GET  engine: GET/s  CPU us/GET\n");
  for (const int in_flight : {1, 16, 64}) compare(in_flight, requests, rounds, options.threads);
}
