// stdout: and file: emitters: whole lines, typed failures, nothing torn between threads and processes.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <sstream>
#include <thread>

#include "base/scheduler.h"
#include "emit/emitters.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/syscall_faults.h"
#include "support/temp_dir.h"
#include "support/waiting_poller.h"

using namespace objectstore;
using objectstore::testing::FakeClock;
using objectstore::testing::read_file;
using objectstore::testing::SyscallFaults;
using objectstore::testing::TempDir;
using objectstore::testing::write_file;

namespace {

struct Pipe {
  std::array<int, 2> fd{-1, -1};
  Pipe() { REQUIRE(::pipe(fd.data()) == 0); }
  ~Pipe() {
    for (const int end : fd) {
      if (end >= 0) ::close(end);
    }
  }
  void close_reader() { ::close(std::exchange(fd[0], -1)); }
};

std::shared_ptr<Emitter> file_emitter(const std::filesystem::path& path, const EmitterOptions& options = {}) {
  auto emitter = make_emitter("file:" + path.native(), options);
  if (!emitter) FAIL(emitter.error().message);
  return *emitter;
}

Message message(std::string body) {
  return {.id = "id", .ordering_key = "", .body = std::move(body)};
}

/// Runs `work` in a child process; its result is the child's exit code.
template <class Work>
pid_t in_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  return child;
}

int exit_code_of(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("a descriptor emitter writes one line a message at once", "[emit]") {
  Pipe pipe;
  const auto emitter = emit::make_descriptor_emitter(pipe.fd[1], "stdout");
  REQUIRE(emitter->emit(message(R"({"key":"a"})")));
  REQUIRE(emitter->emit(message("{}")));
  REQUIRE(emitter->flush());
  std::array<char, 100> bytes{};
  const auto count = ::read(pipe.fd[0], bytes.data(), bytes.size());
  CHECK(std::string(bytes.data(), static_cast<std::size_t>(count)) == "{\"key\":\"a\"}\n{}\n");
  CHECK(emitter->describe() == "stdout");
}

TEST_CASE("a reader that is gone is a typed error and no signal", "[emit]") {
  const int code = exit_code_of(in_child([] {
    ::signal(SIGPIPE, SIG_DFL);
    std::array<int, 2> fd{};
    if (::pipe(fd.data()) != 0) return 1;
    ::close(fd[0]);
    const auto emitter = emit::make_descriptor_emitter(fd[1], "stdout");
    for (int i = 0; i < 3; ++i) {
      const Status status = emitter->emit(message("{}"));
      if (kind_of(status) != ErrorKind::unavailable || status.error().message.find("EPIPE") == std::string::npos) return 2;
    }
    sigset_t pending;
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) != 0) return 3;
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    return sigismember(&mask, SIGPIPE) == 0 ? 0 : 4;
  }));
  CHECK(code == 0);
}

TEST_CASE("a full device is a typed error that names the cause", "[emit]") {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  const Status status = emit::make_descriptor_emitter(full, "stdout")->emit(message("{}"));
  ::close(full);
  REQUIRE(kind_of(status) == ErrorKind::internal);
  CHECK(status.error().message.find("write to stdout") != std::string::npos);
  CHECK(status.error().message.find("ENOSPC") != std::string::npos);
  CHECK(status.error().operation == "emit");
  const Status to_file = file_emitter("/dev/full")->emit(message("{}"));
  CHECK(kind_of(to_file) == ErrorKind::internal);
}

TEST_CASE("a full non-blocking pipe is waited for", "[emit]") {
  Pipe pipe;
  REQUIRE(::fcntl(pipe.fd[1], F_SETFL, O_NONBLOCK) == 0);
  const std::string body(1 << 20, 'x');
  std::size_t received = 0;
  std::jthread reader([&] {
    std::array<char, 65536> bytes{};
    while (received < body.size() + 1) {
      const auto count = ::read(pipe.fd[0], bytes.data(), bytes.size());
      if (count <= 0) break;
      received += static_cast<std::size_t>(count);
    }
  });
  CHECK(emit::make_descriptor_emitter(pipe.fd[1], "stdout")->emit(message(body)));
  reader.join();
  CHECK(received == body.size() + 1);
}

TEST_CASE("a body with a line break is refused: it would become two messages", "[emit]") {
  TempDir folder;
  Pipe pipe;
  CHECK(kind_of(emit::make_descriptor_emitter(pipe.fd[1], "stdout")->emit(message("{\n}"))) == ErrorKind::invalid_argument);
  const auto path = folder / "out.ndjson";
  CHECK(kind_of(file_emitter(path)->emit(message("{\r}"))) == ErrorKind::invalid_argument);
  CHECK(read_file(path).empty());
}

