// Many processes on one folder: conditions hold between them, and killing them at random moments tears nothing.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "bucket/directory_fixture.h"
#include "bucket/directory_keys.h"
#include "bucket/directory_store.h"

namespace objectstore::directory {

namespace {

/// A forked child that may write records of one line to us.
struct Child {
  pid_t pid = -1;
  int pipe = -1;
  std::string output;

  /// Until it has said something, or ended.
  void wait_for_output() const {
    pollfd ready{pipe, POLLIN, 0};
    while (::poll(&ready, 1, -1) < 0 && errno == EINTR) {
    }
  }
  void drain() {
    std::array<char, 4096> piece{};
    for (ssize_t count; (count = ::read(pipe, piece.data(), piece.size())) > 0;)
      output.append(piece.data(), static_cast<std::size_t>(count));
  }
};

Child start(const std::function<void(int out)>& work) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::close(ends[0]);
    work(ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  return {pid, ends[0], {}};
}

/// Reads to the end of the child's output and waits for it.
void finish(Child& child) {
  child.drain();
  ::close(child.pipe);
  int status = 0;
  REQUIRE(::waitpid(child.pid, &status, 0) == child.pid);
}

void say(int out, const std::string& line) {
  const std::string text = line + "\n";
  if (::write(out, text.data(), text.size()) != static_cast<ssize_t>(text.size())) ::_exit(3);
}

Client client_on(const std::filesystem::path& root, DirectoryOptions options = {.durable = false}) {
  return Client(*make_directory_backend(root, system_clock(), system_random(), options));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    if (end == std::string::npos) break;  // a line that was not finished was not said
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// What a killed process may leave: each object tells its own key and number in content, metadata and type.

std::string content_of(const std::string& key, int n) {
  std::string content = key + "#" + std::to_string(n) + "#";
  content.append(static_cast<std::size_t>(n * 37 % 9000), static_cast<char>('a' + n % 26));
  return content;
}

UploadOptions options_of(int n) {
  return {.content_type = "n/" + std::to_string(n), .metadata = {{"n", std::to_string(n)}}};
}

/// The number of the version, when everything about it fits together; -1 no object; -2 torn.
int version_of(Bucket& bucket, const std::string& key) {
  auto got = bucket.download(key);
  if (!got) return got.error().kind == ErrorKind::not_found ? -1 : -2;
  const std::string n = got->object.metadata["n"];
  if (n.empty() || got->object.content_type != "n/" + n) return -2;
  return got->content == content_of(key, std::stoi(n)) ? std::stoi(n) : -2;
}

}  // namespace

TEST_CASE("of several processes that create one key exactly one wins", "[directory][processes]") {
  const Fixture fixture;
  for (int round = 0; round < 25; ++round) {
    CAPTURE(round);
    const std::string key = round % 2 == 0 ? "race/" + std::to_string(round) : "race//" + std::to_string(round);
    std::vector<Child> children;
    for (int process = 0; process < 4; ++process) {
      children.push_back(start([&](int out) {
        const auto bucket = client_on(fixture.temp / "root").bucket("bucket");
        auto uploaded = bucket->upload(key, Body::text(std::to_string(process)), {.condition = CreateOnly{}});
        say(out, uploaded ? "won " + std::to_string(process) : std::string(to_string(uploaded.error().kind)));
      }));
    }
    std::vector<std::string> said;
    for (auto& child : children) {
      finish(child);
      for (auto& line : lines_of(child.output)) said.push_back(line);
    }
    std::sort(said.begin(), said.end());
    REQUIRE(said.size() == 4);
    CHECK(std::count(said.begin(), said.end(), "already_exists") == 3);
    CHECK("won " + fixture.get(key) == said.back());
  }
}

TEST_CASE("a counter that several processes move by if-match loses no step", "[directory][processes]") {
  const Fixture fixture;
  fixture.put("counter", "0");
  std::vector<Child> children;
  for (int process = 0; process < 4; ++process) {
    children.push_back(start([&](int out) {
      const auto bucket = client_on(fixture.temp / "root").bucket("bucket");
      for (int step = 0; step < 50;) {
        auto current = bucket->download("counter");
        if (!current) return say(out, to_string(current.error()));
        auto moved = bucket->upload("counter", Body::text(std::to_string(std::stoi(current->content) + 1)),
                                    {.condition = IfMatch{current->object.etag}});
        if (moved) {
          ++step;
        } else if (moved.error().kind != ErrorKind::precondition_failed) {
          return say(out, to_string(moved.error()));
        }
      }
    }));
  }
  for (auto& child : children) {
    finish(child);
    CHECK(child.output.empty());
  }
  CHECK(fixture.get("counter") == "200");
}

TEST_CASE("processes that race for a key and its folder keep every acknowledged object", "[directory][processes]") {
  const Fixture fixture;
  const std::vector<std::string> keys = {"a", "a/b", "a/b/c", "a/b/d"};
  std::vector<Child> children;
  for (const auto& key : keys) {
    children.push_back(start([&](int out) {
      const auto bucket = client_on(fixture.temp / "root").bucket("bucket");
      for (int n = 0; n < 150; ++n) {
        auto uploaded = bucket->upload(key, Body::text(content_of(key, n)), options_of(n));
        if (!uploaded) return say(out, to_string(uploaded.error()));
        if (const int seen = version_of(*bucket, key); seen != n)
          return say(out, key + ": stored " + std::to_string(n) + ", saw " + std::to_string(seen));
        if (n % 4 == 3) {
          auto erased = bucket->delete_object(key);
          if (!erased) return say(out, to_string(erased.error()));
          if (version_of(*bucket, key) != -1) return say(out, key + ": deleted, and still there");
        }
      }
    }));
  }
  for (auto& child : children) {
    finish(child);
    CHECK(child.output == "");
  }
  for (const auto& key : keys) CHECK(version_of(*fixture.bucket, key) == 149);
  CHECK(fixture.keys() == keys);
}

TEST_CASE("processes killed at random moments lose nothing acknowledged, tear nothing, and leave nothing", "[directory][processes][kill]") {
  const Fixture fixture;
  const std::vector<std::string> keys = {"p", "p/q", "p/q/r", "x//y", "s", "t/u"};
  std::mt19937 random(20241114);
  std::map<std::string, int> last;  // the version acknowledged last, -1 = deleted
  for (const auto& key : keys) last[key] = -1;
  int next = 1;
  int begun = 0;
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    const auto seed = static_cast<unsigned>(random());
    Child child = start([&](int out) {
      std::mt19937 own(seed);
      const auto bucket = client_on(fixture.temp / "root").bucket("bucket");
      for (int n = next;; ++n) {
        const std::string& key = keys[own() % keys.size()];
        const auto what = own() % 10;
        say(out, "begin " + key + " " + std::to_string(what < 3 ? -1 : n));
        const bool done = what < 3 ? bucket->delete_object(key).has_value()
                                   : bucket->upload(key, Body::text(content_of(key, n)), options_of(n)).has_value();
        if (!done) ::_exit(4);
        say(out, "done");
      }
    });
    child.wait_for_output();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 15000));  // any moment will do
    REQUIRE(::kill(child.pid, SIGKILL) == 0);
    finish(child);

