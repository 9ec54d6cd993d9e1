// This library and bare libcurl as drivers of the comparison (tests/bench/compare/drivers.py says what a driver is told and answers).
//
//   compare_client prepare BUCKET                        makes the bucket, open to all, with the objects that `get` reads
//   compare_client curl|library|engine get|put BUCKET IN_FLIGHT SECONDS
//   compare_client curl|library up|down BUCKET KEY FILE
//   compare_client curl|library list BUCKET
// `library` is blocking calls, on as many threads as requests are in flight; `engine` the asynchronous engine. Both sign and check; curl does
// neither. compare_client_counting counts allocations as well.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#ifdef COUNT_ALLOCATIONS
#include "bench/allocations.h"
#endif
#include "bench/bare_curl.h"
#include "bench/open_bucket.h"
#include "bench/process.h"
#include "objectstore/async.h"
#include "objectstore/client.h"
#include "objectstore/transfer.h"

using namespace objectstore;
using Steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t kObjectBytes = 1024;
constexpr std::uint64_t kObjects = 64;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "compare_client: %s\n", what.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) fail(to_string(result.error()));
  return std::move(*result);
}

void must(const Status& status) {
  if (!status) fail(to_string(status.error()));
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) fail(std::string(name) + " is not set");
  return value;
}

std::string get_key(std::uint64_t index) {
  return "object-" + std::to_string(index % kObjects);
}
std::string put_key(std::uint64_t index) {
  return "put-" + std::to_string(index % kObjects);
}

const std::string& small_body() {
  static const std::string body(kObjectBytes, 'x');
  return body;
}

std::string url_of(std::string_view bucket) {
  return variable("AWS_ENDPOINT_URL") + "/" + std::string(bucket);
}

// Small requests -------------------------------------------------------------------------------------------------------------------

/// How long a work of small requests goes on, and how far it has come.
struct Small {
  bool put;
  int in_flight;
  Steady::time_point end;
  std::atomic<std::uint64_t> made = 0;

  [[nodiscard]] bool over() const { return Steady::now() >= end; }
};

