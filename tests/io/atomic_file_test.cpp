// Files that appear whole or not at all: publishing, names that are taken, lost writes, dying half-way.
#include "io/atomic_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "support/catch.h"
#include "support/syscall_faults.h"
#include "support/temp_dir.h"
#include "support/unprivileged.h"

namespace objectstore::io {
namespace {

using namespace testing;
using Publish = AtomicFile::Publish;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

Status put(const std::filesystem::path& target, std::string_view text, Publish how, const AtomicFileOptions& options = {}) {
  auto file = AtomicFile::create(target, options);
  if (!file) return std::move(file).error();
  if (auto written = file->write(bytes_of(text)); !written) return written;
  return file->publish(how);
}

}  // namespace

TEST_CASE("replace and create_only do what their names say") {
  TempDir dir;
  REQUIRE(put(dir / "f", "1", Publish::create_only));
  CHECK(read_file(dir / "f") == "1");
  auto taken = put(dir / "f", "2", Publish::create_only);
  REQUIRE(kind_of(taken) == ErrorKind::already_exists);
  CHECK(taken.error().message.find((dir / "f").native()) != std::string::npos);
  CHECK(read_file(dir / "f") == "1");
  REQUIRE(put(dir / "f", "3", Publish::replace));
  CHECK(read_file(dir / "f") == "3");
  CHECK(dir.names() == std::vector<std::string>{"f"});
}

TEST_CASE("create_only works on file systems that know no rename without replacing") {
  TempDir dir;
  for (int error_number : {EINVAL, ENOSYS}) {
    auto name = "f" + std::to_string(error_number);
    {
      SyscallFaults faults;
      faults.fail_at("renameat2", 1, error_number);
      REQUIRE(put(dir / name, "1", Publish::create_only));
      CHECK(faults.happened());
    }
    CHECK(read_file(dir / name) == "1");
    SyscallFaults faults;
    faults.fail_at("renameat2", 1, error_number);
    CHECK(kind_of(put(dir / name, "2", Publish::create_only)) == ErrorKind::already_exists);
  }
  CHECK(dir.names().size() == 2);
}

TEST_CASE("of many that create one name exactly one wins") {
  TempDir dir;
  for (int round = 0; round < 20; ++round) {
    auto target = dir / ("f" + std::to_string(round));
    std::atomic<int> won{0};
    std::atomic<int> lost{0};
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
          auto done = put(target, std::to_string(t), Publish::create_only, {.durable = false});
          if (done) ++won;
          if (kind_of(done) == ErrorKind::already_exists) ++lost;
        });
      }
    }
    CHECK(won == 1);
    CHECK(lost == 7);
  }
  CHECK(dir.names().size() == 20);
}

TEST_CASE("the temporary file is private, in the folder and by the prefix that were asked for") {
  TempDir dir;
  std::filesystem::create_directory(dir / "tmp");
  auto file = AtomicFile::create(dir / "f", {.temp_folder = dir / "tmp", .temp_prefix = "mine-"});
  REQUIRE(file);
  CHECK(file->temp_path().parent_path() == dir / "tmp");
  CHECK(file->temp_path().filename().native().starts_with("mine-"));
  CHECK(file->temp_path().extension() == ".tmp");
  struct stat information {};
  REQUIRE(::stat(file->temp_path().c_str(), &information) == 0);
  CHECK((information.st_mode & 07777) == 0600);
  REQUIRE(file->publish(Publish::replace));
  CHECK(dir.names() == std::vector<std::string>{"f", "tmp/"});
}

TEST_CASE("a folder that may not be written to is permission_denied, and nothing in it changes") {
  TempDir dir;
  write_file(dir / "f", "old");
  REQUIRE(::chmod(dir.path().c_str(), 0555) == 0);
  {
    const Unprivileged user(dir.path());
    for (const char* name : {"f", "new"}) CHECK(kind_of(put(dir / name, "x", Publish::replace)) == ErrorKind::permission_denied);
  }
  REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
  CHECK(dir.names() == std::vector<std::string>{"f"});
  CHECK(read_file(dir / "f") == "old");
}

TEST_CASE("a mode of the caller's choice is set before the file shows") {
  TempDir dir;
  REQUIRE(put(dir / "f", "x", Publish::create_only, {.mode = 0444}));
  struct stat information {};
  REQUIRE(::stat((dir / "f").c_str(), &information) == 0);
  CHECK((information.st_mode & 07777) == 0444);
}

TEST_CASE("bytes are synced before the name shows, and the folder after it") {
  TempDir dir;
  for (Publish how : {Publish::replace, Publish::create_only}) {
    SyscallFaults faults;
    REQUIRE(put(dir / (how == Publish::replace ? "a" : "b"), "x", how));
    const auto& operations = faults.operations();
    auto at = [&](const std::string& name) { return std::find(operations.begin(), operations.end(), name) - operations.begin(); };
    CHECK(at("write") < at("fsync"));
    CHECK(at("fsync") < at(how == Publish::replace ? "rename" : "renameat2"));
    CHECK(std::count(operations.begin(), operations.end(), "fsync") == 2);
    CHECK(at(how == Publish::replace ? "rename" : "renameat2") < at("open"));  // of the folder
  }
  SyscallFaults faults;
  REQUIRE(put(dir / "c", "x", Publish::replace, {.durable = false}));
  CHECK(std::count(faults.operations().begin(), faults.operations().end(), "fsync") == 0);
}

