// Uploads in parts that are not completed yet, of the directory backend. Format version 1.
//
//   .objectstore/uploads/ID/manifest   one JSON object: {"format":1,"key":"a/b.txt","initiated":1732000000123456,"contentType":"text/plain",...}
//                                      initiated: us since 1970; besides it the optional members of a sidecar's version
//   .objectstore/uploads/ID/NNNNN      a part under its number in five digits: its bytes, and behind them their MD5 (16 bytes) and SHA-256
//                                      (32 bytes)
//
// ID is the upload's id, a UUID of version 7, so that ids sort by age. An upload is there as long as its manifest is. Manifest and parts are
// written to the temporary folder, synced and renamed to their places, so each is whole. Who completes an upload makes the object first and
// removes the manifest then; a process that dies between the two leaves an upload that can be listed and aborted, and completing it again
// finds its object by the upload's id in the sidecar. A folder without a manifest belongs to a writer that died, and is swept.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bucket/attributes.h"
#include "bucket/directory_folder.h"
#include "bucket/directory_object.h"
#include "bucket/directory_sidecar.h"
#include "bucket/directory_writer.h"
#include "bucket/verb.h"
#include "objectstore/bucket.h"
#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore::directory {

struct StoredUpload {
  std::string key;
  SystemTime initiated{};
  Attributes attributes;
};

/// Begins one. Errors: of the file system.
Result<MultipartUpload> create_upload(const BucketFolder& bucket, std::string_view key, Attributes attributes, Clock& clock,
                                      Random& random);
/// Errors: not_found (NoSuchUpload, also where it belongs to another key), corrupt and unsupported (its manifest).
Result<StoredUpload> find_upload(const BucketFolder& bucket, const MultipartUpload& upload);
/// All that are there, in the order of keys and, within one, of age. A manifest that cannot be read is passed over. Errors: the verb's.
Result<std::vector<MultipartUpload>> all_uploads(const BucketFolder& bucket, std::string_view prefix, const Verb& verb);
/// Removes it with its parts; there may be none. Under the key's lock, so that nobody completes it meanwhile.
Status abort_upload(const BucketFolder& bucket, const MultipartUpload& upload, const Verb& verb);
/// Folders without a manifest that nobody has changed since `newest`.
void sweep_uploads(const BucketFolder& bucket, SystemTime newest);

/// The bytes of a part on their way. Move-only. Thread-safety: one instance, one thread. `bucket` must outlive it.
class PartWriter {
 public:
  static Result<PartWriter> create(const BucketFolder& bucket, std::string_view key, Random& random);
  Status write(std::span<const std::byte> bytes);
  /// Puts the part in its place. Errors: not_found (NoSuchUpload).
  Result<UploadedPart> finish(const MultipartUpload& upload, std::uint32_t number);

 private:
  PartWriter(const BucketFolder& bucket, StagedFile staged);
  const BucketFolder* bucket_;
  StagedFile staged_;
  base::Hasher sha256_;
  std::uint64_t size_ = 0;
};

/// The parts behind `part_after` by number, `limit` at most. Errors: corrupt, of the file system.
Result<std::vector<UploadedPart>> stored_parts(const BucketFolder& bucket, const MultipartUpload& upload, std::uint32_t part_after,
                                               std::size_t limit, const Verb& verb);

/// Makes the object of `parts`. Errors: as Bucket::complete_multipart_upload.
Result<Version> complete_upload(const BucketFolder& bucket, const MultipartUpload& upload, std::span<const UploadedPart> parts,
                                const WriteCondition& condition, Clock& clock, Random& random, const Verb& verb);

}  // namespace objectstore::directory
