// How long a signature takes and how often it allocates: ns and allocations per signed GET, re-signed GET, listing and presigned URL.
// Allocations are calls of operator new; those inside OpenSSL, one per digest in version 3.0, go by its own allocator and are shown apart.
#include <benchmark/benchmark.h>
#include <openssl/crypto.h>
#include <time.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <new>
#include <vector>

#include "objectstore/sigv4.h"

namespace {

// The benchmark has one thread.
std::size_t allocations = 0;
std::size_t openssl_allocations = 0;

}  // namespace

// Not inlined: g++ would take malloc and delete, or new and free, for mismatched pairs.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

using namespace objectstore;

constexpr std::size_t kBatch = 512;

/// The GET of a client: its host, a key in folders, a range, and room for what signing adds.
HttpRequest typical_get() {
  HttpRequest request;
  request.host = "media.s3.eu-north-1.amazonaws.com";
  request.path = "/2026/11/14/comfyballs/orders/OrderPlaced/2024-11-14T10%3A23%3A11Z.json";
  request.headers.reserve(8);
  request.headers.set("range", "bytes=0-1023");
  return request;
}

struct Fixture {
  Fixture() {
    credentials.access_key_id = "AKIAIOSFODNN7EXAMPLE";
    credentials.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    context.credentials = &credentials;
    context.region = "eu-north-1";
    context.time = SystemTime(std::chrono::seconds(1'731'579'791));
    context.keys = &keys;
  }
  Credentials credentials;
  SigningKeyCache keys;
  SigningContext context;
};

/// Seconds of processor time of this thread: unlike a clock on the wall it does not mind what else the machine does.
double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Times `work` on one prepared request after the other; the preparing is not counted.
template <class Prepare, class Work>
void measure(benchmark::State& state, Prepare prepare, Work work) {
  double seconds = 0;
  std::size_t allocated = 0;
  std::size_t allocated_by_openssl = 0;
  for (auto _ : state) {
    std::vector<HttpRequest> requests;
    requests.reserve(kBatch);
    for (std::size_t i = 0; i < kBatch; ++i) requests.push_back(prepare());
    const std::size_t allocated_before = allocations;
    const std::size_t openssl_before = openssl_allocations;
    const double start = processor_seconds();
    for (HttpRequest& request : requests) work(request);
    const double elapsed = processor_seconds() - start;
    allocated += allocations - allocated_before;
    allocated_by_openssl += openssl_allocations - openssl_before;
    seconds += elapsed;
    state.SetIterationTime(elapsed);
  }
  const double signatures = static_cast<double>(state.iterations()) * kBatch;
  const auto per_signature = [signatures](double total) { return std::round(total / signatures * 100) / 100; };
  state.counters["ns_per_signature"] = std::round(per_signature(seconds * 1e9));
  state.counters["allocations_per_signature"] = per_signature(static_cast<double>(allocated));
  state.counters["inside_openssl"] = per_signature(static_cast<double>(allocated_by_openssl));
}

void signed_get(benchmark::State& state) {
  Fixture fixture;
  measure(state, typical_get,
          [&](HttpRequest& request) { benchmark::DoNotOptimize(sign_request(request, kEmptySha256, fixture.context)); });
}

void signed_get_with_session_token(benchmark::State& state) {
  Fixture fixture;
  fixture.credentials.session_token = std::string(400, 't');
  measure(state, typical_get,
          [&](HttpRequest& request) { benchmark::DoNotOptimize(sign_request(request, kEmptySha256, fixture.context)); });
}

void signed_get_without_key_cache(benchmark::State& state) {
  Fixture fixture;
  fixture.context.keys = nullptr;
  measure(state, typical_get,
          [&](HttpRequest& request) { benchmark::DoNotOptimize(sign_request(request, kEmptySha256, fixture.context)); });
}

void signed_get_again(benchmark::State& state) {
  Fixture fixture;
  const auto prepare = [&] {
    HttpRequest request = typical_get();
    sign_request(request, kEmptySha256, fixture.context);
    return request;
  };
  measure(state, prepare, [&](HttpRequest& request) { benchmark::DoNotOptimize(sign_request(request, kEmptySha256, fixture.context)); });
}

void signed_list(benchmark::State& state) {
  Fixture fixture;
  const auto prepare = [] {
    HttpRequest request = typical_get();
    request.path = "/media";
    request.query = "list-type=2&prefix=2026%2F11%2F14%2F&delimiter=%2F&max-keys=1000&encoding-type=url";
    return request;
  };
  measure(state, prepare, [&](HttpRequest& request) { benchmark::DoNotOptimize(sign_request(request, kEmptySha256, fixture.context)); });
}

void presigned_get(benchmark::State& state) {
  Fixture fixture;
  measure(state, typical_get,
          [&](HttpRequest& request) { benchmark::DoNotOptimize(presign_query(request, std::chrono::hours(1), fixture.context)); });
}

BENCHMARK(signed_get)->UseManualTime();
BENCHMARK(signed_get_with_session_token)->UseManualTime();
BENCHMARK(signed_get_without_key_cache)->UseManualTime();
BENCHMARK(signed_get_again)->UseManualTime();
BENCHMARK(signed_list)->UseManualTime();
BENCHMARK(presigned_get)->UseManualTime();

}  // namespace

int main(int argc, char** argv) {
  CRYPTO_set_mem_functions(
      [](std::size_t size, const char*, int) {
        ++openssl_allocations;
        return std::malloc(size);
      },
      [](void* memory, std::size_t size, const char*, int) {
        ++openssl_allocations;
        return std::realloc(memory, size);
      },
      [](void* memory, const char*, int) { std::free(memory); });
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
