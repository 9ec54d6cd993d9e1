// Downloads in ranges: every kind of sink, failures anywhere, objects that change meanwhile, and going on after a failure.
#include <atomic>
#include <thread>

#include "transfer/fixture.h"

using namespace objectstore;
using namespace objectstore::testing;

namespace {

/// Damages one byte of what a range brings.
class DamagingSink final : public BodySink {
 public:
  explicit DamagingSink(Sink inner) : inner_(std::move(inner)) {}
  Status begin(std::optional<std::uint64_t> size) override { return inner_.target().begin(size); }
  Status write(std::span<const std::byte> bytes) override {
    std::vector<std::byte> copy(bytes.begin(), bytes.end());
    copy[copy.size() / 2] ^= std::byte{4};
    return inner_.target().write(copy);
  }
  Status finish() override { return inner_.target().finish(); }
  void discard() noexcept override { inner_.target().discard(); }

 private:
  Sink inner_;
};

std::shared_ptr<FaultyBucket> bucket_with(const std::string& content) {
  auto bucket = std::make_shared<FaultyBucket>(memory_bucket());
  REQUIRE(bucket->upload("k", Body::view(content), {.content_type = "text/x-large"}));
  bucket->fail({});
  return bucket;
}

}  // namespace

TEST_CASE("every size and range arrives byte for byte in every kind of sink") {
  const std::uint64_t size = GENERATE(std::uint64_t{0}, std::uint64_t{1}, kPart, kPart + 1, 3 * kPart + 17);
  const std::string kind = GENERATE(as<std::string>(), "memory", "file", "callback");
  const TempDir dir;
  const std::string content = content_of(size);
  const auto bucket = bucket_with(content);
  TransferManager transfers(small_parts());
  std::vector<std::pair<ByteRange, std::string>> cases = {{ByteRange::whole(), content}};
  if (size > kPart) {
    cases.emplace_back(ByteRange::from(7), content.substr(7));
    cases.emplace_back(ByteRange::suffix(kPart + 1), content.substr(content.size() - kPart - 1));
    cases.emplace_back(ByteRange::first_last(1, kPart + 1), content.substr(1, kPart + 1));
  }
  for (const auto& [range, expected] : cases) {
    CAPTURE(size, kind, range.form);
    std::string collected;
    Sink sink = Sink::memory();
    if (kind == "file") sink = Sink::file(dir / "target");
    if (kind == "callback") {
      sink = Sink::callback([&](std::span<const std::byte> bytes) -> Status {
        collected.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return {};
      });
    }
    TransferProgress last;
    const auto got = transfers.download(*bucket, "k", std::move(sink),
                                        {.object = {.range = range}, .progress = [&](const TransferProgress& now) { last = now; }});
    REQUIRE(got);
    if (kind == "memory") collected = got->content;
    if (kind == "file") collected = read_file(dir / "target");
    CHECK(collected == expected);
    CHECK(got->size == expected.size());
    CHECK(got->object.size == size);
    CHECK(got->object.content_type == "text/x-large");
    CHECK(last.bytes == expected.size());
  }
}

TEST_CASE("whichever operation of a download in ranges fails, the target keeps its old bytes and nothing is left beside it") {
  const std::string content = content_of(3 * kPart + 5);
  const auto bucket = bucket_with(content);
  for (int n = 1;; ++n) {
    CAPTURE(n);
    const TempDir dir;
    write_file(dir / "target", "old");
    bucket->fail({.operation = n});
    TransferManager transfers(small_parts());
    const auto got = transfers.download(*bucket, "k", Sink::file(dir / "target"));
    if (got) {
      CHECK(n == 7);  // a reply that shows the size, a HEAD, four ranges
      CHECK(read_file(dir / "target") == content);
      break;
    }
    REQUIRE(n < 7);
    CHECK(got.error().kind == ErrorKind::unavailable);
    CHECK(read_file(dir / "target") == "old");
    CHECK(dir.names() == std::vector<std::string>{"target"});
  }
}

