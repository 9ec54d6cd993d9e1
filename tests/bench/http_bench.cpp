// What the library adds to a request: 1 KiB GETs and PUTs through it, signed and unsigned, beside bare libcurl doing them unsigned.
//
//   http_bench [--requests N] [--rounds N] [--threads N,N,...] [--only TEXT]
// Against OBJECTSTORE_TEST_S3 with OBJECTSTORE_TEST_ACCESS_KEY and OBJECTSTORE_TEST_SECRET_KEY. All ways take turns within a round, and
// each figure is the median over rounds: a machine that slows down meanwhile slows all of them. CPU is user and system time of this
// process.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/bare_curl.h"
#include "bench/open_bucket.h"
#include "bench/process.h"
#include "objectstore/client.h"

using namespace objectstore;

namespace {

constexpr std::size_t kObjectBytes = 1024;
constexpr int kObjects = 64;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "http_bench: %s\n", what.c_str());
  std::exit(1);
}

std::string key_of(int index) {
  return "object-" + std::to_string(index % kObjects);
}

Credentials test_credentials() {
  return {.access_key_id = variable("OBJECTSTORE_TEST_ACCESS_KEY"), .secret_access_key = variable("OBJECTSTORE_TEST_SECRET_KEY")};
}

// One way to make a request; `run` makes `count` of them, starting with object `first`, on its caller's thread. False when one failed.
struct Way {
  std::string name;
  std::function<bool(int first, int count)> run;
};

// Bare libcurl ---------------------------------------------------------------------------------------------------------------------

bool bare_requests(const std::string& bucket_url, const std::string* body, int first, int count) {
  bench::BareHandle handle(body);
  for (int i = 0; i < count; ++i) {
    if (!handle.perform(bucket_url + "/" + key_of(first + i))) return false;
    if (body == nullptr && handle.reply().size() != kObjectBytes) return false;
  }
  return true;
}

// Through the library --------------------------------------------------------------------------------------------------------------

bool library_gets(Bucket& bucket, int first, int count) {
  for (int i = 0; i < count; ++i) {
    const auto got = bucket.download(key_of(first + i));
    if (!got || got->content.size() != kObjectBytes) return false;
  }
  return true;
}

bool library_puts(Bucket& bucket, const std::string& body, int first, int count) {
  for (int i = 0; i < count; ++i) {
    if (!bucket.upload(key_of(first + i), Body::view(body))) return false;
  }
  return true;
}

// Setting up -----------------------------------------------------------------------------------------------------------------------

Client connect_with(const std::string& endpoint, std::shared_ptr<CredentialsProvider> provider) {
  auto client = connect({.endpoint = endpoint, .region = "us-east-1", .credentials = std::move(provider)});
  if (!client) fail(to_string(client.error()));
  return *client;
}

// Measuring ------------------------------------------------------------------------------------------------------------------------

struct Sample {
  double requests_per_second = 0;
  double cpu_microseconds = 0;  ///< per request
};

Sample measure(const Way& way, int threads, int requests) {
  const int each = requests / threads;
  std::atomic<bool> good = true;
  std::vector<std::thread> running;
  const double cpu_before = bench::cpu_seconds();
  const auto before = std::chrono::steady_clock::now();
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      if (!way.run(thread * 7, each)) good = false;
    });
  }
  for (auto& thread : running) thread.join();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - before;
  const double cpu = bench::cpu_seconds() - cpu_before;
  if (!good) fail("a request failed: " + way.name);
  const double made = static_cast<double>(each) * threads;
  return {made / elapsed.count(), cpu / made * 1e6};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Those whose method and name hold `only`, for a profiler.
std::vector<Way> chosen(const std::string& method, const std::vector<Way>& ways, const std::string& only) {
  std::vector<Way> some;
  std::copy_if(ways.begin(), ways.end(), std::back_inserter(some),
               [&](const Way& way) { return (method + " " + way.name).find(only) != std::string::npos; });
  return some;
}

