// Transfers against a server that refuses what is more than it likes, and against buckets in which nothing is ever refused.
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bucket/s3_fixture.h"
#include "objectstore/sync.h"
#include "support/catch.h"
#include "support/faulty_bucket.h"
#include "support/temp_dir.h"
#include "transfer/fixture.h"
#include "transfer/resources.h"
#include "transfer/transfers.h"

using namespace objectstore;
using namespace objectstore::testing;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

/// The machine's clock, on which sleeping takes a fiftieth of the time: whoever was refused pauses, as the others go on.
class HurriedClock final : public Clock {
 public:
  [[nodiscard]] SystemTime now() const override { return system_->now(); }
  [[nodiscard]] SteadyTime steady_now() const override { return system_->steady_now(); }
  bool sleep(std::chrono::milliseconds duration, const CancelToken* cancel) override { return system_->sleep(duration / 50, cancel); }

 private:
  std::shared_ptr<Clock> system_ = system_clock();
};

/// Serves one request after the other, each for some milliseconds, and answers 503 SlowDown to whoever comes while more than `limit` are
/// there.
class BusyServer {
 public:
  explicit BusyServer(std::size_t limit) : limit_(limit) {
    store_.answer_first_with([this](const ServerRequest&) -> std::optional<ServerReply> {
      const std::size_t there = fixture_.server.request_count() - in_flight_.size();
      in_flight_.push_back(there);
      std::this_thread::sleep_for(3ms);  // the time that serving takes: the others arrive meanwhile
      if (there <= limit_) return std::nullopt;
      ++refused_;
      return ServerReply{.status = 503, .body = "<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>"};
    });
  }

  [[nodiscard]] std::shared_ptr<Bucket> bucket() {
    return fixture_.bucket({.max_attempts = 50, .clock = std::make_shared<HurriedClock>()});
  }
  [[nodiscard]] const FakeS3& store() const { return store_; }
  /// Of the second half of all requests: how many were there when each was served.
  [[nodiscard]] double later_in_flight() const {
    const auto half = in_flight_.begin() + static_cast<std::ptrdiff_t>(in_flight_.size() / 2);
    return std::accumulate(half, in_flight_.end(), 0.0) / static_cast<double>(in_flight_.end() - half);
  }
  [[nodiscard]] double refused() const { return static_cast<double>(refused_) / static_cast<double>(in_flight_.size()); }

 private:
  const std::size_t limit_;
  FakeS3 store_;
  std::vector<std::size_t> in_flight_;  ///< by request; only the handler's thread adds, and tests look when all has ended
  std::size_t refused_ = 0;
  S3Fixture fixture_{store_.handler()};  ///< last: its threads use the others
};

fs::path many_files(const TempDir& temp, int count) {
  fs::create_directories(temp / "files");
  for (int i = 0; i < count; ++i) write_file(temp / "files" / std::to_string(i), std::to_string(i));
  return temp / "files";
}

}  // namespace

TEST_CASE("a server that throttles gets fewer requests at a time, and every object in the end") {
  TempDir temp;
  BusyServer server(4);
  const auto summary = sync_to_bucket(many_files(temp, 400), *server.bucket(), "", {.mode = SyncMode::all});
  REQUIRE(summary);
  CHECK(summary->copied == 400);
  CHECK(server.store().size() == 400);
  CHECK(server.refused() > 0);
  CHECK(server.refused() < 0.2);  // with eight in flight it is more than a quarter, see below
  CHECK(server.later_in_flight() <= 4);
}

TEST_CASE("a fixed number in flight stays fixed under throttling") {
  TempDir temp;
  BusyServer server(4);
  const auto bucket = server.bucket();
  const auto summary = sync_to_bucket(many_files(temp, 100), *bucket, "", {.mode = SyncMode::all, .concurrency = 8});
  REQUIRE(summary);
  CHECK(server.refused() > 0.25);
  transfer::Resources resources({.concurrency = 8});
  for (int i = 0; i < 10; ++i) CHECK(transfer::upload(resources, *bucket, "k", Body::text("x"), {}));
  CHECK(resources.requests.count() == 8);
}

TEST_CASE("every kind of transfer tells the limit of throttling") {
  FakeS3 store;
  S3Fixture fixture(store.handler());
  const auto bucket = fixture.bucket();
  REQUIRE(bucket->upload("k", Body::text("content")));
  const auto limit_after = [&](const std::function<bool(transfer::Resources&, const CallOptions&)>& carry) {
    bool caller_heard = false;
    fixture.server.reply({.status = 503, .body = "<Error><Code>SlowDown</Code></Error>"});
    transfer::Resources resources({});
    CHECK(carry(resources, {.on_throttled = [&] { caller_heard = true; }}));
    CHECK(caller_heard);
    return resources.requests.count();
  };
  CHECK(limit_after([&](transfer::Resources& resources, const CallOptions& call) {
          return transfer::upload(resources, *bucket, "new", Body::text("x"), {.object = {.call = call}}).has_value();
        }) == 1);
  CHECK(limit_after([&](transfer::Resources& resources, const CallOptions& call) {
          return transfer::upload(resources, *bucket, "stream", Body::until_end(reader_of("x")), {.object = {.call = call}}).has_value();
        }) == 1);
  CHECK(limit_after([&](transfer::Resources& resources, const CallOptions& call) {
          return transfer::download(resources, *bucket, "k", Sink::memory(), {.object = {.call = call}}).has_value();
        }) == 1);
  CHECK(limit_after([&](transfer::Resources& resources, const CallOptions& call) {
          return transfer::copy(resources, *bucket, {.key = "k"}, *bucket, "copy", {.object = {.call = call}}).has_value();
        }) == 1);
  transfer::Resources calm({});
  REQUIRE(transfer::download(calm, *bucket, "k", Sink::memory(), {}));
  CHECK(calm.requests.count() == 8);
}

TEST_CASE("trees of small and large objects travel with no number given, within the most that is allowed") {
  TempDir temp;
  const fs::path files = many_files(temp, 300);
  const std::string large = content_of(4 * kPart + 7);
  write_file(files / "large", large);
  const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  const SyncOptions options{.mode = SyncMode::all, .max_concurrency = 3, .part_size = kPart};
  const auto there = sync_to_bucket(files, *bucket, "p/", options);
  REQUIRE(there);
  CHECK(there->copied == 301);
  const auto back = sync_to_folder(*bucket, "p/", temp / "back", options);
  REQUIRE(back);
  CHECK(back->copied == 301);
  CHECK(read_file(temp / "back/large") == large);
  CHECK(read_file(temp / "back/299") == "299");
  CHECK(bucket->most_at_once() <= 3 + 4);  // the listing has four lanes of its own
}

TEST_CASE("transfers in a folder need no number either") {
  TempDir temp;
  const auto client = connect({.endpoint = "file:" + (temp / "store").native()});
  REQUIRE(client);
  REQUIRE(client->create_bucket("media"));
  const auto bucket = client->bucket("media");
  const auto there = sync_to_bucket(many_files(temp, 300), *bucket, "", {.mode = SyncMode::all});
  REQUIRE(there);
  CHECK(there->copied == 300);
  for (const bool server_side : {true, false}) {
    CAPTURE(server_side);
    REQUIRE(client->create_bucket(server_side ? "one" : "two"));
    const auto copied =
        sync_between(*bucket, "", *client->bucket(server_side ? "one" : "two"), "", {.mode = SyncMode::all, .server_side = server_side});
    REQUIRE(copied);
    CHECK(copied->copied == 300);
  }
}
