// What the directions of a copy share.
#include "transfer/carrier.h"

#include <utility>

#include "base/digest.h"
#include "base/encoding.h"
#include "io/file_descriptor.h"

namespace objectstore::transfer {

Result<Entry> BucketPlace::look(std::string_view path) const {
  auto info = bucket_->head(key(path), {.call = call_});
  if (!info) return std::move(info).error();
  return Entry{std::string(path), info->size, info->last_modified, info->etag};
}

Status BucketPlace::remove_if_same(const Entry& entry) const {
  // No server holds a DELETE to its conditions, so this is as near as one gets.
  auto now = look(entry.path);
  if (!now) {
    if (now.error().kind == ErrorKind::not_found) return {};
    return std::move(now).error();
  }
  if (now->etag != entry.etag || now->size != entry.size) {
    return Error{.kind = ErrorKind::conflict,
                 .message = "the object was replaced while it was copied, and stays",
                 .operation = "delete",
                 .bucket = bucket_->name(),
                 .key = key(entry.path)};
  }
  return bucket_->delete_object(key(entry.path), {.call = call_});
}

std::vector<Status> BucketPlace::remove(std::span<const std::string> paths) const {
  std::vector<std::string> keys;
  keys.reserve(paths.size());
  for (const std::string& path : paths) keys.push_back(key(path));
  std::vector<Status> results;
  results.reserve(keys.size());
  if (keys.size() == 1) {
    results.push_back(bucket_->delete_object(keys.front(), {.call = call_}));
    return results;
  }
  auto outcomes = bucket_->delete_objects(keys, call_);
  if (!outcomes) return {keys.size(), Status(outcomes.error())};
  for (DeleteOutcome& outcome : *outcomes) results.push_back(outcome.error ? Status(std::move(*outcome.error)) : Status());
  return results;
}

Result<std::string> md5_of_file(const std::filesystem::path& path, const CallOptions& call) {
  struct stat information {};
  auto file = io::FileDescriptor::open_regular(path, information);
  if (!file) return std::move(file).error();
  base::Hasher hasher(base::Hasher::Algorithm::md5);
  std::vector<std::byte> block(std::size_t{256} << 10U);
  while (true) {
    if (call.cancel && call.cancel->cancelled()) return Error{.kind = ErrorKind::cancelled, .message = "cancelled"};
    auto read = file->read(block);
    if (!read) return std::move(read).error();
    if (*read == 0) break;
    hasher.update(std::span(block).first(*read));
  }
  const std::string digest = hasher.finish();
  return base::hex({reinterpret_cast<const std::uint8_t*>(digest.data()), digest.size()});
}

}  // namespace objectstore::transfer
