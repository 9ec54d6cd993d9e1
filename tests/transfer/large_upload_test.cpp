// Uploads in parts: every kind of body and size, failures anywhere, and going on after them.
#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "objectstore/async.h"
#include "transfer/fixture.h"

using namespace objectstore;
using namespace objectstore::testing;

namespace {

/// A body with random access that counts how often its bytes are read, and that may find itself changed.
class CountedBody final : public BodySource {
 public:
  CountedBody(std::string content, std::shared_ptr<std::atomic<std::uint64_t>> bytes_read, bool changed = false)
      : content_(std::move(content)), bytes_read_(std::move(bytes_read)), changed_(changed) {}
  Result<std::optional<std::uint64_t>> size() override { return std::optional<std::uint64_t>(content_.size()); }
  Result<std::size_t> read(std::span<std::byte> out) override {
    auto count = read_at(position_, out);
    if (count) position_ += *count;
    return count;
  }
  Status rewind() override {
    position_ = 0;
    return {};
  }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    const std::size_t count = std::min<std::size_t>(out.size(), content_.size() - static_cast<std::size_t>(offset));
    if (count > 0) std::memcpy(out.data(), content_.data() + offset, count);
    *bytes_read_ += count;
    return count;
  }
  [[nodiscard]] bool random_access() const override { return true; }
  Status verify_unchanged() override {
    if (!changed_) return {};
    return Error{.kind = ErrorKind::conflict, .message = "changed while it was read"};
  }

 private:
  const std::string content_;
  const std::shared_ptr<std::atomic<std::uint64_t>> bytes_read_;
  const bool changed_;
  std::uint64_t position_ = 0;
};

}  // namespace

TEST_CASE("a file that goes in one request is read once, whatever is made of its bytes on the way") {
  const auto bytes_read = std::make_shared<std::atomic<std::uint64_t>>(0);
  const std::string content = content_of(kPart);
  const auto bucket = memory_bucket();
  TransferManager transfers(small_parts());
  REQUIRE(transfers.upload(*bucket, "k", Body::from(std::make_unique<CountedBody>(content, bytes_read))));
  CHECK(*bytes_read == content.size());
  CHECK(stored(*bucket, "k") == content);
}

TEST_CASE("a small file that was changed while it was read is not stored") {
  const auto bytes_read = std::make_shared<std::atomic<std::uint64_t>>(0);
  const auto bucket = memory_bucket();
  TransferManager transfers(small_parts());
  const auto uploaded = transfers.upload(*bucket, "k", Body::from(std::make_unique<CountedBody>(content_of(1000), bytes_read, true)));
  CHECK(kind_of(uploaded) == ErrorKind::conflict);
  CHECK(kind_of(bucket->head("k")) == ErrorKind::not_found);
}

TEST_CASE("every kind of body of every size is stored byte for byte") {
  const std::uint64_t size = GENERATE(std::uint64_t{0}, std::uint64_t{1}, kPart - 1, kPart, kPart + 1, 2 * kPart, 3 * kPart + 17);
  const std::string kind = GENERATE(as<std::string>(), "memory", "file", "stream", "until_end");
  CAPTURE(size, kind);
  const TempDir dir;
  const std::string content = content_of(size);
  write_file(dir / "source", content);
  const auto body = [&] {
    if (kind == "memory") return Body::view(content);
    if (kind == "file") return Body::file(dir / "source");
    if (kind == "stream") return Body::stream(size, reader_of(content));
    return Body::until_end(reader_of(content));
  };
  const auto bucket = memory_bucket();
  TransferManager transfers(small_parts());
  TransferProgress last;
  TransferUploadOptions options{.object = {.content_type = "text/x-large", .metadata = {{"owner", "ana"}}}};
  options.progress = [&](const TransferProgress& now) { last = now; };
  const auto uploaded = transfers.upload(*bucket, "k", body(), options);
  REQUIRE(uploaded);
  CHECK(uploaded->ref.size == size);
  CHECK(uploaded->ref.content_type == "text/x-large");
  CHECK(stored(*bucket, "k") == content);
  const auto info = bucket->head("k");
  REQUIRE(info);
  CHECK(info->etag == uploaded->ref.etag);
  CHECK(info->content_type == "text/x-large");
  CHECK(info->metadata == Metadata{{"owner", "ana"}});
  // One request where that is enough; that a body ends behind a whole part shows too late.
  CHECK((info->etag.find('-') != std::string::npos) == (size > kPart || (size == kPart && kind == "until_end")));
  CHECK(last.bytes == size);
  CHECK(unfinished(*bucket) == 0);
}

