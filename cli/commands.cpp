// The list of all commands.
#include <algorithm>
#include <array>

#include "command.h"
#include "command_list.h"

namespace objectstore::cli {
namespace {

constexpr std::array kCommands = {
    &kPut,          &kGet,         &kCat,        &kLs,  &kStat,     &kCp,        &kMv,           &kSync,
    &kDu,           &kRm,          &kMb,         &kRb,  &kPresign,  &kUploadsLs, &kUploadsAbort, &kUploadsResume,
    &kEventReceive, &kEventReplay, &kEventRelay, &kRun, &kBenchPut, &kBenchGet,  &kBenchList,    &kBenchMixed,
    &kCompletion,   &kHelp};

}  // namespace

std::span<const Command* const> all_commands() {
  return kCommands;
}

const Command* find_command(std::string_view name) {
  for (const Command* command : kCommands) {
    if (command->name == name) return command;
  }
  return nullptr;
}

bool is_group(std::string_view word) {
  return std::ranges::any_of(kCommands, [word](const Command* command) {
    return command->name.size() > word.size() && command->name.starts_with(word) && command->name[word.size()] == ' ';
  });
}

}  // namespace objectstore::cli
