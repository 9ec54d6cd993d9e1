// Every system call of a change fails, or is the last of its process: the object is the old or the new one, whole, and nothing stays behind.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <functional>

#include "bucket/directory_fixture.h"
#include "bucket/directory_keys.h"
#include "support/syscall_faults.h"

namespace objectstore::directory {

namespace {

using Names = std::vector<std::string>;

/// An object as it is told: "content|content type|metadata v", or why there is none.
std::string told(Bucket& bucket, std::string_view key) {
  auto got = bucket.download(key);
  if (!got) return "<" + std::string(to_string(got.error().kind)) + ">";
  auto head = bucket.head(key);
  if (!head || head->etag != got->object.etag) return "<head differs>";
  return got->content + "|" + got->object.content_type + "|" + got->object.metadata["v"];
}

UploadOptions with(std::string v, WriteCondition condition = Overwrite{}) {
  return {.condition = std::move(condition), .content_type = "text/" + v, .metadata = {{"v", v}}};
}

/// One change, and what a key may be told as before and after it.
struct Change {
  std::string name;
  std::function<void(const Fixture&)> prepare;
  std::function<bool(Bucket&)> run;
  std::string key;
  std::string before;
  std::string after;
};

std::vector<Change> changes() {
  const auto nothing = [](const Fixture&) {};
  const auto upload = [](std::string key, std::string content, UploadOptions options) {
    return [=](Bucket& bucket) { return bucket.upload(key, Body::view(content), options).has_value(); };
  };
  const auto erase_key = [](std::string key) { return [=](Bucket& bucket) { return bucket.delete_object(key).has_value(); }; };
  const auto stored = [](std::string key) { return [=](const Fixture& fixture) { fixture.put(key, "old", with("1")); }; };
  return {
      {"first write of all", nothing, upload("k", "new", with("2")), "k", "<not_found>", "new|text/2|2"},
      {"create in new folders", stored("other"), upload("a/b/c", "new", with("2", CreateOnly{})), "a/b/c", "<not_found>", "new|text/2|2"},
      {"overwrite", stored("a/b"), upload("a/b", "new", with("2")), "a/b", "old|text/1|1", "new|text/2|2"},
      {"create a mapped key", stored("other"), upload("a//b", "new", with("2")), "a//b", "<not_found>", "new|text/2|2"},
      {"overwrite a mapped key", stored("../x"), upload("../x", "new", with("2")), "../x", "old|text/1|1", "new|text/2|2"},
      {"a key beside its folder", stored("a/b"), upload("a", "new", with("2")), "a", "<not_found>", "new|text/2|2"},
      {"below a key", stored("a"), upload("a/b", "new", with("2")), "a/b", "<not_found>", "new|text/2|2"},
      {"back from the mapped place",
       [](const Fixture& fixture) {
         fixture.put("a/b", "block");
         fixture.put("a", "old", with("1"));
         REQUIRE(fixture.bucket->delete_object("a/b"));
       },
       upload("a", "new", with("2")), "a", "old|text/1|1", "new|text/2|2"},
      {"over a dropped file", [](const Fixture& fixture) { testing::write_file(fixture.path("k"), "old"); }, upload("k", "new", with("2")),
       "k", "old|application/octet-stream|", "new|text/2|2"},
      {"delete", stored("a/b"), erase_key("a/b"), "a/b", "old|text/1|1", "<not_found>"},
      {"delete a mapped key", stored("a//b"), erase_key("a//b"), "a//b", "old|text/1|1", "<not_found>"},
      {"delete a dropped file", [](const Fixture& fixture) { testing::write_file(fixture.path("k"), "old"); }, erase_key("k"), "k",
       "old|application/octet-stream|", "<not_found>"},
      {"copy over another",
       [](const Fixture& fixture) {
         fixture.put("source", "new", with("2"));
         fixture.put("k", "old", with("1"));
       },
       [](Bucket& bucket) { return bucket.copy({.key = "source"}, "k").has_value(); }, "k", "old|text/1|1", "new|text/2|2"},
  };
}

/// The operations that change something, in order.
Names changes_of(const testing::SyscallFaults& faults) {
  const Names others = {"open", "close", "lock", "readdir", "fstatat"};
  Names changes;
  for (const auto& operation : faults.operations()) {
    if (std::find(others.begin(), others.end(), operation) == others.end()) changes.push_back(operation);
  }
  return changes;
}

/// Every sidecar belongs to an object, and nothing passing is left.
void check_clean(const Fixture& fixture, const Client& client) {
  const auto files = fixture.files();
  CHECK(std::count(files.begin(), files.end(), "tmp") == 0);
  std::size_t objects = 0;
  const auto bucket = client.bucket("bucket");
  for (const auto& entry : list_objects(*bucket)) {
    if (entry) ++objects;
  }
  CHECK(static_cast<std::size_t>(std::count(files.begin(), files.end(), "meta")) <= objects);
}

}  // namespace

TEST_CASE("a change whose every system call fails in turn leaves the old object or the new one, whole", "[directory][faults]") {
  for (const Change& change : changes()) {
    for (const int error_number : {ENOSPC, EIO}) {
      for (int n = 1;; ++n) {
        CAPTURE(change.name, error_number, n);
        REQUIRE(n < 500);
        const Fixture fixture({.durable = true});
        change.prepare(fixture);
        const Client client = connect_to(fixture.temp / "root");
        const auto bucket = client.bucket("bucket");
        bool happened = false;
        bool succeeded = false;
        std::vector<std::string> operations;
        {
          testing::SyscallFaults faults;
          faults.fail_at(n, error_number);
          succeeded = change.run(*bucket);
          happened = faults.happened();
          operations = faults.operations();
        }
        INFO("failed: " << (operations.size() >= static_cast<std::size_t>(n) ? operations[static_cast<std::size_t>(n) - 1] : "none"));
        const std::string now = told(*bucket, change.key);
        if (succeeded) {
          REQUIRE(now == change.after);
        } else {
          REQUIRE((now == change.before || now == change.after));
        }
        // The same call again works, where it is not done already, and then nothing is left over.
        if (!succeeded && (now != change.after || now == "<not_found>")) REQUIRE(change.run(*bucket));
        REQUIRE(told(*bucket, change.key) == change.after);
        const Client later = connect_to(fixture.temp / "root", {.sweep_age = std::chrono::seconds(-10)});
        REQUIRE(later.bucket("bucket")->delete_object("never/was"));
        check_clean(fixture, later);
        if (!happened) break;
      }
    }
  }
}

TEST_CASE("a process that is killed at any system call leaves the old object or the new one, whole", "[directory][faults][kill]") {
  for (const Change& change : changes()) {
    for (int n = 1;; ++n) {
      CAPTURE(change.name, n);
      REQUIRE(n < 500);
      const Fixture fixture({.durable = true});
      change.prepare(fixture);
      fixture.put("bystander", "stays", with("9"));
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        const Client client = Client(*make_directory_backend(fixture.temp / "root", system_clock(), system_random(), {}));
        testing::SyscallFaults faults;
        faults.die_at(n);
        ::_exit(change.run(*client.bucket("bucket")) ? 0 : 1);
      }
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
      REQUIRE((killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)));

      const Client before_sweep = connect_to(fixture.temp / "root");
      const auto bucket = before_sweep.bucket("bucket");
      const std::string now = told(*bucket, change.key);
      if (killed) {
        REQUIRE((now == change.before || now == change.after));
      } else {
        REQUIRE(now == change.after);
      }
      REQUIRE(told(*bucket, "bystander") == "stays|text/9|9");
      auto page = bucket->list();
      REQUIRE(page);
      const auto listed =
          std::find_if(page->objects.begin(), page->objects.end(), [&](const auto& info) { return info.key == change.key; });
      REQUIRE((listed != page->objects.end()) == (now != "<not_found>"));
      if (listed != page->objects.end()) REQUIRE(listed->etag == bucket->head(change.key)->etag);

      // The sweep of the next one to write takes what is left and nothing else.
      const Client later = connect_to(fixture.temp / "root", {.sweep_age = std::chrono::seconds(-10)});
      REQUIRE(later.bucket("bucket")->delete_object("never/was"));
      check_clean(fixture, later);
      REQUIRE(told(*later.bucket("bucket"), change.key) == now);
      if (killed && (now != change.after || now == "<not_found>")) REQUIRE(change.run(*later.bucket("bucket")));
      REQUIRE(told(*later.bucket("bucket"), change.key) == change.after);
      check_clean(fixture, later);
      if (!killed) break;
    }
  }
}

