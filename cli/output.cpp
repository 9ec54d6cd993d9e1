// Standard output and standard error.
#include "output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/errors.h"
#include "interrupt.h"
#include "json_line.h"
#include "text.h"

namespace objectstore::cli {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} * 1024;
constexpr std::chrono::milliseconds kLongestDelay{100};  // of a finished line, for who reads along
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kPlain = "\x1b[0m";

bool wants_color(Globals::Color choice, int descriptor) {
  if (choice != Globals::Color::automatic) return choice == Globals::Color::always;
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return isatty(descriptor) != 0 && (no_color == nullptr || *no_color == '\0') && terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
}

/// One write for one line: lines of several threads and processes do not mix.
void write_error_stream(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return;  // nobody can be told
    }
  }
}

std::string facts(const Error& error) {
  std::string text(to_string(error.kind));
  if (error.http_status > 0) text += ", HTTP " + std::to_string(error.http_status);
  if (!error.service_code.empty()) text += ", " + error.service_code;
  if (!error.request_id.empty()) text += ", request id " + error.request_id;
  if (error.attempts > 1) text += ", " + std::to_string(error.attempts) + " attempts";
  return text;
}

/// The message without the "upload s3://bucket/key: " in front of it: the line says in the command's words where it happened.
std::string own_words(const Error& error) {
  const std::string where = base::place_of(error.operation, error.bucket, error.key) + ": ";
  return error.message.starts_with(where) ? error.message.substr(where.size()) : error.message;
}

/// `object` as it is, with {"line":N, in front where it is of a run.
std::string tagged(std::string_view object, std::uint64_t line) {
  if (line == 0 || !object.starts_with('{')) return std::string(object);
  return "{\"line\":" + std::to_string(line) + (object == "{}" ? "" : ",") + std::string(object.substr(1));
}

}  // namespace

Output::Output(const Globals& globals, std::string_view command, OutputTarget& target, std::uint64_t line)
    : json_(globals.json),
      quiet_(globals.quiet),
      verbose_(globals.verbose || globals.debug),
      progress_(globals.progress && !globals.progress_events && !globals.quiet && !globals.json && isatty(STDERR_FILENO) != 0),
      progress_events_(globals.progress_events && !globals.quiet),
      color_stdout_(!globals.json && wants_color(globals.color, STDOUT_FILENO)),
      color_stderr_(!globals.json && wants_color(globals.color, STDERR_FILENO)),
      stderr_is_terminal_(isatty(STDERR_FILENO) != 0),
      command_(command),
      line_(line),
      target_(target),
      flushed_at_(std::chrono::steady_clock::now()) {}

bool Output::record(std::string_view text, char end) {
  if (!usable()) return false;
  buffer_ += json_ && end == '\n' ? tagged(text, line_) : text;
  buffer_ += end;
  const auto now = std::chrono::steady_clock::now();
  if (buffer_.size() >= kBufferSize || now - flushed_at_ >= kLongestDelay) return flush();
  return true;
}

bool Output::bytes(std::span<const std::byte> data) {
  if (!flush()) return false;
  write_out(data);
  return usable();
}

bool Output::flush() {
  if (usable() && !buffer_.empty()) {
    write_out(std::as_bytes(std::span(buffer_)));
    buffer_.clear();
  }
  flushed_at_ = std::chrono::steady_clock::now();
  return usable();
}

void Output::write_out(std::span<const std::byte> data) {
  if (usable()) write_errno_ = target_.write(data);
}

Error Output::write_error() const {
  return Error{.kind = write_errno_ == EINTR ? ErrorKind::cancelled : ErrorKind::internal,
               .message = "standard output: " + std::generic_category().message(write_errno_)};
}

void Output::say(std::string_view text) {
  progress({});
  log(text);
}

void Output::say_json(std::string_view object) {
  progress({});
  write_error_stream(tagged(object, line_) + "\n");
}

void Output::add_error(JsonLine& json, const Error& error) const {
  json.open("error")
      .member("kind", to_string(error.kind))
      .member("message", error.message)
      .member_if("operation", error.operation.empty() ? std::string_view(command_) : std::string_view(error.operation))
      .member_if("bucket", error.bucket)
      .member_if("key", error.key)
      .member_if("httpStatus", error.http_status)
      .member_if("serviceCode", error.service_code)
      .member_if("requestId", error.request_id)
      .member_if("hostId", error.host_id)
      .member_if("attempts", error.attempts)
      .close();
}

