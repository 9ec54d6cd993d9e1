// objstore uploads ls: uploads in parts that are neither completed nor aborted.
#include <array>

#include "command_list.h"
#include "json_line.h"
#include "text.h"
#include "uploads.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kFlags = {
    Flag{.name = "parts", .letter = 'l', .help = "also how many parts have arrived, and their bytes (one request more for each upload)"},
};

Status print(Session& session, Bucket& bucket, const MultipartUpload& upload, bool with_parts) {
  std::uint64_t parts = 0;
  std::uint64_t bytes = 0;
  if (with_parts) {
    ListPartsOptions list{.call = session.call()};
    do {
      Result<PartPage> page = bucket.list_parts(upload, list);
      if (!page) return page.error();
      parts += page->parts.size();
      for (const UploadedPart& part : page->parts) bytes += part.size;
      list.part_after = page->continuation;
    } while (list.part_after != 0);
  }
  session.out().succeeded();
  if (session.out().json()) {
    JsonLine line;
    line.member("bucket", bucket.name()).member("key", upload.key).member("uploadId", upload.upload_id);
    line.member("initiated", rfc3339(upload.initiated)).member_if("storageClass", upload.storage_class);
    if (with_parts) line.member("parts", parts).member("size", bytes);
    (void)session.out().line(line.text());
    return {};
  }
  std::string text = plain_time(upload.initiated) + "  ";
  if (with_parts) text += std::to_string(parts) + (parts == 1 ? " part  " : " parts  ") + human_size(bytes) + "  ";
  (void)session.out().line(text + shown(upload.upload_id) + "  " + shown(to_uri(bucket.name(), upload.key)));
  return {};
}

Status run(Session& session, const Arguments& arguments) {
  const Result<S3Uri> place = parse_remote(arguments.operands().front());
  if (!place) return place.error();
  const Result<std::shared_ptr<Bucket>> bucket = session.bucket(place->bucket);
  if (!bucket) return bucket.error();
  return each_upload(session, **bucket, place->key, [&](const MultipartUpload& upload) {
    const Status done = print(session, **bucket, upload, arguments.has("parts"));
    if (!done) session.out().fail(done.error(), to_uri(place->bucket, upload.key));
    return Status();
  });
}

}  // namespace

const Command kUploadsLs = {
    .name = "uploads ls",
    .operands = "s3://BUCKET[/PREFIX]",
    .summary = "List unfinished multipart uploads",
    .details =
        "Their parts are stored, and billed, until they are completed or aborted. Each line has the time when it was begun, the upload's "
        "id and "
        "its address. MinIO lists those of one key only: give the whole key there.",
    .example = "objstore uploads ls -l s3://backup",
    .flags = kFlags,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};

}  // namespace objectstore::cli