TEST_CASE("a write is acknowledged only when bytes, sidecar and both folders are synced, in this order", "[directory][faults]") {
  const Fixture fixture({.durable = true});
  fixture.put("a/k", "old");
  testing::SyscallFaults faults;
  REQUIRE(fixture.bucket->upload("a/k", Body::view("new")));
  const Names order = changes_of(faults);
  // The file: made, written, timed, synced. The sidecar: made, written, synced, renamed, its folder synced. Then the object shows.
  CHECK(order ==
        Names{"create", "write", "futimens", "fsync", "create", "create", "write", "fsync", "renameat", "fsync", "renameat2", "fsync"});
}

TEST_CASE("a delete is acknowledged only when its folder is synced", "[directory][faults]") {
  const Fixture fixture({.durable = true});
  fixture.put("a/k", "old");
  testing::SyscallFaults faults;
  REQUIRE(fixture.bucket->delete_object("a/k"));
  const Names order = changes_of(faults);
  REQUIRE(order.size() >= 4);
  CHECK(Names(order.begin(), order.begin() + 4) == Names{"create", "renameat", "fsync", "unlinkat"});
}

TEST_CASE("an fsync that fails once is a failed write, even if the next one would succeed", "[directory][faults]") {
  for (int nth = 1; nth <= 3; ++nth) {
    CAPTURE(nth);
    const Fixture fixture({.durable = true});
    fixture.put("k", "old", with("1"));
    bool stored = true;
    {
      testing::SyscallFaults faults;
      faults.fail_at("fsync", nth, EIO);
      stored = fixture.bucket->upload("k", Body::view("new"), with("2")).has_value();
    }
    CHECK_FALSE(stored);
    CHECK(told(*fixture.bucket, "k") == "old|text/1|1");
    CHECK(fixture.files() == Names{"k", "meta"});
  }
  const Fixture fixture({.durable = true});
  fixture.put("k", "old", with("1"));
  std::optional<ErrorKind> kind;
  {
    testing::SyscallFaults faults;
    faults.fail_at("fsync", 4, EIO);
    kind = kind_of(fixture.bucket->upload("k", Body::view("new"), with("2")));
  }
  CHECK(kind == ErrorKind::outcome_unknown);  // it shows, but may not last
  CHECK(told(*fixture.bucket, "k") == "new|text/2|2");
}

