// Sidecars: what the directory backend knows of an object besides its bytes. Format version 1.
//
// A sidecar is one JSON object in .objectstore/meta, under the hash of its key:
//   {"format":1,"key":"a/b.txt","versions":[{"size":5,"mtime":1732000000123456789,"etag":"5d41402abc4b2a76b9719d911017c592",
//     "modified":1732000000123456,"contentType":"text/plain","metadata":{"a":"1"}}, ...]}
//   size, mtime   the stamp: bytes and modification time (ns since 1970) of the file that the version describes
//   modified      when the object was stored, us since 1970
//   etag          MD5 of the bytes in lower-case hex; of an upload in parts, the MD5 of its parts' MD5s, "-" and their count
//   optional      contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, expires, storageClass, metadata, tags
//   uploadId      of the upload in parts that made the object
//   partSizes     its parts in order, as pairs of a count and a size: [[3,8388608],[1,17]]. With them the bytes can be held against the ETag.
// Unknown members are ignored.
//
// Invariant: while a file that we wrote stands in the object's place, the sidecar holds the version with the file's stamp. A writer
// therefore puts the new version beside the one in force into the sidecar (rename of a synced file) before it moves the new file to its
// place, and drops versions only once their files are gone. A reader opens the file first and the sidecar after it: either it finds the
// file's version, or the file is not in its place any more and it starts over, or nobody here wrote the file. Such a file (dropped or
// edited by hand) is an object all the same: its ETag is its size and modification time in hex ("5-1808f3a1b2c3d4e5"), its content type
// application/octet-stream. Copying a bucket with its modification times (cp -a, rsync -a) keeps everything.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bucket/attributes.h"
#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore::directory {

struct Stamp {
  std::uint64_t size = 0;
  std::int64_t mtime = 0;  ///< ns since 1970
  bool operator==(const Stamp&) const = default;
};
Stamp stamp_of(const struct stat& information);

/// Parts of one size in a row.
struct PartRun {
  std::uint64_t count = 0;
  std::uint64_t size = 0;
  bool operator==(const PartRun&) const = default;
};

struct Version {
  Stamp stamp;
  std::string etag;
  SystemTime modified{};
  Attributes attributes;
  std::string upload_id = {};
  std::vector<PartRun> part_sizes = {};
};

/// A file that no version describes.
Version computed_version(const Stamp& stamp);
/// True when `etag` is an MD5 of the bytes, as we write it; false for a computed one.
bool is_content_etag(std::string_view etag);

struct Sidecar {
  std::string key;
  std::vector<Version> versions;
};

std::string to_json(const Sidecar& sidecar);
/// Errors: unsupported (a newer format), corrupt (anything else that is no sidecar).
Result<Sidecar> parse_sidecar(std::string json);

/// What a listing needs of the version with `stamp`, without the rest. nothing: there is none.
struct ListedVersion {
  std::string etag;
  SystemTime modified{};
  std::string storage_class;
};
/// `key`: whose sidecar it must be. `json` is consumed.
std::optional<ListedVersion> find_listed_version(std::string& json, std::string_view key, const Stamp& stamp);

}  // namespace objectstore::directory