TEST_CASE("whichever operation of an upload in parts fails, nothing shows and no upload is left") {
  const std::string content = content_of(3 * kPart + 5);
  for (int n = 1;; ++n) {
    CAPTURE(n);
    const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
    bucket->fail({.operation = n});
    TransferManager transfers(small_parts(1));
    const auto uploaded = transfers.upload(*bucket, "k", Body::view(content));
    const auto operations = bucket->operations();
    bucket->fail({});
    if (uploaded) {
      CHECK(n == 7);  // create, four parts, complete
      break;
    }
    REQUIRE(n < 7);
    CHECK(uploaded.error().kind == ErrorKind::unavailable);
    CHECK(uploaded.error().key.starts_with("k"));
    CHECK(stored(*bucket, "k") == "<not_found>");
    CHECK(unfinished(*bucket) == 0);
    CHECK(count_of(operations, "abort") == (n == 1 ? 0 : 1));
  }
}

TEST_CASE("an upload that cannot even be aborted names what is left") {
  const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  bucket->fail({.operation = 3, .and_all_later = true});
  TransferManager transfers(small_parts(1));
  const auto uploaded = transfers.upload(*bucket, "k", Body::text(content_of(2 * kPart)));
  bucket->fail({});
  REQUIRE(kind_of(uploaded) == ErrorKind::unavailable);
  const auto page = bucket->inner().list_multipart_uploads();
  REQUIRE(page);
  REQUIRE(page->uploads.size() == 1);
  CHECK(uploaded.error().message.find(page->uploads[0].upload_id) != std::string::npos);
}

TEST_CASE("a body that is shorter or longer than it said, or that fails, gives its own error and leaves nothing") {
  const std::string what = GENERATE(as<std::string>(), "shorter", "longer", "fails");
  CAPTURE(what);
  const auto bucket = memory_bucket();
  TransferManager transfers(small_parts());
  const std::string content = content_of(3 * kPart);
  std::uint64_t declared = content.size();
  auto read = reader_of(content);
  if (what == "shorter") ++declared;
  if (what == "longer") --declared;
  std::uint64_t given = 0;
  auto failing = [&, read](std::span<std::byte> out) -> Result<std::size_t> {
    if (what == "fails" && given > 2 * kPart) return Error{.kind = ErrorKind::permission_denied, .message = "the tape is torn"};
    auto count = read(out);
    if (count) given += *count;
    return count;
  };
  const auto uploaded = transfers.upload(*bucket, "k", Body::stream(declared, failing));
  REQUIRE_FALSE(uploaded);
  CHECK(uploaded.error().kind == (what == "fails" ? ErrorKind::permission_denied : ErrorKind::invalid_argument));
  CHECK(uploaded.error().operation == "upload");
  CHECK(uploaded.error().message.find("s3://media/k") != std::string::npos);
  CHECK(stored(*bucket, "k") == "<not_found>");
  CHECK(unfinished(*bucket) == 0);
}

