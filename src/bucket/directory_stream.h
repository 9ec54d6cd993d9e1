// Reads the entries of one of a bucket's folders.
#pragma once

#include <dirent.h>

#include <memory>
#include <optional>
#include <string>

#include "bucket/directory_folder.h"
#include "objectstore/result.h"

namespace objectstore::directory {

/// Move-only. Thread-safety: one instance, one thread. `bucket` must outlive it.
class FolderStream {
 public:
  /// nothing: there is no such folder. `path`: below the bucket's folder, "" = that one. Errors: those of open(2).
  static Result<std::optional<FolderStream>> open(const BucketFolder& bucket, std::string path);

  enum class Type : unsigned char { file, folder, other, gone };
  struct Entry {
    const char* name;  ///< good until the next call of `next`
    Type type;
  };
  /// The next entry but "." and ".."; nothing at the end. A symbolic link is `other`, what was removed meanwhile `gone`.
  /// Errors: those of readdir(3) and fstatat(2): an entry that cannot be read is never passed over.
  Result<std::optional<Entry>> next();

 private:
  struct Close {
    void operator()(DIR* stream) const noexcept { ::closedir(stream); }
  };

  FolderStream(const BucketFolder& bucket, std::string path, DIR* stream) : bucket_(&bucket), path_(std::move(path)), stream_(stream) {}
  Result<Type> type_of(const dirent& entry) const;

  const BucketFolder* bucket_;
  std::string path_;
  std::unique_ptr<DIR, Close> stream_;
};

}  // namespace objectstore::directory
