// Sinks: what becomes visible when, and what is left behind.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "objectstore/body.h"
#include "support/catch.h"
#include "support/syscall_faults.h"
#include "support/temp_dir.h"

namespace objectstore {
namespace {

using namespace testing;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat information {};
  REQUIRE(::lstat(path.c_str(), &information) == 0);
  return information.st_mode;
}

}  // namespace

TEST_CASE("a memory sink collects, starts over and gives its content away") {
  Sink sink;
  BodySink& target = sink.target();
  REQUIRE(target.begin(3));
  REQUIRE(target.write(bytes_of("old")));
  REQUIRE(target.begin(std::nullopt));
  REQUIRE(target.write(bytes_of("new ")));
  REQUIRE(target.write(bytes_of("bytes")));
  REQUIRE(target.finish());
  CHECK(target.take_content() == "new bytes");

  REQUIRE(target.begin(3));
  REQUIRE(target.write(bytes_of("abc")));
  target.discard();
  CHECK(target.take_content().empty());
}

TEST_CASE("a memory sink does not believe a size until the bytes arrive") {
  Sink sink = Sink::memory();
  REQUIRE(sink.target().begin(std::uint64_t{1} << 62));
  REQUIRE(sink.target().write(bytes_of("x")));
  REQUIRE(sink.target().finish());
  CHECK(sink.target().take_content() == "x");
}

TEST_CASE("a file sink shows nothing under the name until it is finished") {
  TempDir dir;
  Sink sink = Sink::file(dir / "target");
  CHECK(dir.names().empty());
  REQUIRE(sink.target().begin(10));
  REQUIRE(sink.target().write(bytes_of("first ")));
  auto names = dir.names();
  REQUIRE(names.size() == 1);
  CHECK(names[0] != "target");
  CHECK((mode_of(dir / names[0]) & 0777) == 0600);
  REQUIRE(sink.target().write(bytes_of("last")));
  CHECK_FALSE(std::filesystem::exists(dir / "target"));
  REQUIRE(sink.target().finish());
  CHECK(dir.names() == std::vector<std::string>{"target"});
  CHECK(read_file(dir / "target") == "first last");
  CHECK(sink.target().take_content().empty());
}

TEST_CASE("a file sink leaves the old file until the new one is whole, and nothing else when it fails") {
  TempDir dir;
  write_file(dir / "target", "old");
  {
    Sink sink = Sink::file(dir / "target");
    REQUIRE(sink.target().begin(3));
    REQUIRE(sink.target().write(bytes_of("new")));
    CHECK(read_file(dir / "target") == "old");
    SECTION("discarded") {
      sink.target().discard();
    }
    SECTION("destroyed") {}
  }
  CHECK(dir.names() == std::vector<std::string>{"target"});
  CHECK(read_file(dir / "target") == "old");
}

TEST_CASE("a file sink that starts over drops what came before") {
  TempDir dir;
  Sink sink = Sink::file(dir / "target");
  for (const char* text : {"a longer first try", "second"}) {
    REQUIRE(sink.target().begin(std::nullopt));
    REQUIRE(sink.target().write(bytes_of(text)));
  }
  CHECK(dir.names().size() == 1);
  REQUIRE(sink.target().finish());
  CHECK(read_file(dir / "target") == "second");
  CHECK(dir.names().size() == 1);
}

TEST_CASE("the file's mode is the umask's, or that of the file it replaces") {
  TempDir dir;
  mode_t before = ::umask(027);
  write_file(dir / "old", "x");
  REQUIRE(::chmod((dir / "old").c_str(), 0604) == 0);
  for (const char* name : {"new", "old"}) {
    Sink sink = Sink::file(dir / name);
    REQUIRE(sink.target().begin(0));
    REQUIRE(sink.target().finish());
  }
  ::umask(before);
  CHECK((mode_of(dir / "new") & 0777) == 0640);
  CHECK((mode_of(dir / "old") & 0777) == 0604);
}

TEST_CASE("a relative path means the working folder") {
  TempDir dir;
  auto before = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  Sink sink = Sink::file("target");
  bool done = sink.target().begin(0).has_value() && sink.target().finish().has_value();
  std::filesystem::current_path(before);
  CHECK(done);
  CHECK(dir.names() == std::vector<std::string>{"target"});
}