    std::string pending;
    int pending_version = 0;
    for (const auto& line : lines_of(child.output)) {
      if (line == "done") {
        last[pending] = pending_version;
        pending.clear();
        continue;
      }
      ++begun;
      const auto space = line.rfind(' ');
      pending = line.substr(6, space - 6);
      pending_version = std::stoi(line.substr(space + 1));
      next = std::max(next, pending_version + 1);
    }
    for (const auto& key : keys) {
      CAPTURE(key);
      const int seen = version_of(*fixture.bucket, key);
      if (key == pending) {
        REQUIRE((seen == last[key] || seen == pending_version));
        last[key] = seen;  // now it is known
      } else {
        REQUIRE(seen == last[key]);
      }
    }
    const Client later = client_on(fixture.temp / "root", {.durable = false, .sweep_age = std::chrono::seconds(-10)});
    REQUIRE(later.bucket("bucket")->delete_object("never/was"));
    std::vector<std::string> expected;
    for (const auto& [key, version] : last) {
      REQUIRE(version_of(*later.bucket("bucket"), key) == version);
      if (version >= 0) expected.push_back(key);
    }
    REQUIRE(fixture.keys() == expected);
    const auto files = fixture.files();
    REQUIRE(std::count(files.begin(), files.end(), "tmp") == 0);
    REQUIRE(static_cast<std::size_t>(std::count(files.begin(), files.end(), "meta")) == expected.size());
  }
  CHECK(begun >= 60);
}

