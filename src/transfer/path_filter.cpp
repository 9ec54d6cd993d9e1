// Include, exclude and bounds of a tree's paths.
#include "objectstore/path_filter.h"

#include <algorithm>
#include <utility>

#include "transfer/glob.h"

namespace objectstore {

namespace {

using transfer::Glob;

Result<std::vector<Glob>> parse_all(const std::vector<std::string>& patterns, bool whole) {
  std::vector<Glob> globs;
  globs.reserve(patterns.size());
  for (const std::string& pattern : patterns) {
    auto glob = Glob::parse(pattern, whole);
    if (!glob) return std::move(glob).error();
    globs.push_back(std::move(*glob));
  }
  return globs;
}

bool any_matches(const std::vector<Glob>& globs, std::string_view path) {
  return std::ranges::any_of(globs, [path](const Glob& glob) { return glob.matches(path); });
}

std::string common_prefix(const std::vector<Glob>& globs) {
  if (globs.empty()) return {};
  std::string common = globs.front().prefix();
  for (const Glob& glob : globs) {
    const std::string prefix = glob.prefix();
    const auto differs = std::ranges::mismatch(common, prefix);
    common.erase(differs.in1, common.end());
  }
  return common;
}

}  // namespace

struct PathFilter::State {
  std::vector<Glob> include;
  std::vector<Glob> exclude;
  std::vector<Glob> within;
};

Result<PathFilter> PathFilter::make(const PathPatterns& patterns) {
  auto include = parse_all(patterns.include, false);
  if (!include) return std::move(include).error();
  auto exclude = parse_all(patterns.exclude, false);
  if (!exclude) return std::move(exclude).error();
  auto within = parse_all(patterns.within, true);
  if (!within) return std::move(within).error();
  PathFilter filter;
  filter.state_ = std::make_shared<const State>(State{std::move(*include), std::move(*exclude), std::move(*within)});
  return filter;
}

bool PathFilter::matches(std::string_view path) const {
  if (!state_) return true;
  if (!state_->within.empty() && !any_matches(state_->within, path)) return false;
  if (!state_->include.empty() && !any_matches(state_->include, path)) return false;
  return !any_matches(state_->exclude, path);
}

bool PathFilter::excludes_folder(std::string_view folder) const {
  return state_ && std::ranges::any_of(state_->exclude, [folder](const Glob& glob) { return glob.matches_all_beneath(folder); });
}

std::string PathFilter::prefix() const {
  if (!state_) return {};
  const std::string within = common_prefix(state_->within);
  const std::string include = common_prefix(state_->include);
  return within.size() >= include.size() ? within : include;
}

std::string escape_pattern(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace objectstore
