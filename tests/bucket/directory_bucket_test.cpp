// What the directory backend is besides the contract: a folder that people look into, put files in and take them out of.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "bucket/directory_fixture.h"
#include "bucket/directory_keys.h"
#include "support/fake_clock.h"

namespace objectstore::directory {

namespace {

using Names = std::vector<std::string>;

void set_mtime(const std::filesystem::path& path, std::chrono::seconds time) {
  const struct timespec times[2] = {{0, UTIME_OMIT}, {time.count(), 7}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

ObjectInfo head_of(const Fixture& fixture, std::string_view key) {
  auto info = fixture.bucket->head(key);
  INFO((info ? "" : to_string(info.error())));
  REQUIRE(info);
  return std::move(*info);
}

}  // namespace

TEST_CASE("an ordinary key is an ordinary file of the same path and content", "[directory]") {
  const Fixture fixture;
  fixture.put("photos/2024/a.jpg", "JPEG");
  fixture.put("b", "");
  CHECK(testing::read_file(fixture.path("photos/2024/a.jpg")) == "JPEG");
  CHECK(testing::read_file(fixture.path("b")).empty());
  CHECK(fixture.files() == Names{"b", "meta", "meta", "photos/2024/a.jpg"});
  struct stat information {};
  REQUIRE(::stat(fixture.path("b").c_str(), &information) == 0);
  CHECK((information.st_mode & 0444U) == (0444U & ~[] {
          const mode_t mask = ::umask(0);
          ::umask(mask);
          return mask;
        }()));
}

TEST_CASE("keys that no path can carry lie in the reserved folder", "[directory]") {
  const Fixture fixture;
  for (const std::string key : {"../x", "a//b", "/a", "c/", ".objectstore/lock"}) fixture.put(key, key);
  CHECK(fixture.files() ==
        Names{"keys:d../fx", "keys:d.objectstore/flock", "keys:d/fa", "keys:da/d/fb", "keys:dc/f", "meta", "meta", "meta", "meta", "meta"});
  CHECK_FALSE(std::filesystem::exists(fixture.temp / "root" / "x"));
  CHECK(fixture.keys() == Names{"../x", ".objectstore/lock", "/a", "a//b", "c/"});
}

TEST_CASE("a key whose path is blocked moves aside, and back when it is written again after the block is gone", "[directory]") {
  const Fixture fixture;
  fixture.put("a/b", "inner");
  fixture.put("a", "outer", {.metadata = {{"v", "1"}}});
  CHECK(fixture.files() == Names{"a/b", "keys:fa", "meta", "meta"});
  REQUIRE(fixture.bucket->delete_object("a/b"));
  CHECK(fixture.get("a") == "outer");
  CHECK(fixture.keys() == Names{"a"});
  fixture.put("a", "outer 2");
  CHECK(fixture.files() == Names{"a", "meta"});
  CHECK(fixture.get("a") == "outer 2");

  fixture.put("a/b", "inner again");
  CHECK(fixture.files() == Names{"a", "keys:da/fb", "meta", "meta"});
  REQUIRE(fixture.bucket->delete_object("a"));
  CHECK(fixture.get("a/b") == "inner again");
  fixture.put("a/b", "inner 3");
  CHECK(fixture.files() == Names{"a/b", "meta"});
  REQUIRE(fixture.bucket->delete_object("a/b"));
  CHECK(fixture.files().empty());
}

TEST_CASE("deleting takes the folders that are empty then, and no others", "[directory]") {
  const Fixture fixture;
  fixture.put("a/b/c/d", "x");
  fixture.put("a/b/e", "x");
  std::filesystem::create_directories(fixture.path("kept/by/hand"));
  REQUIRE(fixture.bucket->delete_object("a/b/c/d"));
  CHECK_FALSE(std::filesystem::exists(fixture.path("a/b/c")));
  CHECK(std::filesystem::exists(fixture.path("a/b")));
  REQUIRE(fixture.bucket->delete_object("a/b/e"));
  CHECK_FALSE(std::filesystem::exists(fixture.path("a")));
  CHECK(std::filesystem::exists(fixture.path("kept/by/hand")));
  fixture.put("x//y", "x");
  REQUIRE(fixture.bucket->delete_object("x//y"));
  CHECK(std::filesystem::is_empty(fixture.path(".objectstore/keys")));
}

TEST_CASE("files that people drop into the folder are objects", "[directory]") {
  const Fixture fixture;
  std::filesystem::create_directories(fixture.path("by/hand"));
  testing::write_file(fixture.path("by/hand/file.txt"), "hello");
  set_mtime(fixture.path("by/hand/file.txt"), std::chrono::seconds(1'731'579'791));
  const auto info = head_of(fixture, "by/hand/file.txt");
  CHECK(info.size == 5);
  CHECK(info.content_type == "application/octet-stream");
  CHECK(info.metadata.empty());
  CHECK(info.etag == "5-1807cea546ccd607");
  CHECK(std::chrono::floor<std::chrono::seconds>(info.last_modified) == SystemTime(std::chrono::seconds(1'731'579'791)));
  CHECK(fixture.get("by/hand/file.txt") == "hello");
  CHECK(fixture.keys() == Names{"by/hand/file.txt"});
  CHECK(fixture.keys({.delimiter = "/"}) == Names{"by/*"});
  CHECK(fixture.files() == Names{"by/hand/file.txt"});  // reading leaves nothing behind

  CHECK(kind_of(fixture.bucket->upload("by/hand/file.txt", Body::view("x"), {.condition = CreateOnly{}})) == ErrorKind::already_exists);
  fixture.put("by/hand/file.txt", "changed", {.condition = IfMatch{info.etag}, .content_type = "text/plain"});
  CHECK(testing::read_file(fixture.path("by/hand/file.txt")) == "changed");
  CHECK(head_of(fixture, "by/hand/file.txt").content_type == "text/plain");
}

TEST_CASE("a dropped file can be copied, and the copy has a content ETag", "[directory]") {
  const Fixture fixture;
  testing::write_file(fixture.path("dropped"), "hello");
  auto copied = fixture.bucket->copy({.key = "dropped"}, "copy");
  REQUIRE(copied);
  CHECK(copied->etag == "5d41402abc4b2a76b9719d911017c592");
  CHECK(fixture.get("copy") == "hello");
  REQUIRE(fixture.bucket->delete_object("dropped"));
  CHECK_FALSE(std::filesystem::exists(fixture.path("dropped")));
}

TEST_CASE("a file edited by hand loses what was said of its old bytes", "[directory]") {
  const Fixture fixture;
  fixture.put("k", "hello", {.content_type = "text/plain", .metadata = {{"v", "1"}}});
  const auto before = head_of(fixture, "k");
  testing::write_file(fixture.path("k"), "jello");  // of the same size
  const auto after = head_of(fixture, "k");
  CHECK(after.etag != before.etag);
  CHECK(after.content_type == "application/octet-stream");
  CHECK(after.metadata.empty());
  CHECK(fixture.get("k") == "jello");
  auto page = fixture.bucket->list();
  REQUIRE(page);
  REQUIRE(page->objects.size() == 1);
  CHECK(page->objects[0].etag == after.etag);
  CHECK(kind_of(fixture.bucket->upload("k", Body::view("x"), {.condition = IfMatch{before.etag}})) == ErrorKind::precondition_failed);
}

TEST_CASE("a file deleted by hand is gone, and what was said of it does not come back", "[directory]") {
  const Fixture fixture;
  fixture.put("k", "hello", {.metadata = {{"v", "1"}}});
  std::filesystem::remove(fixture.path("k"));
  CHECK(fixture.get("k") == "<not_found>");
  CHECK(fixture.keys().empty());
  CHECK(fixture.bucket->delete_object("k"));
  CHECK(fixture.files().empty());
  testing::write_file(fixture.path("k"), "hello");
  CHECK(head_of(fixture, "k").metadata.empty());
}

TEST_CASE("a bucket copied with its times keeps everything", "[directory]") {
  const Fixture fixture;
  fixture.put("a/b", "hello", {.content_type = "text/plain", .metadata = {{"v", "1"}}, .tags = {{"t", "1"}}});
  fixture.put("a", "odd", {.metadata = {{"v", "2"}}});
  const auto before = head_of(fixture, "a/b");
  const std::string command = "cp -a '" + fixture.path({}).native() + "' '" + (fixture.temp / "root/second").native() + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  const auto second = fixture.client.bucket("second");
  auto after = second->head("a/b");
  REQUIRE(after);
  CHECK(after->etag == before.etag);
  CHECK(after->content_type == "text/plain");
  CHECK(after->metadata == before.metadata);
  CHECK(after->last_modified == before.last_modified);
  CHECK(after->tag_count == 1);
  auto odd = second->head("a");
  REQUIRE(odd);
  CHECK(odd->metadata == Metadata{{"v", "2"}});
}

TEST_CASE("symbolic links lead nowhere: not read, not listed, not written through", "[directory]") {
  const Fixture fixture;
  std::filesystem::create_directories(fixture.temp / "outside");
  testing::write_file(fixture.temp / "outside/secret", "secret");
  std::filesystem::create_directory_symlink(fixture.temp / "outside", fixture.path("link"));
  std::filesystem::create_symlink(fixture.temp / "outside/secret", fixture.path("leaf"));
  CHECK(fixture.get("link/secret") == "<not_found>");
  CHECK(fixture.get("leaf") == "<not_found>");
  CHECK(fixture.keys().empty());
  CHECK(fixture.keys({.delimiter = "/"}).empty());
  fixture.put("link/secret", "mine");
  fixture.put("leaf", "mine too");
  CHECK(fixture.get("link/secret") == "mine");
  CHECK(fixture.get("leaf") == "mine too");
  CHECK(testing::read_file(fixture.temp / "outside/secret") == "secret");
  CHECK(fixture.keys() == Names{"leaf", "link/secret"});
  CHECK(fixture.bucket->delete_object("link/secret"));
  CHECK(fixture.bucket->delete_object("leaf"));
  CHECK(testing::read_file(fixture.temp / "outside/secret") == "secret");
  CHECK(std::filesystem::is_symlink(fixture.path("leaf")));
}

TEST_CASE("what is no file is no object and blocks nobody", "[directory]") {
  const Fixture fixture;
  REQUIRE(::mkfifo(fixture.path("pipe").c_str(), 0666) == 0);
  CHECK(fixture.get("pipe") == "<not_found>");
  CHECK(fixture.keys().empty());
  fixture.put("pipe", "aside");
  CHECK(fixture.get("pipe") == "aside");
  CHECK(fixture.keys() == Names{"pipe"});
  testing::write_file(fixture.path("caf\xe9"), "not UTF-8");
  CHECK(fixture.keys() == Names{"pipe"});
}

TEST_CASE("an empty folder is in nobody's way and no prefix", "[directory]") {
  const Fixture fixture;
  std::filesystem::create_directories(fixture.path("a/b/c"));
  std::filesystem::create_directories(fixture.path("k"));
  CHECK(fixture.keys({.delimiter = "/"}).empty());
  fixture.put("k", "x");
  CHECK(testing::read_file(fixture.path("k")) == "x");
}

TEST_CASE("a folder made by hand is a bucket, other things are not", "[directory]") {
  const Fixture fixture;
  std::filesystem::create_directories(fixture.temp / "root/dropped/a");
  testing::write_file(fixture.temp / "root/dropped/a/b", "x");
  std::filesystem::create_directories(fixture.temp / "root/Upper");
  std::filesystem::create_directories(fixture.temp / "root/.hidden");
  testing::write_file(fixture.temp / "root/file", "x");
  std::filesystem::create_directory_symlink("dropped", fixture.temp / "root/linked");
  auto buckets = fixture.client.list_buckets();
  REQUIRE(buckets);
  REQUIRE(buckets->size() == 2);
  CHECK((*buckets)[0].name == "bucket");
  CHECK((*buckets)[1].name == "dropped");
  auto head = fixture.client.bucket("dropped")->head("a/b");
  CHECK(head);
  CHECK(kind_of(fixture.client.create_bucket("file")) == ErrorKind::already_exists);
  CHECK(kind_of(fixture.client.bucket("linked")->head("a/b")) == ErrorKind::not_found);
}

TEST_CASE("a bucket goes with its empty folders, but not with what is no object", "[directory]") {
  const Fixture fixture;
  fixture.put("a/b", "x");
  REQUIRE(fixture.bucket->delete_object("a/b"));
  std::filesystem::create_directories(fixture.path("empty/by/hand"));
  std::filesystem::create_symlink("nowhere", fixture.path("link"));
  CHECK(kind_of(fixture.client.delete_bucket("bucket")) == ErrorKind::conflict);
  CHECK(std::filesystem::is_symlink(fixture.path("link")));
  fixture.put("a/b", "still works");
  REQUIRE(fixture.bucket->delete_object("a/b"));
  std::filesystem::remove(fixture.path("link"));
  REQUIRE(fixture.client.delete_bucket("bucket"));
  CHECK_FALSE(std::filesystem::exists(fixture.path({})));
}

TEST_CASE("the endpoint's folder is made with the first bucket, not by looking", "[directory]") {
  const testing::TempDir temp;
  const Client client = connect_to(temp / "not/there/yet");
  auto buckets = client.list_buckets();
  REQUIRE(buckets);
  CHECK(buckets->empty());
  auto exists = client.bucket_exists("bucket");
  REQUIRE(exists);
  CHECK_FALSE(*exists);
  CHECK(temp.names().empty());
  REQUIRE(client.create_bucket("bucket"));
  CHECK(std::filesystem::is_directory(temp / "not/there/yet/bucket"));
}

TEST_CASE("a file in the place of the endpoint's folder is refused at once", "[directory]") {
  const testing::TempDir temp;
  testing::write_file(temp / "file", "x");
  CHECK(kind_of(make_directory_backend(temp / "file", system_clock(), system_random(), {})) == ErrorKind::invalid_argument);
  CHECK(kind_of(make_directory_backend(temp / "file/below", system_clock(), system_random(), {})) == ErrorKind::invalid_argument);
}

TEST_CASE("a reserved folder of another format is refused by every verb and not touched", "[directory]") {
  const Fixture fixture;
  fixture.put("k", "x");
  testing::write_file(fixture.path(kFormatPath), "objectstore directory format 2\n");
  const Client later = connect_to(fixture.temp / "root");
  const auto bucket = later.bucket("bucket");
  CHECK(kind_of(bucket->head("k")) == ErrorKind::unsupported);
  CHECK(kind_of(bucket->download("k")) == ErrorKind::unsupported);
  CHECK(kind_of(bucket->list()) == ErrorKind::unsupported);
  CHECK(kind_of(bucket->upload("l", Body::view("x"))) == ErrorKind::unsupported);
  CHECK(kind_of(bucket->delete_object("k")) == ErrorKind::unsupported);
  CHECK(kind_of(later.delete_bucket("bucket")) == ErrorKind::unsupported);
  CHECK(testing::read_file(fixture.path("k")) == "x");
}

TEST_CASE("bytes that are not those that were stored are corrupt", "[directory]") {
  const Fixture fixture;
  fixture.put("k", "hello", {.metadata = {{"v", "1"}}});
  struct stat before {};
  REQUIRE(::stat(fixture.path("k").c_str(), &before) == 0);
  testing::write_file(fixture.path("k"), "jello");
  const struct timespec times[2] = {{0, UTIME_OMIT}, before.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, fixture.path("k").c_str(), times, 0) == 0);  // as a disk that turns a bit would leave it
  const testing::TempDir target;
  auto got = fixture.bucket->download("k", Sink::file(target / "out"));
  CHECK(kind_of(got) == ErrorKind::corrupt);
  REQUIRE_FALSE(got);
  CHECK(got.error().message.find(fixture.path("k").native()) != std::string::npos);
  CHECK(target.names().empty());
  CHECK(kind_of(fixture.bucket->copy({.key = "k"}, "copy")) == ErrorKind::corrupt);
  CHECK(fixture.keys() == Names{"k"});
  fixture.put("k", "new");
  CHECK(fixture.get("k") == "new");
}

TEST_CASE("a sidecar that cannot be read is corrupt, and an overwrite or a delete heals it", "[directory]") {
  const Fixture fixture;
  const auto sidecar = [&](std::string_view key) { return fixture.path(sidecar_path(hash_of(key))); };
  for (const std::string key : {"k", "l"}) {
    fixture.put(key, "hello");
    testing::write_file(sidecar(key), "{");
    auto head = fixture.bucket->head(key);
    CHECK(kind_of(head) == ErrorKind::corrupt);
    REQUIRE_FALSE(head);
    CHECK(head.error().message.find(sidecar(key).native()) != std::string::npos);
    CHECK(fixture.keys() == Names{key});
    if (key == "k") {
      fixture.put(key, "again");
      CHECK(fixture.get(key) == "again");
    }
    REQUIRE(fixture.bucket->delete_object(key));
    CHECK(fixture.files().empty());
  }
}

TEST_CASE("a file that is changed while it is read is a conflict, not a mixture", "[directory]") {
  const Fixture fixture;
  const std::string old(1'000'000, 'o');
  testing::write_file(fixture.path("k"), old);
  bool changed = false;
  auto got = fixture.bucket->download("k", Sink::callback([&](std::span<const std::byte>) {
                                        if (!changed) testing::write_file(fixture.path("k"), std::string(1'000'000, 'n'));
                                        changed = true;
                                        return Status();
                                      }));
  CHECK(kind_of(got) == ErrorKind::conflict);
  changed = false;
  auto cut = fixture.bucket->download("k", Sink::callback([&](std::span<const std::byte>) {
                                        if (!changed) testing::write_file(fixture.path("k"), "short");
                                        changed = true;
                                        return Status();
                                      }));
  CHECK(kind_of(cut) == ErrorKind::conflict);
}

TEST_CASE("a reader that began before an overwrite reads the old object to its end", "[directory]") {
  const Fixture fixture;
  const std::string old(1'000'000, 'o');
  fixture.put("k", old, {.metadata = {{"v", "old"}}});
  std::string content;
  auto got = fixture.bucket->download("k", Sink::callback([&](std::span<const std::byte> piece) {
                                        if (content.empty()) {
                                          fixture.put("k", "new");
                                          fixture.put("k", "newer");
                                          CHECK(fixture.bucket->delete_object("k"));
                                        }
                                        content.append(reinterpret_cast<const char*>(piece.data()), piece.size());
                                        return Status();
                                      }));
  REQUIRE(got);
  CHECK((content == old));
  CHECK(got->object.metadata == Metadata{{"v", "old"}});
}

TEST_CASE("times come from the clock that was given", "[directory]") {
  const auto clock = std::make_shared<testing::FakeClock>();
  const Fixture fixture({.durable = false}, clock);
  fixture.put("k", "1");
  CHECK(head_of(fixture, "k").last_modified == clock->now());
  // Frozen clock, equal sizes: the versions must still not be taken for each other.
  for (int i = 0; i < 3000; ++i) {
    const std::string value = std::to_string(1000 + i);
    fixture.put("k", value, {.metadata = {{"v", value}}});
    const auto info = head_of(fixture, "k");
    REQUIRE(info.metadata.at("v") == value);
    REQUIRE(info.last_modified == clock->now());
  }
}

TEST_CASE("a writer that waits for a lock ends at its deadline and when it is cancelled", "[directory]") {
  const Fixture fixture;
  fixture.put("k", "old");
  // Whoever holds the whole lock file from elsewhere.
  const int fd = ::open(fixture.path(kLockPath).c_str(), O_RDWR);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  REQUIRE(::fcntl(fd, F_OFD_SETLK, &lock) == 0);
  CallOptions call;
  call.deadline = std::chrono::milliseconds(30);
  CHECK(kind_of(fixture.bucket->upload("k", Body::view("new"), {.call = call})) == ErrorKind::timeout);
  CHECK(kind_of(fixture.bucket->delete_object("k", {.call = call})) == ErrorKind::timeout);
  CHECK(kind_of(fixture.client.delete_bucket("bucket", call)) == ErrorKind::timeout);
  CancelToken token;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    token.cancel();
  });
  CHECK(kind_of(fixture.bucket->upload("k", Body::view("new"), {.call = {.cancel = token}})) == ErrorKind::cancelled);
  canceller.join();
  CHECK(fixture.get("k") == "old");  // reading waits for nobody
  ::close(fd);
  CHECK(fixture.files() == Names{"k", "meta"});
  fixture.put("k", "new");
}

TEST_CASE("an upload into a bucket that is deleted meanwhile fails and leaves nothing", "[directory]") {
  const Fixture fixture;
  int reads = 0;
  auto body = Body::stream(1, [&](std::span<std::byte> out) -> Result<std::size_t> {
    if (reads++ > 0) return std::size_t{0};
    CHECK(fixture.client.delete_bucket("bucket"));
    out[0] = std::byte{'x'};
    return std::size_t{1};
  });
  auto uploaded = fixture.bucket->upload("k", std::move(body));
  CHECK(kind_of(uploaded) == ErrorKind::not_found);
  REQUIRE_FALSE(uploaded);
  CHECK(uploaded.error().service_code == "NoSuchBucket");
  CHECK_FALSE(std::filesystem::exists(fixture.path({})));
}

TEST_CASE("writers and a deleter of folders and buckets lose no object", "[directory]") {
  constexpr int kWriters = 3;
  const Fixture fixture;
  std::atomic<bool> stop{false};
  std::atomic<int> lost{0};
  std::atomic<int> tried{0};
  std::atomic<int> stored{0};
  std::atomic<int> deleted{0};
  std::atomic<int> turns{0};  // of the deleter
  std::thread deleter([&] {
    for (; !stop; ++turns) {
      if (!fixture.client.delete_bucket("bucket")) continue;
      ++deleted;
      (void)fixture.client.create_bucket("bucket");
      // The new bucket lives for as many uploads: of more than there are writers, one at the least began after it was made.
      for (const int last = tried + deleted % (kWriters + 2); tried < last && !stop; ++turns) std::this_thread::yield();
    }
  });
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      const std::string key = "deep/er/" + std::to_string(writer);
      for (int round = 0; (stored < 300 || deleted < 30) && std::chrono::steady_clock::now() < limit; ++round) {
        const std::string value = std::to_string(round);
        const bool done = fixture.bucket->upload(key, Body::view(value), {.metadata = {{"v", value}}}).has_value();
        ++tried;
        if (!done) continue;
        ++stored;
        // While our object is there, the bucket cannot go.
        auto got = fixture.bucket->download(key);
        if (!got || got->content != value || got->object.metadata["v"] != value) ++lost;
        if (!fixture.bucket->delete_object(key)) ++lost;
        // A moment in which the bucket may be empty.
        for (const int last = turns + 2; turns < last;) std::this_thread::yield();
      }
    });
  }
  for (auto& writer : writers) writer.join();
  stop = true;
  deleter.join();
  CHECK(lost == 0);
  CHECK(stored > 0);
  CHECK(deleted > 0);
}

TEST_CASE("two clients on one folder see each other's work at once", "[directory]") {
  const Fixture fixture;
  const Client other = connect_to(fixture.temp / "root", {.durable = false});
  const auto bucket = other.bucket("bucket");
  for (int i = 0; i < 20; ++i) {
    const auto key_of = [](int n) { return "k" + std::to_string(100 + n); };
    const std::string key = key_of(i);
    fixture.put(key, key);
    CHECK(bucket->head(key));
    auto page = bucket->list({.start_after = i > 0 ? key_of(i - 1) : ""});
    REQUIRE(page);
    CHECK(std::any_of(page->objects.begin(), page->objects.end(), [&](const auto& info) { return info.key == key; }));
  }
}

TEST_CASE("copies and moves into mapped places keep attributes", "[directory]") {
  const Fixture fixture;
  fixture.put("plain", "x", {.content_type = "text/plain", .metadata = {{"v", "1"}}});
  REQUIRE(fixture.bucket->copy({.key = "plain"}, "a//odd/"));
  REQUIRE(fixture.bucket->copy({.key = "a//odd/"}, "back"));
  const auto info = head_of(fixture, "back");
  CHECK(info.content_type == "text/plain");
  CHECK(info.metadata == Metadata{{"v", "1"}});
}

TEST_CASE("describe names the folder", "[directory]") {
  const Fixture fixture;
  CHECK(fixture.bucket->describe() == "directory(" + fixture.path({}).parent_path().native() + ")");
  CHECK(fixture.client.describe() == "directory " + (fixture.temp / "root").native());
}

}  // namespace objectstore::directory
