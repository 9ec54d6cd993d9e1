// objstore run: one command a line, many at a time, over shared connections.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "addresses.h"
#include "arguments.h"
#include "command_list.h"
#include "interrupt.h"
#include "json_line.h"
#include "line_reader.h"
#include "session.h"
#include "shared_output.h"
#include "shell_words.h"
#include "spool.h"
#include "values.h"

namespace objectstore::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::array kFlags = {
    Flag{.name = "fail-fast", .help = "begin no further line once one has failed; those under way come to their end"},
};

struct Line {
  std::uint64_t number = 0;
  Result<std::vector<std::string>> words;
};

/// The words of a line as a command with its flags. Errors: invalid_argument (no command, one that is not for a run, a bad flag).
Result<ParsedLine> parse_command(std::vector<std::string> words) {
  if (!words.empty() && words.front() == "objstore") words.erase(words.begin());
  ParsedLine parsed = parse_line(std::move(words));
  if (parsed.command != nullptr && !parsed.command->in_run) {
    return usage_error("'" + std::string(parsed.command->name) + "' is not for a line of a run");
  }
  if (parsed.help || parsed.version) return usage_error("--help and --version are not for a line of a run");
  if (parsed.usage_error) return *parsed.usage_error;
  if (parsed.command == nullptr) return usage_error("which command?");
  return parsed;
}

/// Carries out lines on threads of its own, as many at a time as the session's concurrency says.
/// Thread-safety: one instance, one thread.
class Runner {
 public:
  /// `wake` is an eventfd; it becomes readable when no further line is wanted.
  Runner(Session& session, bool fail_fast, int wake)
      : session_(session),
        shared_(session.out()),
        fail_fast_(fail_fast),
        wake_(wake),
        most_threads_(fixed_concurrency(session.globals())) {}
  ~Runner() { finish(); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Waits for room, and hands the line over; one that comes too late is dropped. Errors: internal (the machine gives no thread).
  Status add(Line line);
  /// No further line is wanted.
  bool stopped();
  /// Waits for the lines under way. The members below may be asked then.
  void finish();
  [[nodiscard]] const FailureCount& failed() const { return failed_; }
  [[nodiscard]] std::uint64_t succeeded() const { return succeeded_; }
  /// Lines that were read were not begun.
  [[nodiscard]] bool dropped() const { return dropped_; }
  /// Lines behind this one were not begun.
  [[nodiscard]] std::uint64_t last_begun() const { return last_begun_; }

 private:
  void work() noexcept;
  void carry_out(const Line& line);
  void count(const FailureCount& failures);
  [[nodiscard]] bool is_over() const { return stopped_ || session_.stopped() || shared_.broken(); }

  Session& session_;
  SharedOutput shared_;
  const bool fail_fast_;
  const int wake_;
  const std::size_t most_threads_;
  std::vector<std::thread> threads_;

  std::mutex mutex_;              ///< guards all below
  std::condition_variable work_;  ///< a line waits, or none will come
  std::condition_variable room_;  ///< fewer lines wait, or none is wanted
  std::deque<Line> waiting_;
  std::size_t idle_ = 0;  ///< threads that wait for a line
  bool stopped_ = false;
  bool ended_ = false;    ///< no line will be added
  bool dropped_ = false;  ///< lines waited when the run was stopped
  std::uint64_t last_begun_ = 0;
  std::uint64_t succeeded_ = 0;
  FailureCount failed_;
};

Status Runner::add(Line line) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return waiting_.size() < most_threads_ || is_over(); });
  if (is_over()) return {};
  waiting_.push_back(std::move(line));
  if (waiting_.size() > idle_ && threads_.size() < most_threads_) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error& refused) {  // fewer will do
      if (threads_.empty()) return Error{.kind = ErrorKind::internal, .message = std::string("no thread: ") + refused.what()};
    }
  }
  lock.unlock();
  work_.notify_one();
  return {};
}

bool Runner::stopped() {
  const std::lock_guard lock(mutex_);
  return is_over();
}

void Runner::finish() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Runner::work() noexcept {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    work_.wait(lock, [this] { return !waiting_.empty() || ended_; });
    --idle_;
    if (is_over() && !waiting_.empty()) {
      dropped_ = true;
      waiting_.clear();
    }
    if (waiting_.empty() && ended_) return;
    if (waiting_.empty()) continue;
    const Line line = std::move(waiting_.front());
    waiting_.pop_front();
    last_begun_ = line.number;
    lock.unlock();
    room_.notify_one();
    try {
      carry_out(line);
    } catch (const std::exception& failure) {  // memory ran out
      write_log("line " + std::to_string(line.number) + ": " + failure.what());
      FailureCount failures;
      failures.add(ErrorKind::internal);
      count(failures);
    }
    lock.lock();
  }
}