/// The first way is what the others are compared with.
void compare(const char* method, const std::vector<Way>& ways, int threads, int requests, int rounds) {
  if (ways.empty()) return;
  std::vector<std::vector<Sample>> samples(ways.size());
  for (int round = -1; round < rounds; ++round) {  // the first one warms up
    for (std::size_t i = 0; i < ways.size(); ++i) {
      const std::size_t way = (i + static_cast<std::size_t>(round + 1)) % ways.size();
      const Sample sample = measure(ways[way], threads, round < 0 ? std::max(threads, requests / 10) : requests);
      if (round >= 0) samples[way].push_back(sample);
    }
  }
  const auto median_of = [&](std::size_t way, double Sample::*figure) {
    std::vector<double> values;
    for (const Sample& sample : samples[way]) values.push_back(sample.*figure);
    return median(std::move(values));
  };
  const double bare = median_of(0, &Sample::cpu_microseconds);
  for (std::size_t way = 0; way < ways.size(); ++way) {
    const double cpu = median_of(way, &Sample::cpu_microseconds);
    std::printf("%-6s %7d  %-22s %10.0f %16.1f %10.1f %8.2f\n", method, threads, ways[way].name.c_str(),
                median_of(way, &Sample::requests_per_second), cpu, cpu - bare, cpu / bare);
    std::fflush(stdout);
  }
}

struct Arguments {
  int requests = 4000;
  int rounds = 7;
  std::vector<int> threads = {1, 16};
  std::string only;  ///< of a way's method and name: empty = all
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    std::string value = argv[i + 1];
    if (name == "--requests") {
      arguments.requests = std::clamp(std::atoi(value.c_str()), 16, 1'000'000);
    } else if (name == "--rounds") {
      arguments.rounds = std::clamp(std::atoi(value.c_str()), 1, 100);
    } else if (name == "--threads") {
      arguments.threads.clear();
      for (std::size_t at = 0; at != std::string::npos;) {
        const auto comma = value.find(',', at);
        arguments.threads.push_back(std::clamp(std::atoi(value.substr(at, comma - at).c_str()), 1, 256));
        at = comma == std::string::npos ? comma : comma + 1;
      }
    } else if (name == "--only") {
      arguments.only = value;
    } else {
      fail("usage: http_bench [--requests N] [--rounds N] [--threads N,N,...] [--only TEXT]");
    }
  }
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const std::string endpoint = variable("OBJECTSTORE_TEST_S3");
  if (endpoint.empty()) fail("OBJECTSTORE_TEST_S3 names no server: run tests/bench/http_bench.sh");

  const std::string name = "http-bench-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
  const Client client = connect_with(endpoint, static_credentials(test_credentials()));
  if (Status made = client.create_bucket(name); !made) fail(to_string(made.error()));
  if (Status opened = bench::open_to_all(endpoint, name, test_credentials()); !opened) fail(to_string(opened.error()));
  const auto signed_bucket = client.bucket(name);
  const auto unsigned_bucket = connect_with(endpoint, anonymous_credentials()).bucket(name);
  const std::string body(kObjectBytes, 'x');
  std::vector<std::string> keys;
  for (int i = 0; i < kObjects; ++i) keys.push_back(key_of(i));
  if (!library_puts(*signed_bucket, body, 0, kObjects)) fail("the objects could not be stored");

  const std::string url = endpoint + "/" + name;
  const std::vector<Way> gets = {
      {"bare libcurl, unsigned", [&](int first, int count) { return bare_requests(url, nullptr, first, count); }},
      {"library, unsigned", [&](int first, int count) { return library_gets(*unsigned_bucket, first, count); }},
      {"library, signed", [&](int first, int count) { return library_gets(*signed_bucket, first, count); }}};
  const std::vector<Way> puts = {
      {"bare libcurl, unsigned", [&](int first, int count) { return bare_requests(url, &body, first, count); }},
      {"library, unsigned", [&](int first, int count) { return library_puts(*unsigned_bucket, body, first, count); }},
      {"library, signed", [&](int first, int count) { return library_puts(*signed_bucket, body, first, count); }}};
  std::printf("%zu bytes an object, %d requests a round, medians of %d rounds\n\n", kObjectBytes, arguments.requests, arguments.rounds);
  std::printf("%-6s %7s  %-22s %10s %16s %10s %8s\n", "method", "threads", "by", "requests/s", "CPU us/request", "- bare", "/ bare");
  for (const int threads : arguments.threads) {
    compare("GET", chosen("GET", gets, arguments.only), threads, arguments.requests, arguments.rounds);
    compare("PUT", chosen("PUT", puts, arguments.only), threads, arguments.requests, arguments.rounds);
  }

  if (const auto deleted = signed_bucket->delete_objects(keys); !deleted) fail(to_string(deleted.error()));
  if (Status deleted = client.delete_bucket(name); !deleted) fail(to_string(deleted.error()));
}
