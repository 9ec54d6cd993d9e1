// The memory backend: buckets that live as long as the client and its handles.
#include <mutex>
#include <utility>

#include "bucket/backends.h"
#include "bucket/memory_store.h"
#include "bucket/rules.h"
#include "bucket/verb.h"

namespace objectstore {

namespace {

class MemoryBackend final : public ClientBackend {
 public:
  MemoryBackend(std::shared_ptr<Clock> clock, std::shared_ptr<Random> random, std::chrono::milliseconds deadline)
      : store_(std::make_shared<MemoryStore>()) {
    store_->clock = std::move(clock);
    store_->random = std::move(random);
    store_->deadline = deadline;
  }

  std::shared_ptr<Bucket> bucket(std::string_view name) override { return make_memory_bucket(store_, std::string(name)); }

  Status create_bucket(std::string_view name, const CreateBucketOptions& options) override {
    const Verb verb = store_->begin("create_bucket", name, {}, options.call);
    if (auto fine = check(verb, name); !fine) return fine;
    const std::unique_lock lock(store_->mutex);
    const bool made = store_->buckets.try_emplace(std::string(name), MemoryContents{store_->clock->now(), {}}).second;
    if (!made) return verb.failed(ErrorKind::already_exists, "the bucket exists already", "BucketAlreadyOwnedByYou");
    return {};
  }

  Status delete_bucket(std::string_view name, const CallOptions& options) override {
    const Verb verb = store_->begin("delete_bucket", name, {}, options);
    if (auto fine = check(verb, name); !fine) return fine;
    const std::unique_lock lock(store_->mutex);
    const auto found = store_->buckets.find(name);
    if (found == store_->buckets.end()) return verb.failed(no_such_bucket());
    if (!found->second.objects.empty()) return verb.failed(ErrorKind::conflict, "the bucket holds objects", "BucketNotEmpty");
    store_->buckets.erase(found);
    return {};
  }

  Result<std::vector<BucketInfo>> list_buckets(const CallOptions& options) override {
    const Verb verb = store_->begin("list_buckets", {}, {}, options);
    if (auto go_on = verb.proceed(); !go_on) return std::move(go_on).error();
    std::vector<BucketInfo> buckets;
    const std::shared_lock lock(store_->mutex);
    for (const auto& [name, contents] : store_->buckets) buckets.push_back({name, contents.created});
    return buckets;
  }

  Result<bool> bucket_exists(std::string_view name, const CallOptions& options) override {
    const Verb verb = store_->begin("bucket_exists", name, {}, options);
    if (auto fine = check(verb, name); !fine) return std::move(fine).error();
    const std::shared_lock lock(store_->mutex);
    return store_->buckets.find(name) != store_->buckets.end();
  }

  [[nodiscard]] std::string describe() const override { return "memory"; }

 private:
  static Status check(const Verb& verb, std::string_view name) {
    if (auto fine = check_bucket_name(name); !fine) return verb.failed(std::move(fine).error());
    return verb.proceed();
  }

  std::shared_ptr<MemoryStore> store_;
};

}  // namespace

std::shared_ptr<ClientBackend> make_memory_backend(std::shared_ptr<Clock> clock, std::shared_ptr<Random> random,
                                                   std::chrono::milliseconds deadline) {
  return std::make_shared<MemoryBackend>(std::move(clock), std::move(random), deadline);
}

}  // namespace objectstore