void Runner::carry_out(const Line& line) {
  const auto started = steady_clock::now();
  const Result<ParsedLine> parsed = line.words ? parse_command(*line.words) : Result<ParsedLine>(line.words.error());
  const Result<Globals> own = parsed ? read_globals(parsed->arguments, session_.globals()) : Result<Globals>(session_.globals());
  Globals globals = own ? *own : session_.globals();
  globals.progress = false;
  globals.progress_events = false;
  CommandOutput target(shared_);
  Output out(globals, parsed ? parsed->command->name : "", target, line.number);
  if (!parsed || !own) {
    out.fail(parsed ? own.error() : parsed.error(), "");
  } else {
    if (session_.globals().verify_tls) warn_if_insecure(globals, out);
    Session session(globals, out, session_.connections(), session_.call().cancel->child(), true);
    const Status done = parsed->command->run(session, parsed->arguments);
    if (!done) out.fail(done.error(), "");
  }
  if (out.json()) {
    const FailureCount& failures = out.failures();
    JsonLine json;
    json.member_if("command", parsed ? parsed->command->name : "");
    json.member("ok", failures.count() == 0).member("seconds", std::chrono::duration<double>(steady_clock::now() - started).count());
    if (failures.count() > 0) {
      json.member("exitCode", static_cast<std::uint64_t>(failures.exit_code())).member("failed", failures.count());
      out.add_error(json, *out.first_failure());
    }
    (void)out.line(json.text());
  }
  (void)out.finish();
  count(out.failures());
}

void Runner::count(const FailureCount& failures) {
  const std::lock_guard lock(mutex_);
  if (failures.count() > 0) {
    failed_.add(failures.exit_code());
    stopped_ = stopped_ || fail_fast_;
  } else if (!shared_.broken()) {
    ++succeeded_;
  }
  const std::uint64_t one = 1;
  if (!is_over()) return;
  (void)!write(wake_, &one, sizeof one);
  room_.notify_one();
}

/// Standard input or the file, to read lines from. From here on standard input cannot be read: it is the run's, or nobody's.
Result<Descriptor> open_lines(const Address& source) {
  const bool standard_input = source.kind == Address::Kind::stream;
  const int opened = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(source.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return system_error(standard_input ? "standard input" : source.path, errno);
  Descriptor lines(opened);
  const Descriptor useless(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));  // to read it fails, and to open it by way of /dev/stdin
  if (useless.get() < 0 || dup2(useless.get(), STDIN_FILENO) < 0) return system_error("standard input", errno);
  return lines;
}

Status run(Session& session, const Arguments& arguments) {
  const std::string& operand = arguments.operands().front();
  const Result<Address> source = parse_address(operand);
  if (!source) return source.error();
  if (source->is_remote()) return usage_error("'" + operand + "' is not a local file; objstore cat " + operand + " | objstore run -");
  const Result<Descriptor> opened = open_lines(*source);
  if (!opened) return opened.error();
  const Descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake.get() < 0) return system_error("eventfd", errno);

  LineReader lines(opened->get(), source->kind == Address::Kind::stream ? "standard input" : source->path, wake.get());
  Runner runner(session, arguments.has("fail-fast"), wake.get());
  Status done;
  bool stopped = false;
  while (done && !(stopped = runner.stopped()) && !lines.ended()) {
    const Result<std::optional<std::string_view>> text = lines.next();
    if (!text && lines.ended()) {
      done = text.error();
    } else if (!text || *text) {
      Result<std::vector<std::string>> words = text ? shell_words(**text) : Result<std::vector<std::string>>(text.error());
      if (!words || !words->empty()) done = runner.add({lines.number(), std::move(words)});
    }
  }
  runner.finish();
  stopped = stopped || runner.dropped();

  Output& out = session.out();
  out.add_failures(runner.failed());
  out.succeeded(runner.succeeded());
  if (stopped && out.usable()) {
    JsonLine json;
    json.open("report").member("lastLineBegun", runner.last_begun()).close();
    out.report("run: stopped; no line behind line " + std::to_string(runner.last_begun()) + " was begun", json.text());
  } else if (!stopped) {
    out.note(std::to_string(runner.succeeded() + runner.failed().count()) + " commands done");
  }
  return done;
}

}  // namespace

const Command kRun = {
    .name = "run",
    .operands = "FILE|-",
    .summary = "Carry out one command a line, many at a time",
    .details =
        "Every line of FILE, or of standard input, is a command as behind the word objstore, which may stand in front of it. Words are "
        "quoted as in a POSIX shell (single quotes, double quotes, backslash), and nothing is expanded; blank lines and what follows a # "
        "at the beginning of a word are left out.\n"
        "--concurrency says how many lines are under way at a time (default 16); with 1 they go in order, otherwise a line must not need "
        "what another one does. They share connections, and their transfers the bounds of --concurrency, --part-size and --limit-rate; a "
        "command over a tree has a bound of its own. Flags of every command are inherited, but for progress, and may be given again on a "
        "line.\n"
        "Output comes as lines end, not in their order, and that of one line in one piece. Failures are told at once, with the line's "
        "number; the others go on, and the exit code is that of the failures where they agree. With --json every object of a line begins "
        "with its number, as line, and its last one says how it went: line, command, ok, seconds, and of a failure exitCode, failed and "
        "error. Not for a line: run, bench, completion and help, standard input, --emit stdout:, and with --json an object's bytes.",
    .example =
        "objstore run --fail-fast nightly.txt\n"
        "find . -name '*.jpg' -printf 'put \"%p\" s3://media/\\n' | objstore --concurrency 64 run -\n"
        "objstore --json run jobs.txt | jq -c 'select(.ok == false)'",
    .flags = kFlags,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .in_run = false,
};

}  // namespace objectstore::cli