TEST_CASE("a file emitter appends to what is there", "[emit]") {
  TempDir folder;
  const auto path = folder / "out.ndjson";
  {
    const auto emitter = file_emitter(path);
    REQUIRE(emitter->emit(message("1")));
    REQUIRE(emitter->flush());
    REQUIRE(emitter->flush());
    CHECK(emitter->describe() == "file(" + path.native() + ")");
  }
  REQUIRE(file_emitter(path)->emit(message("2")));
  CHECK(read_file(path) == "1\n2\n");
}

TEST_CASE("a line that a crash left torn is ended before the next one", "[emit]") {
  TempDir folder;
  const auto path = folder / "out.ndjson";
  write_file(path, "1\n{\"torn");
  const auto emitter = file_emitter(path);
  REQUIRE(emitter->emit(message("2")));
  REQUIRE(emitter->emit(message("3")));
  CHECK(read_file(path) == "1\n{\"torn\n2\n3\n");
  // ... also when it was torn by another process in between
  {
    const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    REQUIRE(::write(fd, "{", 1) == 1);
    ::close(fd);
  }
  REQUIRE(emitter->emit(message("4")));
  CHECK(read_file(path) == "1\n{\"torn\n2\n3\n{\n4\n");
}

TEST_CASE("what cannot be a file to append to is refused when the emitter is made", "[emit]") {
  TempDir folder;
  CHECK(kind_of(make_emitter("file:" + (folder / "missing/out").native())) == ErrorKind::not_found);
  CHECK(kind_of(make_emitter("file:" + folder.path().native())) == ErrorKind::invalid_argument);
  CHECK(kind_of(make_emitter("file:")) == ErrorKind::invalid_argument);
  CHECK(kind_of(make_emitter("file://host/x")) == ErrorKind::invalid_argument);
  CHECK(make_emitter("file://" + (folder / "url").native()));
  CHECK(std::filesystem::exists(folder / "url"));
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK_FALSE(make_emitter("file:" + (folder / "fifo").native()));
}

TEST_CASE("processes and threads that append to one file never tear a line", "[emit]") {
  TempDir folder;
  const auto path = folder / "out.ndjson";
  constexpr int kProcesses = 4;
  constexpr int kThreads = 3;
  constexpr int kLines = 120;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    children.push_back(in_child([&] {
      auto emitter = make_emitter("file:" + path.native());
      if (!emitter) return 1;
      std::atomic<int> failures = 0;
      {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t) {
          threads.emplace_back([&, t] {
            for (int i = 0; i < kLines; ++i) {
              // lines of up to 20 kB, far beyond any pipe or page size
              const std::string body = std::to_string(p) + " " + std::to_string(t) + " " + std::to_string(i) + " " +
                                       std::string(static_cast<std::size_t>(i * 167), static_cast<char>('a' + t));
              if (!(*emitter)->emit(message(body))) ++failures;
              if (i % 40 == 0 && !(*emitter)->flush()) ++failures;
            }
          });
        }
      }
      return failures == 0 ? 0 : 2;
    }));
  }
  for (const pid_t child : children) CHECK(exit_code_of(child) == 0);
  std::map<std::pair<int, int>, int> next;
  std::istringstream lines(read_file(path));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    std::istringstream in(line);
    int p = 0;
    int t = 0;
    int i = 0;
    std::string rest;
    in >> p >> t >> i >> rest;
    if (rest != std::string(static_cast<std::size_t>(i * 167), static_cast<char>('a' + t))) FAIL("torn line " << count);
    if (i != next[{p, t}]++) FAIL("out of order in line " << count);
  }
  CHECK(count == kProcesses * kThreads * kLines);
}

TEST_CASE("a disk that fills up in mid-line leaves no half line", "[emit]") {
  TempDir folder;
  const auto path = folder / "out.ndjson";
  const int code = exit_code_of(in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 1000, .rlim_max = 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    const auto emitter = make_emitter("file:" + path.native());
    if (!emitter) return 2;
    if (!(*emitter)->emit(message(std::string(700, 'a')))) return 3;
    if (kind_of((*emitter)->emit(message(std::string(700, 'b')))) != ErrorKind::internal) return 4;
    return (*emitter)->emit(message(std::string(100, 'c'))) ? 0 : 5;
  }));
  CHECK(code == 0);
  CHECK(read_file(path) == std::string(700, 'a') + "\n" + std::string(100, 'c') + "\n");
}

TEST_CASE("a file that another process keeps locked is a timeout, not a hang", "[emit]") {
  TempDir folder;
  const auto path = folder / "out.ndjson";
  write_file(path, "");
  const int holder = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(holder, LOCK_EX) == 0);
  const auto clock = std::make_shared<FakeClock>();
  const auto emitter = file_emitter(path, {.clock = clock, .timeout = std::chrono::seconds(3)});
  const Status status = emitter->emit(message("1"));
  REQUIRE(kind_of(status) == ErrorKind::timeout);
  CHECK(status.error().message.find(path.native()) != std::string::npos);
  CHECK(clock->slept() >= std::chrono::seconds(3));
  ::close(holder);
  CHECK(emitter->emit(message("2")));
  CHECK(read_file(path) == "2\n");
}

