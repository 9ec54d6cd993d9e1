// A pointer store on a memory bucket that can fail, an emitter that can fail, and a clock that stands still.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bucket/backends.h"
#include "objectstore/events.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/faulty_bucket.h"

namespace objectstore::testing {

/// Keeps what it is given; fails when told to. Thread-safety: every member may be called concurrently.
class RecordingEmitter final : public Emitter {
 public:
  std::function<Status(const Message&, int)> on_emit;  ///< an error refuses; the int counts calls from 1
  std::function<Status()> on_flush;

  Status emit(const Message& message) override {
    const std::lock_guard lock(mutex_);
    ++calls_;
    if (on_emit) {
      if (Status status = on_emit(message, calls_); !status) return status;
    }
    messages_.push_back(message);
    return {};
  }
  Status flush() override {
    const std::lock_guard lock(mutex_);
    ++flushes_;
    return on_flush ? on_flush() : Status();
  }
  [[nodiscard]] std::string describe() const override { return "recording"; }

  [[nodiscard]] std::vector<Message> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  [[nodiscard]] std::vector<std::string> bodies() const {
    std::vector<std::string> bodies;
    for (const Message& message : messages()) bodies.push_back(message.body);
    return bodies;
  }
  [[nodiscard]] int calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  [[nodiscard]] int flushes() const {
    const std::lock_guard lock(mutex_);
    return flushes_;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    messages_.clear();
    calls_ = 0;
    flushes_ = 0;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Message> messages_;
  int calls_ = 0;
  int flushes_ = 0;
};

inline Error queue_down() {
  return {.kind = ErrorKind::unavailable, .message = "queue down"};
}

inline constexpr const char* kLayout = "{company}/{event}/{timestamp}.json";

struct StoreFixture {
  std::shared_ptr<FakeClock> clock = std::make_shared<FakeClock>();
  std::shared_ptr<ClientBackend> backend = make_memory_backend(clock);
  std::shared_ptr<Bucket> inner;
  std::shared_ptr<FaultyBucket> bucket;
  std::shared_ptr<RecordingEmitter> emitter = std::make_shared<RecordingEmitter>();
  std::shared_ptr<Random> random = seeded_random(1);
  PointerStore store;

  explicit StoreFixture(const char* layout = kLayout)
      : inner(made(*backend)),
        bucket(std::make_shared<FaultyBucket>(inner)),
        store(bucket, layout == nullptr ? std::nullopt : std::optional(KeyTemplate::parse(layout).value()), emitter, clock, random) {}

  /// Everything stored below `prefix`: key -> content.
  [[nodiscard]] std::map<std::string, std::string> contents(const std::string& prefix = "") const {
    std::map<std::string, std::string> all;
    for (const auto& entry : list_objects(*inner, {.prefix = prefix})) {
      REQUIRE(entry);
      all[entry->object.key] = inner->download(entry->object.key).value().content;
    }
    return all;
  }
  [[nodiscard]] std::map<std::string, std::string> intents() const { return contents("outbox/"); }
  [[nodiscard]] std::map<std::string, std::string> payloads() const {
    auto all = contents();
    std::erase_if(all, [](const auto& entry) { return entry.first.starts_with("outbox/"); });
    return all;
  }
  void put(const std::string& key, const std::string& content = "{}") const {
    UploadOptions options;
    options.content_type = "application/json";
    REQUIRE(inner->upload(key, Body::view(content), options));
  }

 private:
  static std::shared_ptr<Bucket> made(ClientBackend& backend) {
    REQUIRE(backend.create_bucket("events", {}));
    return backend.bucket("events");
  }
};

inline Fields order(const std::string& company = "comfyballs", const std::string& timestamp = "2024-11-14T10:23:11Z") {
  return {{"company", company}, {"event", "OrderPlaced"}, {"timestamp", timestamp}};
}

}  // namespace objectstore::testing