TEST_CASE("the sweep spares living writers and what is young", "[directory][processes]") {
  const Fixture fixture;
  fixture.put("old", "x");
  const auto temp_files = [&] {
    const auto files = fixture.files();
    return std::count(files.begin(), files.end(), "tmp");
  };
  int piece = 0;
  auto slow = Body::stream(2, [&](std::span<std::byte> out) -> Result<std::size_t> {
    if (piece++ == 0) {
      CHECK(temp_files() == 1);
      // Another process opens the bucket and sweeps everything that is dead, however young.
      const Client other = connect_to(fixture.temp / "root", {.durable = false, .sweep_age = std::chrono::seconds(-10)});
      CHECK(other.bucket("bucket")->delete_object("never/was"));
      CHECK(temp_files() == 1);
    }
    if (piece > 2) return std::size_t{0};
    out[0] = std::byte{'x'};
    return std::size_t{1};
  });
  CHECK(fixture.bucket->upload("slow", std::move(slow)));
  CHECK(fixture.get("slow") == "xx");
  CHECK(temp_files() == 0);

  Child child = start([&](int out) {
    const auto bucket = client_on(fixture.temp / "root").bucket("bucket");
    (void)bucket->upload("k", Body::stream(1, [&](std::span<std::byte>) -> Result<std::size_t> {
                           say(out, "inside");
                           ::kill(::getpid(), SIGKILL);
                           return std::size_t{0};
                         }));
  });
  finish(child);
  CHECK(temp_files() == 1);
  const Client soon = connect_to(fixture.temp / "root", {.durable = false});
  CHECK(soon.bucket("bucket")->delete_object("never/was"));
  CHECK(temp_files() == 1);  // a quarter of an hour has not passed
  const Client later = connect_to(fixture.temp / "root", {.durable = false, .sweep_age = std::chrono::seconds(-10)});
  CHECK(later.bucket("bucket")->delete_object("never/was"));
  CHECK(temp_files() == 0);
}

TEST_CASE("what a writer left that died before the bucket had a lock file is swept", "[directory][processes]") {
  const Fixture fixture;
  std::filesystem::create_directories(fixture.path(".objectstore/tmp"));
  testing::write_file(fixture.path(std::string(kTempFolder) + "/" + temp_name(Address("format").hash, 7, TempKind::upload)), "half");
  REQUIRE(fixture.files() == std::vector<std::string>{"tmp"});
  REQUIRE(!std::filesystem::exists(fixture.path(kLockPath)));
  const Client later = connect_to(fixture.temp / "root", {.durable = false, .sweep_age = std::chrono::seconds(-10)});
  CHECK(later.bucket("bucket")->delete_object("never/was"));
  CHECK(fixture.files().empty());
}

TEST_CASE("files in the temporary folder that are not ours stay", "[directory][processes]") {
  const Fixture fixture;
  fixture.put("k", "x");
  testing::write_file(fixture.path(".objectstore/tmp/notes.txt"), "mine");
  const Client later = connect_to(fixture.temp / "root", {.durable = false, .sweep_age = std::chrono::seconds(-10)});
  CHECK(later.bucket("bucket")->delete_object("never/was"));
  CHECK(testing::read_file(fixture.path(".objectstore/tmp/notes.txt")) == "mine");
}

}  // namespace objectstore::directory