TEST_CASE("a file that is changed while it is uploaded is a conflict, and nothing shows") {
  const TempDir dir;
  write_file(dir / "source", content_of(3 * kPart));
  const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  const std::string change = GENERATE(as<std::string>(), "touched", "cut", "grown");
  CAPTURE(change);
  std::atomic<bool> changed{false};
  bucket->before_each = [&](const std::string& line) {
    if (!line.starts_with("upload_part") || changed.exchange(true)) return;
    if (change == "touched")
      std::filesystem::last_write_time(dir / "source", std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    if (change == "cut") std::filesystem::resize_file(dir / "source", 2 * kPart);
    if (change == "grown") std::filesystem::resize_file(dir / "source", 4 * kPart);
  };
  TransferManager transfers(small_parts(1));
  const auto uploaded = transfers.upload(*bucket, "k", Body::file(dir / "source"));
  REQUIRE_FALSE(uploaded);
  CHECK(uploaded.error().kind == (change == "cut" ? ErrorKind::invalid_argument : ErrorKind::conflict));
  CHECK(stored(*bucket, "k") == "<not_found>");
  CHECK(unfinished(*bucket) == 0);
}

TEST_CASE("conditions hold at the moment at which a large object appears") {
  const auto bucket = memory_bucket();
  TransferManager transfers(small_parts());
  const std::string content = content_of(2 * kPart);
  REQUIRE(transfers.upload(*bucket, "k", Body::view(content), {.object = {.condition = CreateOnly{}}}));
  const auto again = transfers.upload(*bucket, "k", Body::text(content_of(2 * kPart, 2)), {.object = {.condition = CreateOnly{}}});
  CHECK(kind_of(again) == ErrorKind::already_exists);
  CHECK(kind_of(transfers.upload(*bucket, "k", Body::text(content_of(2 * kPart, 2)),
                                 {.object = {.condition = IfMatch{"0123456789abcdef0123456789abcdef"}}})) ==
        ErrorKind::precondition_failed);
  CHECK(stored(*bucket, "k") == content);
  CHECK(unfinished(*bucket) == 0);
}

TEST_CASE("an interrupted upload is resumed: what has arrived is compared, and only the rest is sent") {
  const TempDir dir;
  const std::string content = content_of(5 * kPart + 99);
  write_file(dir / "source", content);
  const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  TransferManager transfers(small_parts(1));
  const TransferUploadOptions options{.object = {.content_type = "text/x-first"}, .resume = true};
  bucket->fail({.operation = 5, .and_all_later = true});  // list, create, two parts
  const auto first = transfers.upload(*bucket, "k", Body::file(dir / "source"), options);
  bucket->fail({});
  REQUIRE(kind_of(first) == ErrorKind::unavailable);
  const auto page = bucket->inner().list_multipart_uploads();
  REQUIRE(page);
  REQUIRE(page->uploads.size() == 1);
  CHECK(first.error().message.find(page->uploads[0].upload_id) != std::string::npos);

  SECTION("the same file") {
    bucket->fail({});
    TransferUploadOptions second = options;
    std::uint64_t resumed = 0;
    second.progress = [&](const TransferProgress& now) { resumed = now.resumed; };
    REQUIRE(transfers.upload(*bucket, "k", Body::file(dir / "source"), second));
    CHECK(count_of(bucket->operations(), "upload_part") == 4);
    CHECK(resumed == 2 * kPart);
    CHECK(stored(*bucket, "k") == content);
    CHECK(bucket->inner().head("k")->content_type == "text/x-first");
  }
  SECTION("a file that has changed in the first part") {
    std::string changed = content;
    changed[3] = static_cast<char>(changed[3] ^ 1);
    write_file(dir / "source", changed);
    REQUIRE(transfers.upload(*bucket, "k", Body::file(dir / "source"), options));
    CHECK(count_of(bucket->operations(), "upload_part") == 5);
    CHECK(stored(*bucket, "k") == changed);
  }
  SECTION("a file that has become shorter than what arrived") {
    const std::string shorter = content.substr(0, kPart + 7);
    write_file(dir / "source", shorter);
    REQUIRE(transfers.upload(*bucket, "k", Body::file(dir / "source"), options));
    CHECK(stored(*bucket, "k") == shorter);
  }
  SECTION("another key's upload is left alone") {
    REQUIRE(transfers.upload(*bucket, "kk", Body::file(dir / "source"), options));
    CHECK(stored(*bucket, "kk") == content);
    CHECK(unfinished(*bucket) == 1);
    return;
  }
  CHECK(unfinished(*bucket) == 0);
}

namespace {

/// As another process would that aborts what it finds unfinished.
void end_upload_at_its_first_part(FaultyBucket& bucket) {
  bucket.before_each = [&bucket, ended = false](const std::string& line) mutable {
    if (!line.starts_with("upload_part") || std::exchange(ended, true)) return;
    const auto page = bucket.inner().list_multipart_uploads();
    REQUIRE(page);
    REQUIRE(bucket.inner().abort_multipart_upload(page->uploads.at(0)));
  };
}

}  // namespace

TEST_CASE("an upload that another process ends while this one resumes it is begun anew") {
  const TempDir dir;
  const std::string content = content_of(3 * kPart);
  write_file(dir / "source", content);
  const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  REQUIRE(bucket->inner().create_multipart_upload("k"));
  end_upload_at_its_first_part(*bucket);
  TransferManager transfers(small_parts(1));
  REQUIRE(transfers.upload(*bucket, "k", Body::file(dir / "source"), {.resume = true}));
  CHECK(stored(bucket->inner(), "k") == content);
  CHECK(unfinished(bucket->inner()) == 0);
}

TEST_CASE("an upload that another process ended is a conflict") {
  const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  end_upload_at_its_first_part(*bucket);
  TransferManager transfers(small_parts(1));
  CHECK(kind_of(transfers.upload(*bucket, "k", Body::text(content_of(3 * kPart)))) == ErrorKind::conflict);
}

TEST_CASE("a body that is read in order cannot be resumed") {
  const auto bucket = memory_bucket();
  TransferManager transfers(small_parts());
  const auto uploaded = transfers.upload(*bucket, "k", Body::until_end(reader_of("x")), {.resume = true});
  CHECK(kind_of(uploaded) == ErrorKind::unsupported);
  CHECK(unfinished(*bucket) == 0);
}

TEST_CASE("cancelling an upload in parts ends it and leaves nothing") {
  const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  const CancelToken cancel;
  bucket->before_each = [&](const std::string& line) {
    if (line.starts_with("upload_part")) cancel.cancel();
  };
  TransferManager transfers(small_parts());
  const auto uploaded = transfers.upload(*bucket, "k", Body::text(content_of(6 * kPart)), {.object = {.call = {.cancel = cancel}}});
  CHECK(kind_of(uploaded) == ErrorKind::cancelled);
  CHECK(stored(*bucket, "k") == "<not_found>");
  CHECK(unfinished(*bucket) == 0);
}

TEST_CASE("never more requests are in flight than allowed, over all transfers of a manager") {
  const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  TransferManager transfers(small_parts(2));
  const std::string content = content_of(4 * kPart);
  std::vector<std::thread> callers;
  std::atomic<int> failed{0};
  callers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&, i] {
      const std::string key = "k" + std::to_string(i);
      if (!transfers.upload(*bucket, key, Body::view(content))) ++failed;
    });
  }
  for (auto& each : callers) each.join();
  CHECK(failed == 0);
  CHECK(bucket->most_at_once() <= 2);
  for (int i = 0; i < 4; ++i) CHECK(stored(*bucket, "k" + std::to_string(i)) == content);
}