/// `in_flight` threads, each with one request after the other. `worker` makes what one thread needs; it is called on it.
void by_threads(Small& work, const std::function<std::function<bool(std::uint64_t index)>()>& worker) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(work.in_flight));
  for (int thread = 0; thread < work.in_flight; ++thread) {
    threads.emplace_back([&, thread] {
      const auto request = worker();
      for (std::uint64_t index = static_cast<std::uint64_t>(thread) * 7; !work.over(); ++index) {
        if (!request(index)) fail("a request failed");
        ++work.made;
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

void curl_small(Small& work, const std::string& url) {
  by_threads(work, [&]() -> std::function<bool(std::uint64_t)> {
    const auto handle = std::make_shared<bench::BareHandle>(work.put ? &small_body() : nullptr);
    if (work.put) return [handle, &url](std::uint64_t index) { return handle->perform(url + "/" + put_key(index)); };
    return [handle, &url](std::uint64_t index) {
      return handle->perform(url + "/" + get_key(index)) && handle->reply().size() == kObjectBytes;
    };
  });
}

bool whole(const Result<Downloaded>& got) {
  if (!got) fail(to_string(got.error()));
  return got->content.size() == kObjectBytes;
}

bool stored(const Result<Uploaded>& put) {
  if (!put) fail(to_string(put.error()));
  return true;
}

void library_small(Small& work, Bucket& bucket) {
  by_threads(work, [&]() -> std::function<bool(std::uint64_t)> {
    if (work.put) return [&](std::uint64_t index) { return stored(bucket.upload(put_key(index), Body::view(small_body()))); };
    return [&](std::uint64_t index) { return whole(bucket.download(get_key(index))); };
  });
}

/// One request after the other until the time is over.
void engine_next(Small& work, const AsyncBucket& bucket, std::uint64_t index) {
  if (work.over()) return;
  const auto again = [&work, &bucket, index](bool good) {
    if (!good) fail("a request failed");
    ++work.made;
    engine_next(work, bucket, index + 1);
  };
  if (work.put) {
    bucket.upload(put_key(index), Body::view(small_body())).start([again](const Result<Uploaded>& put) { again(stored(put)); });
  } else {
    bucket.download(get_key(index)).start([again](const Result<Downloaded>& got) { again(whole(got)); });
  }
}

/// The most threads that the process has had meanwhile is that of the engine and ours.
void engine_small(Small& work, const std::shared_ptr<Bucket>& bucket, const std::function<void()>& look) {
  const auto engine = must(AsyncEngine::start({.max_running = static_cast<std::size_t>(work.in_flight)}));
  const AsyncBucket async(engine, bucket);
  for (int i = 0; i < work.in_flight; ++i) engine_next(work, async, static_cast<std::uint64_t>(i) * 7);
  std::this_thread::sleep_until(work.end);
  look();
  while (engine.running() > 0 || engine.waiting() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// Listing --------------------------------------------------------------------------------------------------------------------------

/// Looks for nothing but the keys' number and the way to the next page.
std::uint64_t curl_list(const std::string& url) {
  bench::BareHandle handle;
  std::uint64_t count = 0;
  std::string token;
  do {
    if (!handle.perform(url + "?list-type=2" + (token.empty() ? "" : "&continuation-token=" + token))) fail("a listing failed");
    const auto between = [&](std::string_view begin, std::string_view end) -> std::string {
      const auto first = handle.reply().find(begin);
      if (first == std::string::npos) return "";
      const auto start = first + begin.size();
      return handle.reply().substr(start, handle.reply().find(end, start) - start);
    };
    count += std::strtoull(between("<KeyCount>", "<").c_str(), nullptr, 10);
    token = between("<NextContinuationToken>", "<");
  } while (!token.empty());
  return count;
}

std::uint64_t library_list(Bucket& bucket) {
  std::uint64_t count = 0;
  for (const auto& entry : list_objects(bucket)) {
    if (!entry) fail(to_string(entry.error()));
    ++count;
  }
  return count;
}

// The driver -----------------------------------------------------------------------------------------------------------------------

std::string status_word(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::to_string(std::strtoull(line.c_str() + name.size(), nullptr, 10));
  }
  return "0";
}

void prepare(const std::string& name) {
  const Client client = must(connect());
  must(client.create_bucket(name));
  const Credentials credentials{.access_key_id = variable("AWS_ACCESS_KEY_ID"), .secret_access_key = variable("AWS_SECRET_ACCESS_KEY")};
  must(bench::open_to_all(variable("AWS_ENDPOINT_URL"), name, credentials));
  const auto bucket = client.bucket(name);
  for (std::uint64_t i = 0; i < kObjects; ++i) must(bucket->upload(get_key(i), Body::view(small_body())));
}

std::uint64_t allocations() {
#ifdef COUNT_ALLOCATIONS
  return bench::allocations();
#else
  return 0;
#endif
}

/// What was done, and the most threads there were, where that is known.
struct Done {
  std::uint64_t count = 1;
  std::string threads = "0";
};

Done small(const std::string& way, bool put, const std::string& bucket, int in_flight, double seconds) {
  Small work{
      .put = put, .in_flight = std::max(in_flight, 1), .end = Steady::now() + std::chrono::milliseconds(static_cast<int>(seconds * 1000))};
  std::string threads = std::to_string(work.in_flight + 1);
  if (way == "curl") {
    curl_small(work, url_of(bucket));
  } else if (way == "engine") {
    engine_small(work, must(connect()).bucket(bucket), [&] { threads = status_word("Threads:"); });
  } else {
    library_small(work, *must(connect()).bucket(bucket));
  }
  return {work.made, threads};
}

Done up(const std::string& way, const std::string& bucket, const std::string& key, const std::string& file) {
  if (way == "library") {
    must(TransferManager().upload(*must(connect()).bucket(bucket), key, Body::file(file)));
  } else if (!bench::bare_upload_file(url_of(bucket) + "/" + key, file)) {
    fail("the upload failed");
  }
  return {};
}

Done down(const std::string& way, const std::string& bucket, const std::string& key, const std::string& file) {
  if (way == "library") {
    must(TransferManager().download_file(*must(connect()).bucket(bucket), key, file));
  } else if (!bench::bare_download_file(url_of(bucket) + "/" + key, file)) {
    fail("the download failed");
  }
  return {};
}

Done run(const std::vector<std::string>& words) {
  const std::string verb = words.size() < 2 ? "" : words[1];
  if ((verb == "get" || verb == "put") && words.size() == 5) {
    return small(words[0], verb == "put", words[2], static_cast<int>(std::strtol(words[3].c_str(), nullptr, 10)),
                 std::strtod(words[4].c_str(), nullptr));
  }
  if (verb == "up" && words.size() == 5) return up(words[0], words[2], words[3], words[4]);
  if (verb == "down" && words.size() == 5) return down(words[0], words[2], words[3], words[4]);
  if (verb == "list" && words.size() == 3) {
    return {words[0] == "curl" ? curl_list(url_of(words[2])) : library_list(*must(connect()).bucket(words[2]))};
  }
  fail("unknown arguments: the head of compare_client.cpp says which there are");
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 2 && words[0] == "prepare") {
    prepare(words[1]);
    return 0;
  }
  bench::raise_file_limit();
  const auto start = Steady::now();
  const double cpu_before = bench::cpu_seconds();
  const std::uint64_t allocations_before = allocations();
  const Done done = run(words);
  const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
  std::printf("{\"count\": %llu, \"seconds\": %.6f, \"cpu\": %.6f, \"peak_kib\": %s, \"threads\": %s, \"allocations\": %llu}\n",
              static_cast<unsigned long long>(done.count), seconds, bench::cpu_seconds() - cpu_before, status_word("VmHWM:").c_str(),
              done.threads.c_str(), static_cast<unsigned long long>(allocations() - allocations_before));
}