TEST_CASE("an upload that shows succeeds though the hidden object in the key's mapped place cannot be cleared away",
          "[directory][faults]") {
  const Fixture fixture;
  fixture.put("a/b", "block");
  fixture.put("a", "old", with("1"));
  REQUIRE(fixture.bucket->delete_object("a/b"));
  REQUIRE(fixture.files() == Names{"keys:fa", "meta"});
  {
    testing::SyscallFaults faults;
    faults.fail_at("renameat", 2, EIO);  // the first shows the sidecar
    CHECK(fixture.bucket->upload("a", Body::view("new"), with("2")));
    CHECK(faults.happened());
  }
  CHECK(told(*fixture.bucket, "a") == "new|text/2|2");
  CHECK(fixture.keys() == Names{"a"});
  CHECK(fixture.files() == Names{"a", "keys:fa", "meta"});
  REQUIRE(fixture.bucket->delete_object("a"));
  CHECK(fixture.files().empty());
}

TEST_CASE("a bucket whose folders cannot be read is not deleted, and its objects stay", "[directory][faults]") {
  const bool types_hidden = GENERATE(false, true);
  for (const std::string key : {"plain", "mapped//key", "a/b/c"}) {
    const Fixture fixture;
    fixture.put(key, "x", with("1"));
    int failures = 0;
    for (const char* operation : {"readdir", "fstatat", "open"}) {
      for (int n = 1;; ++n) {
        CAPTURE(types_hidden, key, operation, n);
        REQUIRE(n < 100);
        testing::SyscallFaults faults;
        if (types_hidden) faults.hide_types();
        faults.fail_at(operation, n, EIO);
        const auto deleted = fixture.client.delete_bucket("bucket");
        REQUIRE_FALSE(deleted);
        const bool seen_as_held = deleted.error().service_code == "BucketNotEmpty";
        if (!seen_as_held) ++failures;
        CHECK((seen_as_held || kind_of(deleted) == ErrorKind::internal));
        if (!faults.happened()) {
          CHECK(seen_as_held);
          break;
        }
      }
      REQUIRE(told(*fixture.bucket, key) == "x|text/1|1");
    }
    CHECK(failures > 3);
  }
}

