// A line split into words.
#include "shell_words.h"

#include <optional>

#include "values.h"

namespace objectstore::cli {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// What the backslash at `at` keeps, in double quotes or out of them. Errors: there is nothing behind it.
Result<std::string> kept(std::string_view line, std::size_t at, bool in_quotes) {
  if (at + 1 == line.size()) return usage_error("the line ends in a backslash, and a command cannot go on in the next one");
  const char next = line[at + 1];
  if (in_quotes && std::string_view("$`\"\\").find(next) == std::string_view::npos) return std::string{'\\', next};
  return std::string{next};
}

}  // namespace

Result<std::vector<std::string>> shell_words(std::string_view line) {
  if (line.find('\0') != std::string_view::npos) return usage_error("the line holds a NUL byte");
  std::vector<std::string> words;
  std::optional<std::string> word;  // a pair of quotes is a word, though an empty one
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && quote != '\'') {
      Result<std::string> text = kept(line, i++, quote == '"');
      if (!text) return text.error();
      word = std::move(word).value_or("") + *text;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        *word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      if (!word) word.emplace();
    } else if (is_blank(c)) {
      if (word) words.push_back(std::move(*word));
      word.reset();
    } else if (c == '#' && !word) {
      break;
    } else {
      if (!word) word.emplace();
      *word += c;
    }
  }
  if (quote != 0) return usage_error(std::string("a quote (") + quote + ") is not closed");
  if (word) words.push_back(std::move(*word));
  return words;
}

}  // namespace objectstore::cli
