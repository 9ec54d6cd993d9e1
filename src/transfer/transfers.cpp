// One object of any size: chooses between one request and many, and names the transfer in errors.
#include "transfer/transfers.h"

#include <string>
#include <utility>

#include "base/errors.h"
#include "bucket/verb.h"
#include "transfer/large_copy.h"
#include "transfer/large_download.h"
#include "transfer/large_upload.h"
#include "transfer/partial_file.h"

namespace objectstore::transfer {

namespace {

/// Has `body`, which goes in one request, read once only where memory for it is free: it lies in the returned buffer then, and `body` is
/// a view of it. Errors: invalid_argument (it is shorter than it said), conflict (it was changed while it was read), the body's own.
Result<Buffer> read_ahead(Resources& resources, Body& body, std::uint64_t size) {
  constexpr std::uint64_t kMostReadAhead = 16ull << 20;
  BodySource& source = body.source();
  if (size == 0 || size > kMostReadAhead || source.memory() || !source.random_access()) return Buffer();
  auto buffer = resources.buffers.take_at_once(static_cast<std::size_t>(size));  // no call waits for memory that it can do without
  if (!buffer) return Buffer();
  auto count = source.read_at(0, buffer->bytes());
  if (!count) return std::move(count).error();
  if (*count != size) {
    return base::invalid("the body ended after " + std::to_string(*count) + " of " + std::to_string(size) + " bytes");
  }
  if (auto same = source.verify_unchanged(); !same) return std::move(same).error();
  body = Body::view(buffer->bytes());
  return std::move(*buffer);
}

}  // namespace

Result<Uploaded> upload(Resources& resources, Bucket& bucket, std::string_view key, Body body, const TransferUploadOptions& options) {
  const Verb verb("upload", bucket.name(), key, options.object.call, *resources.clock);
  auto size = body.source().size();
  if (!size) return verb.failed(std::move(size).error());
  if (*size && **size <= resources.options.multipart_threshold && !options.resume) {
    auto buffer = read_ahead(resources, body, **size);
    if (!buffer) return verb.failed(std::move(buffer).error());
    RequestPlace place(resources);
    UploadOptions object = options.object;
    object.call = place.watch(std::move(object.call));
    auto uploaded = bucket.upload(key, std::move(body), object);
    if (!uploaded) return uploaded;
    place.carried(**size);
    if (options.progress) options.progress({.bytes = **size, .total = *size});
    return uploaded;
  }
  auto uploaded = upload_in_parts(resources, bucket, key, body.source(), *size, options);
  if (!uploaded) return verb.failed(std::move(uploaded).error());
  return uploaded;
}

Result<Downloaded> download(Resources& resources, Bucket& bucket, std::string_view key, Sink sink, const TransferDownloadOptions& options) {
  const Verb verb("download", bucket.name(), key, options.object.call, *resources.clock);
  auto downloaded = download_in_ranges(resources, bucket, key, sink.target(), options, nullptr);
  if (!downloaded) return verb.failed(std::move(downloaded).error());
  return downloaded;
}

Result<Downloaded> download_file(Resources& resources, Bucket& bucket, std::string_view key, const std::filesystem::path& path,
                                 const TransferFileOptions& options) {
  if (!options.resume) return download(resources, bucket, key, Sink::file(path), options.download);
  const Verb verb("download", bucket.name(), key, options.download.object.call, *resources.clock);
  if (options.download.object.range.form != ByteRange::Form::whole) {
    return verb.failed(ErrorKind::invalid_argument, "a download that can be resumed is of the whole object, not of a range");
  }
  PartialFile partial(path, bucket.name(), options.download.object.version_id);
  auto downloaded = download_in_ranges(resources, bucket, key, partial, options.download, &partial);
  if (downloaded) return downloaded;
  Error error = std::move(downloaded).error();
  if (error.kind == ErrorKind::corrupt) {
    partial.remove();
  } else if (partial.holds()) {
    error.message += "; what has arrived is kept in " + partial.part_path().native() + " for the next run";
  }
  return verb.failed(std::move(error));
}

Result<Copied> copy(Resources& resources, Bucket& from, const CopySource& source, Bucket& to, std::string_view key,
                    const TransferCopyOptions& options) {
  const Verb verb("copy", to.name(), key, options.object.call, *resources.clock);
  CopySource named = source;
  named.bucket = from.name();
  auto object = [&] {
    RequestPlace place(resources);
    return from.head(
        source.key,
        {.conditions = {.if_match = source.if_match}, .version_id = source.version_id, .call = place.watch(options.object.call)});
  }();
  if (!object) return verb.failed(annotate(std::move(object).error(), "source"));
  if (object->size <= resources.options.copy_threshold) {
    auto copied = copy_in_one_request(resources, to, named, object->size, key, options.object);
    if (copied && options.progress) options.progress({.bytes = object->size, .total = object->size});
    return copied;
  }
  auto copied = copy_in_parts(resources, to, named, *object, key, options);
  if (!copied) return verb.failed(std::move(copied).error());
  return copied;
}

}  // namespace objectstore::transfer
