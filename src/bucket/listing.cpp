// Makes pages out of sorted keys.
#include "bucket/listing.h"

#include <charconv>
#include <utility>

#include "base/encoding.h"
#include "base/errors.h"
#include "bucket/rules.h"

namespace objectstore {

namespace {

using base::invalid;

constexpr std::string_view kTokenVersion = "1-";
constexpr std::uint32_t kItemsBetweenChecks = 256;

std::string make_token(std::uint64_t walk, std::string_view last) {
  char digits[16];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), walk, 16).ptr;
  std::string token(kTokenVersion);
  token.append(std::begin(digits), end);
  token += '-';
  token += base::base64(last);
  return token;
}

Result<ListStart> read_token(std::string_view token) {
  const auto bad = [] { return invalid("the continuation token is not one that a listing of this backend gave"); };
  if (!token.starts_with(kTokenVersion)) return bad();
  token.remove_prefix(kTokenVersion.size());
  ListStart start;
  const auto [end, failure] = std::from_chars(token.data(), token.data() + token.size(), start.walk, 16);
  if (failure != std::errc() || end == token.data() + token.size() || *end != '-') return bad();
  token.remove_prefix(static_cast<std::size_t>(end - token.data()) + 1);
  auto last = base::unbase64(token);
  if (!last || last->empty() || !check_key(*last)) return bad();
  start.after = std::move(*last);
  return start;
}

/// What `key` is rolled up into: itself up to the first delimiter behind the prefix; empty = nothing.
std::string_view rolled_up(std::string_view key, const ListOptions& options) {
  if (options.delimiter.empty()) return {};
  const auto found = key.find(options.delimiter, options.prefix.size());
  return found == std::string_view::npos ? std::string_view{} : key.substr(0, found + options.delimiter.size());
}

/// The first key that can give an entry behind `after`; empty = none can.
std::string first_wanted(const ListOptions& options, const std::string& after) {
  if (after.empty()) return options.prefix;
  std::string from;
  const auto common = after.starts_with(options.prefix) ? rolled_up(after, options) : std::string_view{};
  if (common.empty()) {
    from = after + '\0';  // the next key there could be
  } else {
    from = behind_prefix(common);  // its common prefix is not behind `after`
    if (from.empty()) return {};
  }
  return from < options.prefix ? options.prefix : from;
}

}  // namespace

Result<ListStart> check_list_options(const ListOptions& options) {
  if (auto fine = check_list(options); !fine) return std::move(fine).error();
  if (!options.continuation.empty()) return read_token(options.continuation);
  return ListStart{options.start_after, 0};
}

std::string behind_prefix(std::string_view prefix) {
  std::string next(prefix);
  while (!next.empty() && static_cast<unsigned char>(next.back()) == 0xff) next.pop_back();
  if (!next.empty()) next.back() = static_cast<char>(static_cast<unsigned char>(next.back()) + 1);
  return next;
}

Result<ListPage> list_page(KeyWalk& walk, const ListOptions& options, const ListStart& start, std::uint64_t walk_number, const Verb& verb) {
  ListPage page;
  const std::string from = first_wanted(options, start.after);
  if (from.empty() && !start.after.empty()) return page;
  std::string last;
  std::uint32_t until_check = 1;
  auto item = walk.seek(from);
  while (true) {
    if (!item) return std::move(item).error();
    if (!*item || !(*item)->key.starts_with(options.prefix)) return page;
    if (--until_check == 0) {
      until_check = kItemsBetweenChecks;
      if (auto go_on = verb.proceed(); !go_on) return std::move(go_on).error();
    }
    const std::string_view key = (*item)->key;
    const auto common = rolled_up(key, options);
    if (!common.empty() && common <= std::string_view(start.after)) {
      item = walk.seek(behind_prefix(common));
      continue;
    }
    if (page.objects.size() + page.common_prefixes.size() == options.page_size) {
      page.continuation = make_token(walk_number, last);
      return page;
    }
    if (common.empty()) {
      ObjectInfo info;
      auto there = walk.describe(info);
      if (!there) return std::move(there).error();
      if (*there) {
        last = key;
        info.key = key;
        page.objects.push_back(std::move(info));
      }
      item = walk.next();
    } else {
      last = common;
      page.common_prefixes.emplace_back(common);
      const bool whole_folder = (*item)->folder && common.size() == key.size();
      item = whole_folder ? walk.next() : walk.seek(behind_prefix(last));
    }
  }
}

}  // namespace objectstore
