// The objects of a benchmark.
#include "bench_load.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace objectstore::cli {
namespace {

constexpr std::size_t kContentBytes = 2U << 20;
constexpr std::size_t kMostDeletable = 1U << 16;  // the others go at the end

std::shared_ptr<const std::string> random_content(std::uint64_t seed) {
  const auto random = seeded_random(seed);
  std::string content(kContentBytes, '\0');
  for (std::size_t i = 0; i < content.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t bits = random->next();
    std::memcpy(content.data() + i, &bits, sizeof bits);
  }
  return std::make_shared<const std::string>(std::move(content));
}

/// `size` bytes: the content over and over, from its byte `begin` on.
Body repeated(std::shared_ptr<const std::string> content, std::size_t begin, std::uint64_t size) {
  const auto position = std::make_shared<std::uint64_t>(0);
  const auto read = [content = std::move(content), begin, size, position](std::span<std::byte> out) -> Result<std::size_t> {
    const std::uint64_t from = (begin + *position) % content->size();
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>({out.size(), content->size() - from, size - *position}));
    std::memcpy(out.data(), content->data() + from, count);
    *position += count;
    return count;
  };
  const auto rewind = [position]() -> Status {
    *position = 0;
    return {};
  };
  return Body::stream(size, read, rewind);
}

/// Counts, and notes when the first byte is there.
class Counter final : public BodySink {
 public:
  explicit Counter(std::optional<SteadyTime>& first_byte) : first_byte_(first_byte) {}
  Status begin(std::optional<std::uint64_t> /*size*/) override { return {}; }
  Status write(std::span<const std::byte> /*bytes*/) override {
    if (!first_byte_) first_byte_ = std::chrono::steady_clock::now();
    return {};
  }
  Status finish() override { return {}; }
  void discard() noexcept override {}

 private:
  std::optional<SteadyTime>& first_byte_;
};

}  // namespace

BenchLoad::BenchLoad(std::shared_ptr<Bucket> bucket, const BenchOptions& options)
    : bucket_(std::move(bucket)), options_(options), call_{.cancel = options.cancel}, content_(random_content(options.seed)) {}

std::string BenchLoad::read_key(std::uint64_t number) const {
  return options_.prefix + "read/" + std::to_string(number);
}

std::string BenchLoad::written_key(std::uint64_t number) const {
  return options_.prefix + "written/" + std::to_string(number);
}

Body BenchLoad::body(std::uint64_t size, Random& random) const {
  const auto begin = static_cast<std::size_t>(draw_below(random, content_->size() / 2));
  if (size <= content_->size() / 2) return Body::view(std::string_view(*content_).substr(begin, static_cast<std::size_t>(size)));
  return repeated(content_, begin, size);
}

Status BenchLoad::prepare(std::uint64_t number, BenchWorker& worker) {
  const Result<Uploaded> done =
      bucket_->upload(read_key(number), body(options_.sizes.draw(*worker.random), *worker.random), {.call = call_});
  return done ? Status() : Status(done.error());
}

BenchVerb BenchLoad::draw(Random& random) const {
  std::uint64_t sum = 0;
  for (const std::uint64_t share : options_.shares) sum += share;
  std::uint64_t place = draw_below(random, sum);
  std::size_t verb = 0;
  while (place >= options_.shares[verb]) place -= options_.shares[verb++];
  return static_cast<BenchVerb>(verb);
}

BenchOutcome BenchLoad::perform(BenchWorker& worker) {
  switch (draw(*worker.random)) {
    case BenchVerb::put: return put(worker);
    case BenchVerb::get: return get(worker);
    case BenchVerb::list: return list(worker);
    case BenchVerb::stat: {
      const Result<ObjectInfo> head = bucket_->head(read_key(draw_below(*worker.random, options_.objects)), {.call = call_});
      return {.verb = BenchVerb::stat, .status = head ? Status() : Status(head.error())};
    }
    case BenchVerb::remove: break;
  }
  std::optional<std::uint64_t> number;
  {
    const std::lock_guard lock(mutex_);
    if (!deletable_.empty()) {
      number = deletable_.front();
      deletable_.pop_front();
    }
  }
  if (!number) return put(worker);  // what is to go has to come first
  return {.verb = BenchVerb::remove, .status = bucket_->delete_object(written_key(*number), {.call = call_})};
}

BenchOutcome BenchLoad::put(BenchWorker& worker) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = written_++;
  }
  const std::uint64_t size = options_.sizes.draw(*worker.random);
  const Result<Uploaded> done = bucket_->upload(written_key(number), body(size, *worker.random), {.call = call_});
  if (!done) return {.verb = BenchVerb::put, .status = done.error()};
  if (options_.shares[static_cast<std::size_t>(BenchVerb::remove)] > 0) {
    const std::lock_guard lock(mutex_);
    if (deletable_.size() < kMostDeletable) deletable_.push_back(number);
  }
  return {.verb = BenchVerb::put, .bytes = size};
}

BenchOutcome BenchLoad::get(BenchWorker& worker) {
  BenchOutcome outcome{.verb = BenchVerb::get};
  const std::string key = read_key(draw_below(*worker.random, options_.objects));
  const Result<Downloaded> done = bucket_->download(key, Sink::from(std::make_unique<Counter>(outcome.first_byte)), {.call = call_});
  if (!done) return {.verb = BenchVerb::get, .status = done.error()};
  outcome.bytes = done->size;
  return outcome;
}

BenchOutcome BenchLoad::list(BenchWorker& worker) {
  const Result<ListPage> page =
      bucket_->list({.prefix = options_.prefix + "read/", .continuation = std::exchange(worker.continuation, {}), .call = call_});
  if (!page) return {.verb = BenchVerb::list, .status = page.error()};
  worker.continuation = page->continuation;
  return {.verb = BenchVerb::list, .entries = page->objects.size()};
}

Status BenchLoad::clean() {
  constexpr std::size_t kBatch = 1000;
  std::vector<std::string> keys;
  const auto remove = [&]() -> Status {
    const Result<std::vector<DeleteOutcome>> outcomes = bucket_->delete_objects(std::exchange(keys, {}));
    if (!outcomes) return outcomes.error();
    for (const DeleteOutcome& outcome : *outcomes) {
      if (outcome.error) return *outcome.error;
    }
    return {};
  };
  ObjectRange range = list_objects(*bucket_, {.prefix = options_.prefix});
  for (const Result<ListEntry>& entry : range) {
    if (!entry) return entry.error();
    keys.push_back(entry->object.key);
    if (keys.size() < kBatch) continue;
    if (Status removed = remove(); !removed) return removed;
  }
  return keys.empty() ? Status() : remove();
}

}  // namespace objectstore::cli