TEST_CASE("an object that is replaced during the download is fetched anew where the sink can start over, else it is a conflict") {
  const std::string first = content_of(4 * kPart, 1);
  const std::string second = content_of(3 * kPart, 2);
  const auto bucket = bucket_with(first);
  int downloads = 0;
  bucket->before_each = [&](const std::string& line) {
    if (line.starts_with("download") && ++downloads == 4) REQUIRE(bucket->inner().upload("k", Body::view(second)));
  };
  TransferManager transfers(small_parts(1));
  SECTION("memory") {
    const auto got = transfers.download(*bucket, "k");
    REQUIRE(got);
    CHECK(got->content == second);
  }
  SECTION("callback") {
    std::string collected;
    const auto got = transfers.download(*bucket, "k", Sink::callback([&](std::span<const std::byte> bytes) -> Status {
      collected.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return {};
    }));
    CHECK(kind_of(got) == ErrorKind::conflict);
    CHECK(first.starts_with(collected));
  }
}

TEST_CASE("an object that never stands still is a conflict in the end") {
  const auto bucket = bucket_with(content_of(2 * kPart));
  std::uint64_t seed = 10;
  bucket->before_each = [&](const std::string& line) {
    if (line.starts_with("download")) REQUIRE(bucket->inner().upload("k", Body::text(content_of(2 * kPart, ++seed))));
  };
  TransferManager transfers(small_parts(1));
  const auto got = transfers.download(*bucket, "k");
  CHECK(kind_of(got) == ErrorKind::conflict);
}

TEST_CASE("bytes that were damaged on the way are corrupt, and no file appears") {
  const auto bucket = bucket_with(content_of(2 * kPart));
  int downloads = 0;
  bucket->change_sink = [&](Sink sink) {
    if (++downloads != 2) return sink;  // the second range, or the first behind the reply that showed the size
    return Sink::from(std::make_unique<DamagingSink>(std::move(sink)));
  };
  const TempDir dir;
  TransferManager transfers(small_parts(1));
  SECTION("into a file") {
    CHECK(kind_of(transfers.download(*bucket, "k", Sink::file(dir / "target"))) == ErrorKind::corrupt);
  }
  SECTION("into a file that can be resumed") {
    CHECK(kind_of(transfers.download_file(*bucket, "k", dir / "target", {.resume = true})) == ErrorKind::corrupt);
  }
  SECTION("in order") {
    CHECK(kind_of(transfers.download(*bucket, "k", Sink::callback([](std::span<const std::byte>) { return Status(); }))) ==
          ErrorKind::corrupt);
  }
  CHECK(dir.names().empty());
}

TEST_CASE("an interrupted download is resumed: only what is missing is fetched") {
  const std::string content = content_of(5 * kPart + 99);
  const auto bucket = bucket_with(content);
  const TempDir dir;
  TransferManager transfers(small_parts(1));
  bucket->fail({.operation = 4, .and_all_later = true});  // a HEAD and two ranges
  const auto first = transfers.download_file(*bucket, "k", dir / "target", {.resume = true});
  bucket->fail({});
  REQUIRE(kind_of(first) == ErrorKind::unavailable);
  auto names = dir.names();
  REQUIRE(names.size() == 2);
  REQUIRE(names[0].ends_with(".journal"));
  REQUIRE(names[1].ends_with(".part"));
  CHECK(first.error().message.find(names[1]) != std::string::npos);
  const auto journal = dir / names[0];
  std::string expected = content;
  std::size_t fetched = 6;

  SECTION("the same object") {
    fetched = 4;
  }
  SECTION("another object under the key") {
    expected = content_of(6 * kPart, 2);
    REQUIRE(bucket->inner().upload("k", Body::view(expected)));
  }
  SECTION("a journal that is torn in its last line") {
    const std::string text = read_file(journal);
    write_file(journal, text.substr(0, text.size() - 1));
    fetched = 5;
  }
  SECTION("a journal of nonsense") {
    write_file(journal, "nonsense\n");
  }
  SECTION("an empty journal") {
    write_file(journal, "");
  }
  SECTION("a partial file that was removed") {
    std::filesystem::remove(dir / names[1]);
  }
  SECTION("a partial file that was cut") {
    std::filesystem::resize_file(dir / names[1], kPart);
  }
  bucket->fail({});
  const auto second = transfers.download_file(*bucket, "k", dir / "target", {.resume = true});
  REQUIRE(second);
  CHECK(count_of(bucket->operations(), "download") == fetched);
  CHECK(read_file(dir / "target") == expected);
  CHECK(dir.names() == std::vector<std::string>{"target"});
}

