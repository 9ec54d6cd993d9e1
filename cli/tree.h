// Whole trees, for the commands put, get, cp, mv and sync: which part of one, where to, and how it is told.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "addresses.h"
#include "arguments.h"
#include "command.h"
#include "objectstore/sync.h"
#include "session.h"
#include "upload.h"

namespace objectstore::cli {

/// Flags that rm, du and all below share.
inline constexpr std::array kFilterFlags = {
    Flag{.name = "include",
         .value = "GLOB",
         .help = "only paths below SRC that match: *.txt anywhere, /docs/* from the root, cache/ all beneath; may be repeated",
         .repeatable = true},
    Flag{.name = "exclude", .value = "GLOB", .help = "leave these out, whatever --include says; may be repeated", .repeatable = true},
};

/// Flags that put, get, cp, mv and sync share.
inline constexpr auto kTreeFlags = join(
    std::array{
        Flag{.name = "dry-run", .help = "print what would be copied or deleted, and do nothing"},
        Flag{.name = "no-follow-symlinks", .help = "leave out symbolic links in a local SRC (default: follow them)"},
    },
    kFilterFlags);

inline constexpr std::array kRecursiveFlag = {
    Flag{.name = "recursive", .letter = 'r', .help = "everything beneath SRC"},
};

/// Where the other endpoint is, of copies from one to another.
inline constexpr std::array kToFlags = {
    Flag{.name = "to-endpoint", .value = "URL", .help = "DST is on another endpoint: what is copied passes through this machine"},
    Flag{.name = "to-profile", .value = "NAME", .help = "profile for --to-endpoint (default: that of SRC)"},
    Flag{.name = "to-region", .value = "REGION", .help = "region of --to-endpoint (default: that of SRC)"},
};

/// What the filter flags say. `within`: the wildcards of an address. Errors: invalid_argument with the flag and its value.
Result<PathFilter> read_filter(const Arguments& arguments, const std::vector<std::string>& within = {});
/// A flag that has a meaning for trees alone was given.
Status refuse_tree_flags(const Arguments& arguments, std::string_view unless);

/// A place with everything beneath it: the key is empty or ends in '/'.
S3Uri as_folder(S3Uri uri);

/// What an address with '*' or '?' stands for: paths beneath a root that match one of the patterns.
struct Matching {
  S3Uri root;
  std::vector<std::string> within;
};
/// nothing: the address has no wildcard, or there is an object whose key is just that. `recursive`: also all beneath what matches.
/// Errors: those of Bucket::head.
Result<std::optional<Matching>> read_wildcards(Session& session, const S3Uri& source, bool recursive);

/// One tree to be copied.
struct TreeJob {
  Address from;  ///< a folder, or a remote place as `as_folder` makes them
  Address to;    ///< likewise
  SyncOptions options = {};
  bool may_be_empty = false;  ///< else it is not_found that there is nothing to copy
};

/// The options that flags and session give; `attributes` for uploads and copies.
Result<SyncOptions> tree_options(Session& session, const Arguments& arguments, const Attributes& attributes,
                                 const std::vector<std::string>& within = {});
/// Copies the tree, and reports each object and the sums. Errors: it could not be begun.
Status copy_tree(Session& session, const Arguments& arguments, TreeJob job);
/// cp -r, mv -r and their forms with wildcards. False: it is about one object. Errors: the command line's.
Result<bool> copy_as_tree(Session& session, const Arguments& arguments, const Address& from, const Address& to, bool move);
/// The client for DST: that of --to-endpoint, or the session's own. Errors: invalid_argument; those of `connect`.
Result<Client> target_client(Session& session, const Arguments& arguments);

}  // namespace objectstore::cli