std::string Output::error_json(const Error& error) const {
  JsonLine json;
  add_error(json, error);
  return json.text();
}

void Output::fail(const Error& error, std::string_view subject) {
  // Without a standard output the rest fails for that reason alone: told once.
  if (!usable() && error.kind != ErrorKind::outcome_unknown) return;
  failures_.add(error.kind);
  if (!first_failure_) first_failure_ = error;
  if (json_) return say_json(error_json(error));
  const std::string text = own_words(error);
  std::string context = command_;
  if (!subject.empty() && text.find(subject) == std::string::npos) context += (context.empty() ? "" : " ") + std::string(subject);
  std::string line = (context.empty() ? "" : context + ": ") + text;
  const bool usage = error.kind == ErrorKind::invalid_argument && error.operation.empty();
  if (!usage) line += " (" + facts(error) + ")";
  progress({});
  write_error_stream(color_stderr_ ? std::string(kRed) + "objstore:" + std::string(kPlain) + " " + place() + one_line(line) + "\n"
                                   : "objstore: " + place() + one_line(line) + "\n");
}

void Output::note(std::string_view text) {
  if (quiet_ || json_ || (!verbose_ && !stderr_is_terminal_)) return;
  say(text);
}

void Output::warn(std::string_view text) {
  if (quiet_) return;
  if (json_) {
    JsonLine json;
    json.open("warning").member("message", text).close();
    return say_json(json.text());
  }
  progress({});
  const std::string word = color_stderr_ ? std::string(kYellow) + "warning:" + std::string(kPlain) : "warning:";
  write_error_stream("objstore: " + word + " " + place() + one_line(text) + "\n");
}

void Output::report(std::string_view text, std::string_view json_object) {
  if (quiet_) return;
  if (json_) return say_json(json_object);
  say(text);
}

void warn_if_insecure(const Globals& globals, Output& output) {
  if (globals.verify_tls) return;
  output.warn("--insecure: TLS certificates are not verified, anybody on the way can read and change what is sent");
}

void write_log(std::string_view text) {
  write_error_stream("objstore: " + one_line(text) + "\n");
}

void Output::log(std::string_view text) const {
  write_error_stream("objstore: " + place() + one_line(text) + "\n");
}

std::string Output::place() const {
  return line_ == 0 ? "" : "line " + std::to_string(line_) + ": ";
}

void Output::progress(std::string_view text) {
  if (!progress_ || (text.empty() && progress_width_ == 0)) return;
  std::string line = "\r" + std::string(text);
  if (text.size() < progress_width_) line.append(progress_width_ - text.size(), ' ');
  line += text.empty() ? "\r" : "";
  progress_width_ = text.size();
  write_error_stream(line);
}

void Output::progress_event(std::string_view json_object) {
  if (progress_events_) say_json(json_object);
}

ExitCode Output::finish() {
  progress({});
  (void)flush();
  if (const int lost = target_.close(); usable()) write_errno_ = lost;
  const std::uint64_t failed = failures_.count();
  if (failed > 1 || (failed > 0 && successes_ > 0)) {
    const std::uint64_t all = failed + successes_;
    JsonLine json;
    json.member("failed", failed).member("total", all);
    if (json_) {
      say_json(json.text());
    } else {
      say(command_ + ": " + std::to_string(failed) + " of " + std::to_string(all) + " failed");
    }
  }
  if (!usable() && write_errno_ != EPIPE && write_errno_ != EINTR && !std::exchange(write_failure_told_, true)) {
    const Error error = write_error();
    failures_.add(error.kind);
    if (json_) {
      say_json(error_json(error));
    } else {
      say((command_.empty() ? "" : command_ + ": ") + error.message);
    }
  }
  switch (signal_received()) {
    case SIGINT: return ExitCode::interrupted;
    case SIGTERM: return ExitCode::terminated;
    case SIGHUP: return ExitCode::hung_up;
    default: break;
  }
  if (write_errno_ == EPIPE) return ExitCode::broken_pipe;
  return failures_.exit_code();
}

}  // namespace objectstore::cli