TEST_CASE("a failed fsync is never retried into success") {
  TempDir dir;
  auto file = AtomicFile::create(dir / "f");
  REQUIRE(file);
  REQUIRE(file->write(bytes_of("x")));
  {
    SyscallFaults faults;
    faults.fail_at("fsync", 1, EIO);
    CHECK(kind_of(file->sync()) == ErrorKind::internal);
  }
  CHECK(kind_of(file->sync()) == ErrorKind::internal);
  CHECK(kind_of(file->publish(Publish::replace)) == ErrorKind::internal);
  CHECK(kind_of(file->write(bytes_of("y"))) == ErrorKind::internal);
  CHECK_FALSE(std::filesystem::exists(dir / "f"));
}

TEST_CASE("a failed write is final too") {
  TempDir dir;
  auto file = AtomicFile::create(dir / "f");
  REQUIRE(file);
  {
    SyscallFaults faults;
    faults.fail_at("write", 1, ENOSPC);
    auto written = file->write(bytes_of("x"));
    REQUIRE(kind_of(written) == ErrorKind::internal);
    CHECK(written.error().message.find("No space left") != std::string::npos);
    CHECK(written.error().message.find("ENOSPC") != std::string::npos);
  }
  CHECK(kind_of(file->write(bytes_of("y"))) == ErrorKind::internal);
  CHECK(kind_of(file->publish(Publish::replace)) == ErrorKind::internal);
}

TEST_CASE("a folder that cannot be synced leaves the outcome unknown, with the file in place") {
  TempDir dir;
  SyscallFaults faults;
  faults.fail_at("fsync", 2, EIO);
  CHECK(kind_of(put(dir / "f", "x", Publish::replace)) == ErrorKind::outcome_unknown);
  CHECK(read_file(dir / "f") == "x");
  SyscallFaults unsupporting;
  unsupporting.fail_at("fsync", 2, EINVAL);  // file systems whose folders need no sync say so
  CHECK(put(dir / "g", "x", Publish::replace));
}

TEST_CASE("publish may be called again when the target's folder was missing") {
  TempDir dir;
  auto file = AtomicFile::create(dir / "late/f", {.temp_folder = dir.path()});
  REQUIRE(file);
  REQUIRE(file->write(bytes_of("x")));
  CHECK(kind_of(file->publish(Publish::create_only)) == ErrorKind::not_found);
  CHECK(kind_of(file->publish(Publish::replace)) == ErrorKind::not_found);
  std::filesystem::create_directory(dir / "late");
  REQUIRE(file->publish(Publish::create_only));
  CHECK(read_file(dir / "late/f") == "x");
  CHECK(kind_of(file->publish(Publish::create_only)) == ErrorKind::internal);  // only once
}

TEST_CASE("moving hands the temporary file on") {
  TempDir dir;
  auto first = AtomicFile::create(dir / "f");
  auto second = AtomicFile::create(dir / "g");
  REQUIRE(first);
  REQUIRE(second);
  REQUIRE(first->write(bytes_of("one")));
  AtomicFile moved = std::move(*first);
  *second = std::move(moved);  // drops g's temporary file
  CHECK(dir.names().size() == 1);
  REQUIRE(second->publish(Publish::replace));
  CHECK(read_file(dir / "f") == "one");
  CHECK(dir.names() == std::vector<std::string>{"f"});
}

TEST_CASE("a process killed at any step leaves the old file or the new one, never a torn one") {
  const Publish how = GENERATE(Publish::replace, Publish::create_only);
  int steps = 0;
  for (int nth = 1;; ++nth) {
    CAPTURE(nth);
    TempDir dir;
    if (how == Publish::replace) write_file(dir / "f", "old");
    pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      SyscallFaults faults;
      faults.die_at(nth);
      bool done = put(dir / "f", "new", how).has_value();
      ::_exit(done ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) {
      CHECK(WEXITSTATUS(status) == 0);
      CHECK(read_file(dir / "f") == "new");
      break;
    }
    REQUIRE(WTERMSIG(status) == SIGKILL);
    ++steps;
    if (how == Publish::replace || std::filesystem::exists(dir / "f")) {
      auto content = read_file(dir / "f");
      CHECK((content == "new" || (how == Publish::replace && content == "old")));
    }
    for (const auto& name : dir.names()) CHECK((name == "f" || (name.starts_with(".objectstore-") && name.ends_with(".tmp"))));
  }
  CHECK(steps >= 7);
}

TEST_CASE("a device that is full refuses the write with its path") {
  auto file = FileDescriptor::open("/dev/full", O_WRONLY);
  REQUIRE(file);
  auto written = file->write_all(bytes_of("x"));
  REQUIRE(kind_of(written) == ErrorKind::internal);
  CHECK(written.error().message.find("/dev/full") != std::string::npos);
  CHECK(written.error().message.find("ENOSPC") != std::string::npos);
}

TEST_CASE("names that are no file names are refused") {
  TempDir dir;
  for (const char* name : {"", "/", "/tmp/..", "/tmp/.", "/tmp/", ".", ".."}) {
    CAPTURE(name);
    CHECK(kind_of(AtomicFile::create(name)) == ErrorKind::invalid_argument);
  }
}

}  // namespace objectstore::io
