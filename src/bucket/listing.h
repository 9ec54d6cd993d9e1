// One page of a listing out of sorted keys: prefix, delimiter, start-after, page size and continuation, for the backends without a server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bucket/verb.h"
#include "objectstore/bucket.h"
#include "objectstore/result.h"

namespace objectstore {

/// A backend's keys in ascending order of their bytes, with a position. Thread-safety: one instance, one thread.
class KeyWalk {
 public:
  struct Item {
    std::string_view key;  ///< valid until the next move
    /// The key ends with '/' and stands for one or more objects that begin with it. Only given for folders behind the prefix, in listings
    /// delimited by "/".
    bool folder = false;
  };

  virtual ~KeyWalk() = default;
  /// To the first key that is not less than `from`; nothing = there is none.
  virtual Result<std::optional<Item>> seek(std::string_view from) = 0;
  /// To the next key. Only after seek or next gave one.
  virtual Result<std::optional<Item>> next() = 0;
  /// What a listing tells of the current object; false = it was deleted meanwhile.
  virtual Result<bool> describe(ObjectInfo& info) = 0;
};

/// Where a listing begins. The token of a page: "1-", the walk's number in hex, "-", and the last entry of the page in base64.
struct ListStart {
  std::string after;       ///< only what lies behind this; empty = from the start
  std::uint64_t walk = 0;  ///< number of the walk that made the page before; 0 = none
};

/// Errors: invalid_argument (page size, a text that is not UTF-8 or holds NUL, a token that no listing gave).
Result<ListStart> check_list_options(const ListOptions& options);

/// The first possible key behind all keys that begin with `prefix`; empty = there is none.
std::string behind_prefix(std::string_view prefix);

/// `walk_number` goes into the page's token. Errors: the walk's; cancelled and timeout of `verb`.
Result<ListPage> list_page(KeyWalk& walk, const ListOptions& options, const ListStart& start, std::uint64_t walk_number, const Verb& verb);

}  // namespace objectstore