TEST_CASE("a listing never passes over what cannot be read", "[directory][faults]") {
  const Fixture fixture;
  fixture.put("a/b", "x");
  fixture.put("a//c", "x");
  fixture.put("d", "x");
  const Names all = {"a//c", "a/b", "d"};
  for (const char* operation : {"readdir", "fstatat"}) {
    for (int n = 1;; ++n) {
      CAPTURE(operation, n);
      REQUIRE(n < 100);
      testing::SyscallFaults faults;
      faults.hide_types();
      faults.fail_at(operation, n, EIO);
      const auto page = fixture.bucket->list();
      if (!faults.happened()) break;
      if (!page) continue;
      Names listed;
      for (const auto& object : page->objects) listed.push_back(object.key);
      CHECK(listed == all);
    }
  }
}

TEST_CASE("an empty bucket is deleted whether or not its folders tell the types of their entries", "[directory][faults]") {
  const Fixture fixture;
  fixture.put("a/b", "x");
  REQUIRE(fixture.bucket->delete_object("a/b"));
  std::filesystem::create_directories(fixture.path("dropped/by/hand"));
  testing::SyscallFaults faults;
  faults.hide_types();
  CHECK(fixture.client.delete_bucket("bucket"));
}

TEST_CASE("a file system without locks is unsupported, not unsafe", "[directory][faults]") {
  const Fixture fixture;
  fixture.put("k", "old");
  for (int nth = 1; nth <= 2; ++nth) {
    testing::SyscallFaults faults;
    faults.fail_at("lock", nth, ENOLCK);
    auto uploaded = fixture.bucket->upload("k", Body::view("new"));
    CHECK(kind_of(uploaded) == ErrorKind::unsupported);
  }
  CHECK(fixture.get("k") == "old");
}

TEST_CASE("where openat2 is missing or forbidden, everything works without it", "[directory][faults]") {
  for (const int error_number : {ENOSYS, EPERM}) {
    CAPTURE(error_number);
    const Fixture fixture;
    for (int nth = 1; nth < 60; ++nth) {
      testing::SyscallFaults faults;
      faults.fail_at("open", nth, error_number);
      auto uploaded = fixture.bucket->upload("a/b/c", Body::view("x"));
      // The bucket's own folder is opened with open, which no kernel lacks.
      if (!uploaded && error_number == EPERM) CHECK(kind_of(uploaded) == ErrorKind::permission_denied);
      if (!faults.happened()) break;
    }
    CHECK(fixture.get("a/b/c") == "x");
    CHECK(fixture.files() == Names{"a/b/c", "meta"});
  }
}

TEST_CASE("a full disk is an internal error that names the path, and the old object stays", "[directory][faults]") {
  const Fixture fixture;
  fixture.put("k", "old");
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto ignored = ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 100'000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  auto uploaded = fixture.bucket->upload("k", Body::text(std::string(1'000'000, 'x')));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, ignored);
  CHECK(kind_of(uploaded) == ErrorKind::internal);
  REQUIRE_FALSE(uploaded);
  CHECK(uploaded.error().message.find(fixture.path(".objectstore/tmp").native()) != std::string::npos);
  CHECK(uploaded.error().operation == "upload");
  CHECK(fixture.get("k") == "old");
  CHECK(fixture.files() == Names{"k", "meta"});
}

