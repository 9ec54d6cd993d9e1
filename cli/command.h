// What a command is: one table of words, flags and texts that parsing, help, the man page and completions are all made from.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string_view>

#include "objectstore/result.h"

namespace objectstore::cli {

class Arguments;
class Session;

/// One flag of a command, or a global one.
struct Flag {
  std::string_view name = {};   ///< without the dashes
  char letter = 0;              ///< the short form; 0 = none
  std::string_view value = {};  ///< what the value is called in help; empty = a switch without value
  std::string_view help = {};
  bool repeatable = false;
  std::string_view choices = {};  ///< "a|b|c" when only these are accepted
};

/// One table of two.
template <std::size_t A, std::size_t B>
constexpr std::array<Flag, A + B> join(const std::array<Flag, A>& first, const std::array<Flag, B>& second) {
  std::array<Flag, A + B> all;
  for (std::size_t i = 0; i < A; ++i) all[i] = first[i];
  for (std::size_t i = 0; i < B; ++i) all[A + i] = second[i];
  return all;
}

inline constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

/// One command. Its `run` returns a failure that ends it; what fails on the way is reported through the session and counted there.
struct Command {
  std::string_view name;      ///< one word or, in a group, two: "event receive"
  std::string_view operands;  ///< as the usage line shows them
  std::string_view summary;   ///< one line, no full stop
  std::string_view details;   ///< paragraphs, each one line
  std::string_view example;   ///< lines of shell
  std::span<const Flag> flags;
  std::size_t min_operands = 0;
  std::size_t max_operands = kAnyNumber;
  Status (*run)(Session& session, const Arguments& arguments) = nullptr;
  bool in_run = true;  ///< it may be a line of `objstore run`
};

/// All commands, in the order in which help shows them.
std::span<const Command* const> all_commands();
/// The flags that every command takes.
std::span<const Flag> global_flags();
/// The command of that name, or null.
const Command* find_command(std::string_view name);
/// True for the first word of two-word commands.
bool is_group(std::string_view word);

}  // namespace objectstore::cli
