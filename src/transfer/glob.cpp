// Patterns are matched as the automaton that they are: all states at once, so that no pattern takes more than length times length.
#include "transfer/glob.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "base/errors.h"

namespace objectstore::transfer {

namespace {

using base::invalid;

/// The first character; a byte that begins none stands for itself.
std::string_view first_character(std::string_view text) {
  return text.substr(0, std::max<std::size_t>(1, base::utf8_length(text)));
}

char32_t code_point(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(character[i])); };
  if (character.size() == 1) return byte(0);
  char32_t code = byte(0) & (0x7fU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) code = code << 6U | (byte(i) & 0x3fU);
  return code;
}

/// Takes the next character off `rest`, an escaped one as itself. nothing: the text ends.
std::optional<std::string_view> take_character(std::string_view& rest) {
  if (rest.starts_with('\\')) rest.remove_prefix(1);
  if (rest.empty()) return std::nullopt;
  const std::string_view character = first_character(rest);
  rest.remove_prefix(character.size());
  return character;
}

}  // namespace

Result<Glob::Token> Glob::parse_set(std::string_view& rest) {
  const std::string_view whole = rest;
  const auto unclosed = [&] { return invalid("'[' without its ']' in '" + std::string(whole) + "'"); };
  rest.remove_prefix(1);
  Token token{.kind = Token::Kind::set};
  if (rest.starts_with('!') || rest.starts_with('^')) {
    token.negated = true;
    rest.remove_prefix(1);
  }
  for (bool first = true; first || !rest.starts_with(']'); first = false) {  // a ']' at the start is one of the characters
    const auto low = take_character(rest);
    if (!low) return unclosed();
    auto high = low;
    if (rest.starts_with('-') && rest.size() > 1 && rest[1] != ']') {
      rest.remove_prefix(1);
      high = take_character(rest);
      if (!high) return unclosed();
    }
    if (code_point(*high) < code_point(*low)) {
      return invalid("the range '" + std::string(*low) + "-" + std::string(*high) + "' runs backwards");
    }
    token.ranges.emplace_back(code_point(*low), code_point(*high));
    if (rest.empty()) return unclosed();
  }
  rest.remove_prefix(1);
  return token;
}

Result<Glob> Glob::parse(std::string_view pattern, bool whole) {
  if (pattern.empty()) return invalid("an empty pattern");
  if (!base::is_utf8(pattern)) return invalid("the pattern is not valid UTF-8");
  Glob glob;
  std::string_view rest = pattern;
  const bool anywhere = !whole && pattern.substr(0, pattern.size() - 1).find('/') == std::string_view::npos;
  if (anywhere) glob.tokens_.push_back({.kind = Token::Kind::folders});
  if (!anywhere && rest.starts_with('/')) rest.remove_prefix(1);
  while (!rest.empty()) {
    if (rest.starts_with("**")) {
      const bool at_start = glob.tokens_.empty() || glob.tokens_.back().kind == Token::Kind::folders || glob.tokens_.back().text == "/";
      while (rest.starts_with('*')) rest.remove_prefix(1);
      if (at_start && rest.starts_with('/')) {
        rest.remove_prefix(1);
        glob.tokens_.push_back({.kind = Token::Kind::folders});
      } else {
        glob.tokens_.push_back({.kind = Token::Kind::anything});
      }
    } else if (rest.starts_with('*')) {
      rest.remove_prefix(1);
      glob.tokens_.push_back({.kind = Token::Kind::run});
    } else if (rest.starts_with('?')) {
      rest.remove_prefix(1);
      glob.tokens_.push_back({.kind = Token::Kind::one});
    } else if (rest.starts_with('[')) {
      auto set = parse_set(rest);
      if (!set) return std::move(set).error();
      glob.tokens_.push_back(std::move(*set));
    } else {
      const auto character = take_character(rest);
      if (!character) return invalid("'\\' at the end of '" + std::string(pattern) + "'");
      glob.tokens_.push_back({.kind = Token::Kind::text, .text = std::string(*character)});
    }
  }
  if (pattern.ends_with('/')) glob.tokens_.push_back({.kind = Token::Kind::anything});
  return glob;
}

bool Glob::takes(const Token& token, std::string_view character) {
  switch (token.kind) {
    case Token::Kind::text: return token.text == character;
    case Token::Kind::run:
    case Token::Kind::one: return character != "/";
    case Token::Kind::anything:
    case Token::Kind::folders: return true;
    case Token::Kind::set: break;
  }
  if (character == "/") return false;
  const char32_t code = code_point(character);
  const bool listed = std::ranges::any_of(token.ranges, [code](const auto& range) { return range.first <= code && code <= range.second; });
  return listed != token.negated;
}

bool Glob::matches(std::string_view path) const {
  using Kind = Token::Kind;
  // A state is the number of tokens that are behind us.
  std::vector<bool> states(tokens_.size() + 1);
  std::vector<bool> next(tokens_.size() + 1);
  states[0] = true;
  bool part_starts = true;
  while (true) {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {  // what may stand for nothing
      const Kind kind = tokens_[i].kind;
      if (states[i] && (kind == Kind::run || kind == Kind::anything || (kind == Kind::folders && part_starts))) states[i + 1] = true;
    }
    if (path.empty()) return states.back();
    const std::string_view character = first_character(path);
    std::fill(next.begin(), next.end(), false);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!states[i] || !takes(tokens_[i], character)) continue;
      const Kind kind = tokens_[i].kind;
      next[kind == Kind::run || kind == Kind::anything || kind == Kind::folders ? i : i + 1] = true;
    }
    states.swap(next);
    part_starts = character == "/";
    path.remove_prefix(character.size());
  }
}

bool Glob::matches_all_beneath(std::string_view folder) const {
  return !tokens_.empty() && tokens_.back().kind == Token::Kind::anything && matches(std::string(folder) + "/");
}

std::string Glob::prefix() const {
  std::string prefix;
  for (const Token& token : tokens_) {
    if (token.kind != Token::Kind::text) break;
    prefix += token.text;
  }
  return prefix;
}

}  // namespace objectstore::transfer