TEST_CASE("a disk that really fills up loses nothing", "[directory][faults]") {
  const testing::TempDir temp;
  const auto disk = temp / "disk";
  std::filesystem::create_directories(disk);
  if (::mount("objectstore-test", disk.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") != 0) {
    WARN("not tested: mounting a small disk needs root");
    return;
  }
  {
    const Client client = connect_to(disk);
    REQUIRE(client.create_bucket("bucket"));
    const auto bucket = client.bucket("bucket");
    int stored = 0;
    std::optional<ErrorKind> failure;
    while (!failure && stored < 1000) {
      failure = kind_of(bucket->upload("k/" + std::to_string(stored), Body::text(std::string(50'000, 'x')), with(std::to_string(stored))));
      if (!failure) ++stored;
    }
    CHECK(failure == ErrorKind::internal);
    CHECK(stored > 3);
    CHECK(kind_of(bucket->upload("k/0", Body::text(std::string(90'000, 'y')), with("y"))) == ErrorKind::internal);
    for (int i = 0; i < stored; ++i) CHECK(told(*bucket, "k/" + std::to_string(i)).ends_with("|" + std::to_string(i)));
    auto page = bucket->list();
    REQUIRE(page);
    CHECK(page->objects.size() == static_cast<std::size_t>(stored));
    CHECK(bucket->delete_object("k/0"));
    CHECK(bucket->upload("k/0", Body::view("fits again")));
  }
  CHECK(::umount2(disk.c_str(), MNT_DETACH) == 0);
}

TEST_CASE("a folder that may not be written to can be read, and says so when it is written to", "[directory][faults]") {
  const testing::TempDir temp;
  const auto disk = temp / "disk";
  std::filesystem::create_directories(disk);
  if (::mount("objectstore-test", disk.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") != 0) {
    WARN("not tested: mounting a folder read-only needs root");
    return;
  }
  {
    REQUIRE(connect_to(disk).create_bucket("bucket"));
    REQUIRE(connect_to(disk).bucket("bucket")->upload("a/b", Body::view("x"), with("1")));
    REQUIRE(::mount(nullptr, disk.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
    const Client client = connect_to(disk);
    const auto bucket = client.bucket("bucket");
    CHECK(told(*bucket, "a/b") == "x|text/1|1");
    auto page = bucket->list();
    REQUIRE(page);
    CHECK(page->objects.size() == 1);
    auto uploaded = bucket->upload("c", Body::view("x"));
    CHECK(kind_of(uploaded) == ErrorKind::permission_denied);
    REQUIRE_FALSE(uploaded);
    CHECK(uploaded.error().message.find(disk.native()) != std::string::npos);
    CHECK(kind_of(bucket->delete_object("a/b")) == ErrorKind::permission_denied);
    CHECK(kind_of(client.create_bucket("other")) == ErrorKind::permission_denied);
    CHECK(kind_of(client.delete_bucket("bucket")) == ErrorKind::permission_denied);
    CHECK(bucket->delete_object("missing"));
  }
  CHECK(::umount2(disk.c_str(), MNT_DETACH) == 0);
}

TEST_CASE("without the right to a folder the error is permission_denied with its path", "[directory][faults]") {
  const Fixture fixture;
  fixture.put("a/b", "x");
  for (const char* operation : {"open", "create", "mkdirat", "renameat2"}) {
    CAPTURE(operation);
    testing::SyscallFaults faults;
    faults.fail_at(operation, 2, EACCES);
    auto uploaded = fixture.bucket->upload("new/folder", Body::view("x"));
    if (!faults.happened()) continue;
    CHECK(kind_of(uploaded) == ErrorKind::permission_denied);
    REQUIRE_FALSE(uploaded);
    CHECK(uploaded.error().message.find(fixture.temp.path().native()) != std::string::npos);
  }
}

}  // namespace objectstore::directory