TEST_CASE("transfers on an engine's one thread wait for each other's requests without holding that thread up") {
  const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  bucket->before_each = [](const std::string&) { system_clock()->sleep(std::chrono::milliseconds(1), nullptr); };  // as a request pauses
  TransferManager transfers(small_parts(2));
  const std::string content = content_of(3 * kPart);
  auto engine = AsyncEngine::start({.threads = 1});
  REQUIRE(engine);
  std::vector<std::future<Result<Uploaded>>> uploads;
  for (int i = 0; i < 6; ++i) {
    uploads.push_back(engine
                          ->operation([&, i](const CancelToken& cancel) {
                            TransferUploadOptions options;
                            options.object.call.cancel = cancel;
                            return transfers.upload(*bucket, "k" + std::to_string(i), Body::view(content), options);
                          })
                          .as_future());
  }
  for (auto& each : uploads) CHECK(each.get());
  for (int i = 0; i < 6; ++i) CHECK(stored(bucket->inner(), "k" + std::to_string(i)) == content);
}

TEST_CASE("whoever hears of progress may call the library, on threads and on fibers") {
  const std::uint32_t concurrency = GENERATE(3u, 100u);
  CAPTURE(concurrency);
  const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  bucket->before_each = [](const std::string&) { system_clock()->sleep(std::chrono::milliseconds(1), nullptr); };  // as a request pauses
  TransferOptions bounds = small_parts(concurrency);
  bounds.memory = std::uint64_t{64} << 20U;
  TransferManager transfers(bounds);
  const std::string content = content_of(9 * kPart);
  std::atomic<int> heard = 0;
  const auto listen = [&](const TransferProgress&) {
    (void)bucket->head("other", {});
    ++heard;
  };
  REQUIRE(transfers.upload(*bucket, "k", Body::view(content), {.progress = listen}));
  CHECK(heard == 9);
  auto got = transfers.download(*bucket, "k", Sink::memory(), {.progress = listen});
  REQUIRE(got);
  CHECK(got->content == content);
  CHECK(heard == 18);
}

TEST_CASE("a small file is sent at once where no memory is free to read it ahead") {
  const TempDir dir;
  const std::string content = content_of(kPart);
  write_file(dir / "source", content);
  const auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  TransferOptions bounds = small_parts(2);
  bounds.memory = kPart;
  TransferManager transfers(bounds);
  std::promise<void> begun;
  std::promise<void> let_go;
  auto going_on = let_go.get_future();
  std::atomic<bool> first = true;
  bucket->before_each = [&](const std::string& line) {
    if (line != "upload a" || !first.exchange(false)) return;
    begun.set_value();
    going_on.wait();
  };
  auto held = std::async(std::launch::async, [&] { return transfers.upload(*bucket, "a", Body::file(dir / "source")); });
  begun.get_future().wait();  // it has all of the memory
  CHECK(transfers.upload(*bucket, "b", Body::file(dir / "source")));
  CHECK(stored(*bucket, "b") == content);
  let_go.set_value();
  CHECK(held.get());
  CHECK(stored(*bucket, "a") == content);
}
