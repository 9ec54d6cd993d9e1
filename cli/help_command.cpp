// objstore help: help for a command; `help --man` writes the man page that gets installed.
#include "arguments.h"
#include "command_list.h"
#include "help.h"
#include "session.h"
#include "values.h"

namespace objectstore::cli {
namespace {

Status run(Session& session, const Arguments& arguments) {
  std::string name;
  for (const std::string& word : arguments.operands()) name += (name.empty() ? "" : " ") + word;
  std::string text;
  if (name == "--man") {
    text = man_page();
  } else if (name.empty()) {
    text = overview();
  } else if (const Command* command = find_command(name)) {
    text = help_of(*command);
  } else if (is_group(name)) {
    text = help_of_group(name);
  } else {
    return usage_error("there is no command '" + name + "'");
  }
  text.pop_back();  // line() ends it
  (void)session.out().line(text);
  return {};
}

}  // namespace

const Command kHelp = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "Show help",
    .details = "Without a command: the list of all, and the flags that every command takes.",
    .example = "objstore help event receive",
    .flags = {},
    .max_operands = 2,
    .run = run,
    .in_run = false,
};

}  // namespace objectstore::cli
