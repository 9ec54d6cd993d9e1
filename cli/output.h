// Standard output carries data, standard error everything else; text for people or JSON lines.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "exit_code.h"
#include "globals.h"
#include "json_line.h"
#include "objectstore/result.h"
#include "output_target.h"

namespace objectstore::cli {

/// One line on standard error, as `log` writes it. May be called from any thread.
void write_log(std::string_view text);

/// Thread-safety: `log` may be called from any thread, all else from one.
class Output {
 public:
  /// `command` stands in front of messages; may be empty. `target` must outlive it. `line`: which one of a run it is, told in every message and
  /// in every JSON line; 0 = it is none.
  Output(const Globals& globals, std::string_view command, OutputTarget& target, std::uint64_t line = 0);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  [[nodiscard]] bool json() const { return json_; }
  [[nodiscard]] bool color_on_stdout() const { return color_stdout_; }
  /// A person sits before standard error, and wants to see how things go.
  [[nodiscard]] bool shows_progress() const { return progress_; }
  /// A program reads how things go, see progress_event.
  [[nodiscard]] bool tells_progress() const { return progress_events_; }

  // Standard output. All return false once it cannot be written any more: there is no use in going on then.
  bool line(std::string_view text) { return record(text, '\n'); }
  bool record(std::string_view text, char end);
  bool bytes(std::span<const std::byte> data);
  bool flush();
  [[nodiscard]] bool usable() const { return write_errno_ == 0; }
  /// Why it is not, as an error for calls that have to be ended by one.
  [[nodiscard]] Error write_error() const;

  // Standard error.
  /// Reports and counts a failure. `subject` is what the command was at, e.g. "s3://b/k"; may be empty.
  void fail(const Error& error, std::string_view subject);
  /// A line for people at a terminal, or with --verbose.
  void note(std::string_view text);
  void warn(std::string_view text);
  /// A summary: unless --quiet.
  void report(std::string_view text, std::string_view json_object);
  void log(std::string_view text) const;
  /// Shows `text` in place of the last progress; empty clears it.
  void progress(std::string_view text);
  /// A line for a program that reads along; with --progress-events only.
  void progress_event(std::string_view json_object);

  /// Something went well: for the count at the end.
  void succeeded(std::uint64_t count = 1) { successes_ += count; }
  [[nodiscard]] const FailureCount& failures() const { return failures_; }
  /// What was reported first.
  [[nodiscard]] const std::optional<Error>& first_failure() const { return first_failure_; }
  /// What failed elsewhere, and was reported there.
  void add_failures(const FailureCount& failures) { failures_.add(failures); }
  /// The error as the member "error" of `json`.
  void add_error(JsonLine& json, const Error& error) const;
  /// Flushes, says how many failed where that is news, and returns the exit code.
  ExitCode finish();

 private:
  void write_out(std::span<const std::byte> data);
  /// For people; `text` is one line, without its end.
  void say(std::string_view text);
  void say_json(std::string_view object);
  [[nodiscard]] std::string error_json(const Error& error) const;
  /// "line 3: " in a run; else empty.
  [[nodiscard]] std::string place() const;

  bool json_;
  bool quiet_;
  bool verbose_;
  bool progress_;
  bool progress_events_;
  bool color_stdout_;
  bool color_stderr_;
  bool stderr_is_terminal_;
  std::string command_;
  std::uint64_t line_;
  OutputTarget& target_;

  std::string buffer_;
  std::chrono::steady_clock::time_point flushed_at_;
  int write_errno_ = 0;
  bool write_failure_told_ = false;
  std::size_t progress_width_ = 0;
  std::uint64_t successes_ = 0;
  FailureCount failures_;
  std::optional<Error> first_failure_;
};

/// Says so where TLS certificates are not verified.
void warn_if_insecure(const Globals& globals, Output& output);

}  // namespace objectstore::cli
