// Parsing, with CLI11 as the tokeniser. It sees one flat set of flags at a time: first the global ones up to the command's word, then those
// of the command and the global ones again, so that global flags may stand on either side. Operands are kept out of it: CLI11 would read
// "[a,b]" as a list and "++" as an end mark.
#include "arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <utility>

#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kEverywhere = {Flag{.name = "help", .letter = 'h', .help = "show help"},
                                    Flag{.name = "version", .help = "show the version"}};

using FlagSet = std::vector<const Flag*>;

FlagSet flags_of(const Command* command) {
  FlagSet set;
  for (const Flag& flag : kEverywhere) set.push_back(&flag);
  for (const Flag& flag : global_flags()) set.push_back(&flag);
  if (command != nullptr) {
    for (const Flag& flag : command->flags) set.push_back(&flag);
  }
  return set;
}

const Flag* find_long(const FlagSet& set, std::string_view name) {
  const auto found = std::find_if(set.begin(), set.end(), [&](const Flag* flag) { return flag->name == name; });
  return found == set.end() ? nullptr : *found;
}

/// The number of single-character edits between two words.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

template <class Words>
std::string suggestion(std::string_view word, const Words& words, std::string_view before) {
  std::string best;
  std::size_t best_distance = word.size() < 4 ? 2 : 3;  // a suggestion has to be nearer than this
  for (const auto& candidate : words) {
    const std::size_t d = distance(word, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best.empty() ? "" : " (did you mean " + std::string(before) + best + "?)";
}

Error unknown_flag(const FlagSet& set, const std::string& word) {
  const std::string bare = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const Flag* flag : set) names.emplace_back(flag->name);
  const std::string hint = bare.starts_with("--") ? suggestion(std::string_view(bare).substr(2), names, "--") : "";
  return usage_error("unknown flag " + bare + hint);
}

/// CLI11 takes the next word for the value of "--flag=", and lets switches have values: settled before it sees them.
std::optional<Error> settle_equals_signs(const FlagSet& set, std::vector<std::string>& words) {
  std::vector<std::string> settled;
  bool value_expected = false;
  bool operands_only = false;
  for (std::string& word : words) {
    if (value_expected || operands_only || !word.starts_with("--")) {
      // "-x" whose value is the next word: it must not be looked at.
      bool expects = false;
      if (!value_expected && !operands_only && word.size() == 2 && word[0] == '-') {
        for (const Flag* flag : set) expects = expects || (flag->letter == word[1] && !flag->value.empty());
      }
      value_expected = expects;
      settled.push_back(std::move(word));
      continue;
    }
    if (word == "--") operands_only = true;
    const std::size_t equals = word.find('=');
    const Flag* flag = find_long(set, std::string_view(word).substr(2, equals == std::string::npos ? equals : equals - 2));
    if (flag != nullptr && equals != std::string::npos) {
      if (flag->value.empty()) return usage_error("flag --" + std::string(flag->name) + " takes no value");
      if (equals + 1 == word.size()) {
        settled.push_back(word.substr(0, equals));
        settled.emplace_back();
        continue;
      }
    }
    value_expected = flag != nullptr && !flag->value.empty() && equals == std::string::npos;
    settled.push_back(std::move(word));
  }
  words = std::move(settled);
  return std::nullopt;
}

std::optional<Error> check_choice(const Flag& flag, const std::string& value) {
  if (flag.choices.empty()) return std::nullopt;
  std::string_view rest = flag.choices;
  while (!rest.empty()) {
    const std::size_t bar = std::min(rest.find('|'), rest.size());
    if (rest.substr(0, bar) == value) return std::nullopt;
    rest.remove_prefix(std::min(bar + 1, rest.size()));
  }
  return bad_value("--" + std::string(flag.name), value, "one of " + std::string(flag.choices));
}

/// Runs CLI11 over `words`: flags of `set` go into `line`, the rest is returned in order. `stop_at_operand` leaves everything from the
/// first operand on alone.
Result<std::vector<std::string>> take_flags(const FlagSet& set, std::vector<std::string> words, bool stop_at_operand, ParsedLine& line) {
  std::optional<Error> trouble = settle_equals_signs(set, words);
  if (trouble) return *trouble;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.prefix_command(stop_at_operand);
  std::vector<std::pair<const Flag*, CLI::Option*>> options;
  for (const Flag* flag : set) {
    std::string names = flag->letter != 0 ? std::string{'-', flag->letter, ','} : std::string();
    names += "--" + std::string(flag->name);
    CLI::Option* option = nullptr;
    if (flag->value.empty()) {
      option = app.add_flag(names);
    } else {
      option = app.add_option(names)->type_size(1)->expected(1)->allow_extra_args(false);
    }
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    options.emplace_back(flag, option);
  }
  try {
    std::reverse(words.begin(), words.end());  // CLI11 reads from the back
    app.parse(std::move(words));
  } catch (const CLI::ArgumentMismatch& mismatch) {
    const std::string text = mismatch.what();  // "--flag: 1 required TEXT missing"
    trouble = usage_error("flag " + text.substr(0, text.find(':')) + " needs a value");
  } catch (const CLI::ParseError& error) {
    trouble = usage_error(error.what());
  }
  for (const auto& [flag, option] : options) {
    for (const std::string& value : option->results()) {
      if (std::optional<Error> bad = check_choice(*flag, value); bad && !trouble) trouble = bad;
      line.arguments.add(flag->name, value);
    }
    if (!flag->repeatable && !flag->value.empty() && option->count() > 1 && !trouble) {
      trouble = usage_error("flag --" + std::string(flag->name) + " is given more than once");
    }
  }
  if (trouble) return *trouble;
  return app.remaining();
}

bool looks_like_flag(const std::string& word) {
  return word.size() > 1 && word[0] == '-';
}

/// Sorts what CLI11 left over into operands and unknown flags.
std::optional<Error> take_operands(const FlagSet& set, std::vector<std::string> rest, ParsedLine& line) {
  bool operands_only = false;
  for (std::string& word : rest) {
    if (!operands_only && word == "--") {
      operands_only = true;
    } else if (!operands_only && looks_like_flag(word)) {
      return unknown_flag(set, word);
    } else {
      line.arguments.add_operand(std::move(word));
    }
  }
  return std::nullopt;
}

Error unknown_command(const std::string& word, const std::string& group) {
  std::vector<std::string> names;
  for (const Command* command : all_commands()) {
    const std::string name(command->name);
    if (group.empty()) {
      names.push_back(name.substr(0, name.find(' ')));
    } else if (name.starts_with(group + " ")) {
      names.push_back(name.substr(group.size() + 1));
    }
  }
  const std::string before = group.empty() ? "" : group + " ";
  return usage_error("unknown command '" + before + word + "'" + suggestion(word, names, before));
}

std::optional<Error> check_operand_count(const ParsedLine& line) {
  const Command& command = *line.command;
  const std::size_t count = line.arguments.operands().size();
  if (count < command.min_operands)
    return usage_error("too few operands; usage: objstore " + std::string(command.name) + " " + std::string(command.operands));
  if (count > command.max_operands) {
    return usage_error("unexpected operand '" + line.arguments.operands()[command.max_operands] + "'");
  }
  return std::nullopt;
}

std::optional<Error> parse_into(ParsedLine& line, std::vector<std::string> words) {
  std::string name;
  while (line.command == nullptr) {
    const FlagSet set = flags_of(nullptr);
    Result<std::vector<std::string>> rest = take_flags(set, std::move(words), true, line);
    if (!rest) return rest.error();
    words = std::move(*rest);
    if (words.empty()) return std::nullopt;  // nothing but flags
    if (words.front() == "--") words.erase(words.begin());
    if (words.empty()) return std::nullopt;
    if (looks_like_flag(words.front())) return unknown_flag(set, words.front());
    const std::string word = words.front();
    words.erase(words.begin());
    name += name.empty() ? word : " " + word;
    line.command = find_command(name);
    if (line.command == nullptr) {
      if (!line.group.empty() || !is_group(name)) return unknown_command(word, line.group);
      line.group = word;
    }
  }
  const FlagSet set = flags_of(line.command);
  Result<std::vector<std::string>> rest = take_flags(set, std::move(words), false, line);
  if (!rest) return rest.error();
  return take_operands(set, std::move(*rest), line);
}

}  // namespace

std::optional<std::string> Arguments::value(std::string_view flag) const {
  const auto found = values_.find(flag);
  if (found == values_.end()) return std::nullopt;
  return found->second.back();
}

std::span<const std::string> Arguments::values(std::string_view flag) const {
  const auto found = values_.find(flag);
  if (found == values_.end()) return {};
  return found->second;
}

void Arguments::add(std::string_view flag, std::string value) {
  auto found = values_.find(flag);
  if (found == values_.end()) found = values_.emplace(std::string(flag), std::vector<std::string>()).first;
  found->second.push_back(std::move(value));
}

ParsedLine parse_line(std::vector<std::string> words) {
  ParsedLine line;
  line.usage_error = parse_into(line, std::move(words));
  line.help = line.arguments.has("help");
  line.version = line.arguments.has("version");
  if (!line.usage_error && line.command != nullptr && !line.help && !line.version) line.usage_error = check_operand_count(line);
  return line;
}

}  // namespace objectstore::cli
