// Where a key lies in a bucket's folder: the layout of the directory backend, format version 1, and the mapping of keys to paths.
//
// Buckets are the sub folders of the endpoint's folder. In a bucket's folder:
//
//   KEY                             an ordinary key is an ordinary file: its path below the bucket's folder is the key, its bytes are the
//                                   object's
//   .objectstore/format             "objectstore directory format 1\n"; another text is refused
//   .objectstore/lock               empty; byte n is locked (F_OFD_SETLK) by whoever changes a key of shard n, bytes 0..255 by who
//                                   deletes the bucket
//   .objectstore/keys/...           keys that no path can carry, below mapped names
//   .objectstore/meta/HH/REST       what is known of the object besides its bytes (directory_sidecar.h); HH REST = the key's hash
//   .objectstore/uploads/ID/...     uploads in parts that are not completed (directory_uploads.h)
//   .objectstore/tmp/HASH-ID.new    bytes of an upload that is not visible yet; locked as a whole by its living writer
//   .objectstore/tmp/HASH-ID.meta   a sidecar on its way to its place
//   .objectstore/tmp/HASH-ID.old    an object that was just deleted
//
// HASH is the first 20 bytes of the key's SHA-256 in lower-case hex, the shard its first byte, ID 16 hex digits.
//
// A key is ordinary when each of its segments (what stands between slashes) has 1 to 255 bytes and is neither "." nor "..", and the first
// is not ".objectstore". An ordinary key is still kept in .objectstore/keys while its path is blocked: a folder stands there ("a" beside
// "a/b"), or one of its folders is a file ("a/b" beside "a"), or either is a symbolic link or another thing that is no file. Symbolic links
// are never followed below the bucket's folder and are no objects.
//
// Mapped names: segment by segment, a letter in front so that nothing collides and every segment makes a valid name. While a segment has
// 120 bytes or more, its first 120 make a folder "x" + their hex, and the rest goes on inside; what is left (0 to 119 bytes) makes a folder
// "d" + itself, or in the last segment the file "f" + itself. So "a//b" is da/d/fb, "../x" is d../fx, "a/" is da/f.
//
// A key is looked for at its ordinary path first, then at its mapped one; the first regular file is the object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace objectstore::directory {

inline constexpr std::string_view kReservedFolder = ".objectstore";
inline constexpr std::string_view kFormatPath = ".objectstore/format";
inline constexpr std::string_view kFormatText = "objectstore directory format 1\n";
inline constexpr std::string_view kLockPath = ".objectstore/lock";
inline constexpr std::string_view kMappedFolder = ".objectstore/keys";
inline constexpr std::string_view kMetaFolder = ".objectstore/meta";
inline constexpr std::string_view kUploadsFolder = ".objectstore/uploads";
inline constexpr std::string_view kTempFolder = ".objectstore/tmp";

/// Bytes of a segment that one mapped name carries.
inline constexpr std::size_t kMappedChunk = 120;
inline constexpr unsigned kShards = 256;

bool is_ordinary(std::string_view key);
/// Path of a key below the bucket's folder, in .objectstore/keys.
std::string mapped_path(std::string_view key);

/// One mapped name read back: the piece of the key it stands for, and what it is.
struct MappedName {
  enum class Kind : std::uint8_t { file, folder, chunk };
  Kind kind = Kind::file;
  std::string piece;  ///< without the slash that follows a folder
};
/// nothing: not a name that mapped_path makes.
std::optional<MappedName> read_mapped_name(std::string_view name);

/// 40 hex digits.
std::string hash_of(std::string_view key);
unsigned shard_of(std::string_view hash);
/// ".objectstore/meta/HH/REST"
std::string sidecar_path(std::string_view hash);

enum class TempKind : std::uint8_t { upload, sidecar, deleted };
/// "HASH-ID.new" and so on, without a folder.
std::string temp_name(std::string_view hash, std::uint64_t id, TempKind kind);
struct TempName {
  std::string hash;
  TempKind kind = TempKind::upload;
};
std::optional<TempName> read_temp_name(std::string_view name);

/// "a/b/c" as {"a/b", "c"}, "c" as {"", "c"}.
struct SplitPath {
  std::string folder;
  std::string leaf;
};
SplitPath split_path(std::string_view path);

}  // namespace objectstore::directory
