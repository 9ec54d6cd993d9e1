// Help for people.
#include "help.h"

#include <algorithm>

#include "exit_code.h"
#include "objectstore/version.h"

namespace objectstore::cli {
namespace {

constexpr std::size_t kWidth = 96;

/// `text` broken into lines of at most kWidth, the first one going on behind `column` characters, all others indented by `indent`.
std::string wrapped(std::string_view text, std::size_t column, std::size_t indent) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!out.empty() && column + 1 + word.size() > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!out.empty()) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

std::string flag_head(const Flag& flag) {
  std::string head = flag.letter != 0 ? std::string("-") + flag.letter + ", --" : "    --";
  head += flag.name;
  if (!flag.value.empty()) head += " " + std::string(flag.value);
  return head;
}

std::string flag_table(std::span<const Flag> flags) {
  constexpr std::size_t kColumn = 32;
  std::string table;
  for (const Flag& flag : flags) {
    std::string line = "  " + flag_head(flag);
    if (line.size() + 2 > kColumn) {
      table += line + "\n";
      line.clear();
    }
    line.append(kColumn - line.size(), ' ');
    table += line + wrapped(flag.help, kColumn, kColumn) + "\n";
  }
  return table;
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.append(indent).append(text.substr(0, end)).append("\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string command_table(std::string_view group) {
  std::string table;
  for (const Command* command : all_commands()) {
    if (!group.empty() && !(command->name.starts_with(group) && is_group(group))) continue;
    std::string line = "  " + std::string(command->name);
    line.append(line.size() < 18 ? 18 - line.size() : 1, ' ');
    table += line + std::string(command->summary) + "\n";
  }
  return table;
}

std::string exit_code_table() {
  std::string table;
  for (const auto& [code, meaning] : exit_codes()) {
    std::string line = "  " + std::to_string(static_cast<int>(code));
    line.append(7 - line.size(), ' ');
    table += line.append(meaning) + "\n";
  }
  return table;
}

}  // namespace

std::string version_line() {
  return "objstore " OBJECTSTORE_VERSION;
}

std::string overview() {
  return "Usage: objstore [FLAGS] COMMAND [ARGUMENTS]\n\n"
         "Moves objects between files, S3-compatible storage and plain directories; receives and replays events.\n\n"
         "Commands:\n" +
         command_table("") +
         "\nAddresses: s3://bucket/key is remote, everything else a local path; '-' is standard input or output; '--' ends the flags.\n"
         "\nFlags of every command:\n" +
         flag_table(global_flags()) + "  -h, --help" + std::string(20, ' ') + "show help\n      --version" + std::string(17, ' ') +
         "show the version\n"
         "\nExample, with no server at all:\n"
         "  export AWS_ENDPOINT_URL_S3=file:./data\n"
         "  objstore mb s3://docs\n"
         "  objstore put report.pdf s3://docs/2026/\n"
         "  objstore ls s3://docs/2026/\n"
         "\nExit codes:\n" +
         exit_code_table() + "\n'objstore COMMAND --help' tells more of one command, 'man objstore' of all.\n";
}

std::string help_of(const Command& command) {
  std::string text =
      "Usage: objstore " + std::string(command.name) + (command.flags.empty() ? " " : " [FLAGS] ") + std::string(command.operands) + "\n\n";
  text += std::string(command.summary) + ".\n\n";
  text += wrapped(command.details, 0, 0) + "\n";
  if (!command.flags.empty()) text += "\nFlags:\n" + flag_table(command.flags);
  text += "\nExample:\n" + indented(command.example, "  ");
  text += "\nThe flags of every command are listed by 'objstore --help'.\n";
  return text;
}

std::string help_of_group(std::string_view group) {
  return "Usage: objstore " + std::string(group) + " COMMAND [ARGUMENTS]\n\nCommands:\n" + command_table(group) + "\n'objstore " +
         std::string(group) + " COMMAND --help' tells more.\n";
}

}  // namespace objectstore::cli
