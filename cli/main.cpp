// objstore: reads the command line, wires the parts together, runs one command.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <exception>

#include "arguments.h"
#include "globals.h"
#include "help.h"
#include "interrupt.h"
#include "output.h"
#include "session.h"
#include "values.h"

namespace objectstore::cli {
namespace {

/// A descriptor that the caller closed must not become a file of ours: it stays taken, and useless.
void keep_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    // Opened the wrong way round on purpose: reading and writing fail with EBADF, as they would have.
    const int opened = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (opened >= 0 && opened != descriptor) (void)close(opened);
  }
}

void print_text(Output& output, std::string text) {
  text.pop_back();  // line() ends it
  (void)output.line(text);
}

/// Reports a command line that cannot be run.
ExitCode refuse(Output& output, const ParsedLine& line, const Error& error) {
  output.fail(error, "");
  if (!output.json()) {
    const std::string name = line.command != nullptr ? std::string(line.command->name) + " " : line.group.empty() ? "" : line.group + " ";
    output.log("try 'objstore " + name + "--help'");
  }
  return output.finish();
}

ExitCode show_help(Output& output, const ParsedLine& line) {
  if (line.version) {
    (void)output.line(version_line());
  } else if (line.command != nullptr) {
    print_text(output, help_of(*line.command));
  } else {
    print_text(output, line.group.empty() ? overview() : help_of_group(line.group));
  }
  return output.finish();
}

ExitCode run(std::vector<std::string> words) {
  // Hidden: what the build makes the man page from.
  if (words.size() == 2 && words[0] == "help" && words[1] == "--man") words.insert(words.begin() + 1, "--");
  const ParsedLine line = parse_line(std::move(words));
  const Result<Globals> globals = read_globals(line.arguments);
  const std::string_view name = line.command != nullptr ? line.command->name : std::string_view(line.group);
  Globals fallback;
  fallback.json = line.arguments.has("json");
  StandardOutput standard_output;
  Output output(globals ? *globals : fallback, name, standard_output);
  if (line.help || line.version) return show_help(output, line);
  if (line.usage_error) return refuse(output, line, *line.usage_error);
  if (!globals) return refuse(output, line, globals.error());
  if (line.command == nullptr) return refuse(output, line, usage_error("which command?"));
  warn_if_insecure(*globals, output);

  const CancelToken cancel;
  cancel_on_signals(cancel);
  Connections connections(*globals);
  Session session(*globals, output, connections, cancel);
  const Status done = line.command->run(session, line.arguments);
  if (!done) output.fail(done.error(), "");
  return output.finish();
}

}  // namespace
}  // namespace objectstore::cli

int main(int argc, char** argv) {
  using objectstore::cli::ExitCode;
  objectstore::cli::keep_standard_descriptors();
  (void)std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write() then
  try {
    return static_cast<int>(objectstore::cli::run({argv + (argc > 0 ? 1 : 0), argv + argc}));
  } catch (const std::exception& failure) {  // memory ran out
    const std::string text = "objstore: " + std::string(failure.what()) + "\n";
    (void)!write(STDERR_FILENO, text.data(), text.size());
    return static_cast<int>(ExitCode::failure);
  }
}