TEST_CASE("fibers of one thread that wait for a locked file let the one go on that will free it", "[emit]") {
  TempDir folder;
  const auto path = folder / "out.ndjson";
  write_file(path, "");
  const int holder = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(holder, LOCK_EX) == 0);
  const auto emitter = file_emitter(path);
  testing::WaitingPoller poller;
  base::Scheduler scheduler(poller);
  int good = 0;
  for (int i = 0; i < 2; ++i) {
    scheduler.post(testing::task([&] {
      if (emitter->emit(message("line")) && emitter->flush()) ++good;
    }));
  }
  scheduler.post(testing::task([&] {
    system_clock()->sleep(std::chrono::milliseconds(10), nullptr);
    ::close(holder);
  }));
  scheduler.stop();
  scheduler.run();
  CHECK(good == 2);
  CHECK(read_file(path) == "line\nline\n");
}

TEST_CASE("after a failed fsync the emitter only fails", "[emit]") {
  TempDir folder;
  const auto path = folder / "out.ndjson";
  const auto emitter = file_emitter(path);
  REQUIRE(emitter->emit(message("1")));
  {
    SyscallFaults faults;
    faults.fail_at("fsync", 1, EIO);
    CHECK(kind_of(emitter->flush()) == ErrorKind::internal);
    CHECK(faults.happened());
  }
  CHECK(kind_of(emitter->flush()) == ErrorKind::internal);
  CHECK(kind_of(emitter->emit(message("2"))) == ErrorKind::internal);
  CHECK(read_file(path) == "1\n");
  CHECK(file_emitter(path)->emit(message("2")));
}

TEST_CASE("whichever file operation fails, what was flushed is there and no line is torn", "[emit][faults]") {
  int failures = 0;
  for (int n = 1;; ++n) {
    CAPTURE(n);
    TempDir folder;
    const auto path = folder / "out.ndjson";
    std::vector<std::string> flushed;
    bool happened = false;
    {
      SyscallFaults faults;
      faults.fail_at(n, n % 2 == 0 ? ENOSPC : EIO);
      const auto emitter = make_emitter("file:" + path.native());
      for (const std::string body : {"1", "2", "3"}) {
        if (!emitter) break;
        if ((*emitter)->emit(message(body)) && (*emitter)->flush()) flushed.push_back(body);
      }
      happened = faults.happened();
    }
    const auto later = file_emitter(path);
    REQUIRE(later->emit(message("4")));
    REQUIRE(later->flush());
    std::vector<std::string> lines;
    std::istringstream in(read_file(path));
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    for (const std::string& line : lines) CHECK((line == "1" || line == "2" || line == "3" || line == "4"));
    for (const std::string& body : flushed) CHECK(std::count(lines.begin(), lines.end(), body) == 1);
    if (!happened) {
      CHECK(flushed.size() == 3);
      break;
    }
    ++failures;
  }
  CHECK(failures >= 7);  // create; three times write and fsync at least
}

TEST_CASE("unknown emitters are refused by the names of those that exist", "[emit]") {
  for (const std::string url :
       {"kafka://user:hunter2@host:9092/topic", "amqp://host/q", "sqs:https://queue", "stderr:", "ftp://x", "x:y"}) {
    CAPTURE(url);
    const auto emitter = make_emitter(url);
    REQUIRE(kind_of(emitter) == ErrorKind::invalid_argument);
    CHECK(emitter.error().message.find("stdout:, file:PATH, http://HOST/... and https://HOST/...") != std::string::npos);
    CHECK(emitter.error().message.find("hunter2") == std::string::npos);
  }
  CHECK(kind_of(make_emitter("")) == ErrorKind::invalid_argument);
  CHECK(kind_of(make_emitter("out.ndjson")) == ErrorKind::invalid_argument);
  CHECK(kind_of(make_emitter("stdout:x")) == ErrorKind::invalid_argument);
  CHECK(make_emitter("stdout:").value()->describe() == "stdout");
}

TEST_CASE("fan-out tries every emitter and reports the first failure", "[emit]") {
  TempDir folder;
  const auto path = folder / "out.ndjson";
  const auto both = fan_out({file_emitter("/dev/full"), file_emitter(path)});
  CHECK(kind_of(both->emit(message("1"))) == ErrorKind::internal);
  CHECK(read_file(path) == "1\n");
  CHECK(both->flush());
  CHECK(both->describe() == "all of (file(/dev/full), file(" + path.native() + "))");
  const auto single = file_emitter(path);
  CHECK(fan_out({single}) == single);
  CHECK(fan_out({})->emit(message("1")));
}