TEST_CASE("a target that no download may replace is a typed error before any byte") {
  TempDir dir;
  std::filesystem::create_directory(dir / "folder");
  std::filesystem::create_symlink("folder", dir / "link-to-folder");
  std::filesystem::create_symlink("/dev/null", dir / "link-to-device");
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
  write_file(dir / "file", "x");
  auto names = dir.names();
  struct Case {
    std::filesystem::path path;
    ErrorKind kind;
  };
  for (const auto& [path, kind] :
       {Case{dir / "folder", ErrorKind::invalid_argument}, Case{dir / "link-to-folder", ErrorKind::invalid_argument},
        Case{dir / "link-to-device", ErrorKind::invalid_argument}, Case{dir / "fifo", ErrorKind::invalid_argument},
        Case{"/dev/null", ErrorKind::invalid_argument}, Case{dir / "absent/target", ErrorKind::not_found},
        Case{dir / "file/target", ErrorKind::not_found}, Case{dir / "folder/", ErrorKind::invalid_argument},
        Case{dir / "absent/", ErrorKind::not_found}, Case{dir / "..", ErrorKind::invalid_argument}, Case{"", ErrorKind::invalid_argument},
        Case{dir / std::string(300, 'n'), ErrorKind::invalid_argument}}) {
    CAPTURE(path);
    Sink sink = Sink::file(path);
    auto begun = sink.target().begin(0);
    REQUIRE(!begun);
    CHECK(to_string(begun.error().kind) == to_string(kind));
    CHECK(begun.error().message.find(path.native()) != std::string::npos);
  }
  CHECK(dir.names() == names);
}

TEST_CASE("a link to a file is replaced itself, what it points to stays") {
  TempDir dir;
  write_file(dir / "pointed-to", "old");
  std::filesystem::create_symlink("pointed-to", dir / "link");
  Sink sink = Sink::file(dir / "link");
  REQUIRE(sink.target().begin(3));
  REQUIRE(sink.target().write(bytes_of("new")));
  REQUIRE(sink.target().finish());
  CHECK(read_file(dir / "pointed-to") == "old");
  CHECK(read_file(dir / "link") == "new");
  CHECK(S_ISREG(mode_of(dir / "link")));
}

TEST_CASE("whichever file operation fails, the old file is intact and nothing is left, or the new file is whole") {
  const int error_number = GENERATE(ENOSPC, EDQUOT, EIO, EMFILE, EROFS);
  const bool stays = GENERATE(false, true);
  for (int nth = 1;; ++nth) {
    CAPTURE(nth, error_number, stays);
    TempDir dir;
    write_file(dir / "target", "old");
    Status status;
    bool happened = false;
    std::vector<std::string> operations;
    {
      Sink sink = Sink::file(dir / "target");
      SyscallFaults faults;
      stays ? faults.fail_from(nth, error_number) : faults.fail_at(nth, error_number);
      status = sink.target().begin(3);
      if (status) status = sink.target().write(bytes_of("new"));
      if (status) status = sink.target().finish();
      if (!status) sink.target().discard();
      happened = faults.happened();
      operations = faults.operations();
    }
    if (!happened) {
      CHECK(status);
      CHECK(nth > 5);
      break;
    }
    const std::string failed = operations[static_cast<std::size_t>(nth) - 1];
    CAPTURE(failed);
    CHECK(dir.names() == std::vector<std::string>{"target"});
    if (status) {
      CHECK(failed == "close");  // everything was synced by then
      CHECK(read_file(dir / "target") == "new");
    } else if (status.error().kind == ErrorKind::outcome_unknown) {
      CHECK(read_file(dir / "target") == "new");
    } else {
      CHECK(read_file(dir / "target") == "old");
      CHECK(status.error().kind == (error_number == EROFS ? ErrorKind::permission_denied : ErrorKind::internal));
      CHECK(status.error().message.find(dir.path().native()) != std::string::npos);
    }
  }
}

TEST_CASE("a callback sink hands bytes on, and refuses to start over once it has") {
  std::string got;
  Sink sink = Sink::callback([&](std::span<const std::byte> bytes) -> Status {
    got.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  });
  REQUIRE(sink.target().begin(3));
  REQUIRE(sink.target().begin(3));  // nothing was handed on yet
  REQUIRE(sink.target().write(bytes_of("")));
  REQUIRE(sink.target().begin(3));
  REQUIRE(sink.target().write(bytes_of("abc")));
  CHECK(got == "abc");
  CHECK(kind_of(sink.target().begin(3)) == ErrorKind::unsupported);
  CHECK(sink.target().finish());
}

TEST_CASE("what a callback returns or throws is the write's error") {
  Sink refusing =
      Sink::callback([](std::span<const std::byte>) -> Status { return Error{.kind = ErrorKind::conflict, .message = "mine"}; });
  REQUIRE(refusing.target().begin(1));
  CHECK(kind_of(refusing.target().write(bytes_of("x"))) == ErrorKind::conflict);

  Sink throwing = Sink::callback([](std::span<const std::byte>) -> Status { throw std::runtime_error("boom"); });
  REQUIRE(throwing.target().begin(1));
  auto written = throwing.target().write(bytes_of("x"));
  REQUIRE(kind_of(written) == ErrorKind::internal);
  CHECK(written.error().message.find("boom") != std::string::npos);

  CHECK(kind_of(Sink::callback(nullptr).target().begin(1)) == ErrorKind::invalid_argument);
}

}  // namespace objectstore