TEST_CASE("a download that cannot be published at last is kept whole for the next run") {
  const std::string content = content_of(3 * kPart);
  const auto bucket = bucket_with(content);
  const TempDir dir;
  TransferManager transfers(small_parts(1));
  int downloads = 0;
  bucket->before_each = [&](const std::string& line) {  // a folder takes the name when the last range is on its way
    if (line.starts_with("download") && ++downloads == 3) std::filesystem::create_directory(dir / "target");
  };
  REQUIRE_FALSE(transfers.download_file(*bucket, "k", dir / "target", {.resume = true}));
  std::filesystem::remove(dir / "target");
  bucket->fail({});
  REQUIRE(transfers.download_file(*bucket, "k", dir / "target", {.resume = true}));
  CHECK(count_of(bucket->operations(), "download") == 0);
  CHECK(read_file(dir / "target") == content);
  CHECK(dir.names() == std::vector<std::string>{"target"});
}

TEST_CASE("downloads in order that share a manager's buffers never wait for each other in a circle") {
  const std::string content = content_of(9 * kPart);
  const auto bucket = bucket_with(content);
  TransferOptions options = small_parts(4);
  options.memory = 3 * kPart;
  TransferManager transfers(options);
  std::vector<std::thread> callers;
  std::atomic<int> whole{0};
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      std::string collected;
      const auto got = transfers.download(*bucket, "k", Sink::callback([&](std::span<const std::byte> bytes) -> Status {
        collected.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return {};
      }));
      if (got && collected == content) ++whole;
    });
  }
  for (auto& each : callers) each.join();
  CHECK(whole == 4);
}

TEST_CASE("a journal of another version of its format is refused and left alone") {
  const auto bucket = bucket_with(content_of(2 * kPart));
  const TempDir dir;
  TransferManager transfers(small_parts(1));
  bucket->fail({.operation = 3, .and_all_later = true});
  REQUIRE_FALSE(transfers.download_file(*bucket, "k", dir / "target", {.resume = true}));
  bucket->fail({});
  const auto journal = dir / dir.names()[0];
  std::string text = read_file(journal);
  text.replace(text.find(" 1\n"), 3, " 2\n");
  write_file(journal, text);
  const auto got = transfers.download_file(*bucket, "k", dir / "target", {.resume = true});
  CHECK(kind_of(got) == ErrorKind::unsupported);
  CHECK(read_file(journal) == text);
}

TEST_CASE("two resumable downloads to one file: one does it, the other is refused") {
  const std::string content = content_of(2 * kPart);
  const auto bucket = bucket_with(content);
  const TempDir dir;
  TransferManager transfers(small_parts(1));
  bool tried = false;
  bucket->before_each = [&](const std::string& line) {
    if (!line.starts_with("download") || std::exchange(tried, true)) return;
    TransferManager other(small_parts(1));
    CHECK(kind_of(other.download_file(bucket->inner(), "k", dir / "target", {.resume = true})) == ErrorKind::conflict);
  };
  REQUIRE(transfers.download_file(*bucket, "k", dir / "target", {.resume = true}));
  CHECK(tried);
  CHECK(read_file(dir / "target") == content);
  CHECK(dir.names() == std::vector<std::string>{"target"});
}

TEST_CASE("a range cannot be resumed, and a folder cannot be a target") {
  const auto bucket = bucket_with("x");
  const TempDir dir;
  TransferManager transfers;
  CHECK(kind_of(transfers.download_file(*bucket, "k", dir / "target",
                                        {.download = {.object = {.range = ByteRange::from(0)}}, .resume = true})) ==
        ErrorKind::invalid_argument);
  CHECK(kind_of(transfers.download_file(*bucket, "k", dir.path(), {.resume = true})) == ErrorKind::invalid_argument);
  CHECK(dir.names().empty());
}

TEST_CASE("cancelling a download in ranges ends it and leaves nothing") {
  const auto bucket = bucket_with(content_of(4 * kPart));
  const CancelToken cancel;
  bucket->before_each = [&](const std::string& line) {
    if (line.starts_with("download")) cancel.cancel();
  };
  const TempDir dir;
  TransferManager transfers(small_parts());
  CHECK(kind_of(transfers.download(*bucket, "k", Sink::file(dir / "target"), {.object = {.call = {.cancel = cancel}}})) ==
        ErrorKind::cancelled);
  CHECK(dir.names().empty());
}
