// objstore uploads abort: drops unfinished uploads and their parts.
#include <array>
#include <chrono>

#include "command_list.h"
#include "json_line.h"
#include "text.h"
#include "uploads.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kFlags = {
    Flag{.name = "recursive", .letter = 'r', .help = "of all keys that begin with the address"},
    Flag{.name = "upload-id", .value = "ID", .help = "only this upload of the key"},
    Flag{.name = "older-than", .value = "DURATION", .help = "only uploads begun before that, e.g. 7d"},
    Flag{.name = "dry-run", .help = "print the uploads that would be aborted, abort none"},
};

Status run(Session& session, const Arguments& arguments) {
  const bool recursive = arguments.has("recursive");
  const bool dry_run = arguments.has("dry-run");
  const std::string& operand = arguments.operands().front();
  const Result<S3Uri> place = recursive ? parse_remote(operand) : parse_object(operand);
  if (!place) return place.error();
  const std::string id = arguments.value_or_empty("upload-id");
  if (recursive && !id.empty()) return usage_error("--upload-id is about one key, and -r about many");
  std::chrono::milliseconds age{0};
  if (const auto text = arguments.value("older-than")) {
    const Result<std::chrono::milliseconds> parsed = parse_duration("--older-than", *text);
    if (!parsed) return parsed.error();
    age = *parsed;
  }
  const SystemTime before = std::chrono::system_clock::now() - age;
  const Result<std::shared_ptr<Bucket>> bucket = session.bucket(place->bucket);
  if (!bucket) return bucket.error();
  bool found = false;
  Status walked = each_upload(session, **bucket, place->key, [&](const MultipartUpload& upload) {
    if (!recursive && upload.key != place->key) return Status();
    if (!id.empty() && upload.upload_id != id) return Status();
    if (age.count() > 0 && upload.initiated > before) return Status();
    found = true;
    const std::string uri = to_uri(place->bucket, upload.key);
    if (!dry_run) {
      const Status aborted = (*bucket)->abort_multipart_upload(upload, session.call());
      if (!aborted) {
        session.out().fail(aborted.error(), uri);
        return Status();
      }
    }
    session.out().succeeded();
    if (session.out().json()) {
      JsonLine line;
      line.member("bucket", place->bucket).member("key", upload.key).member("uploadId", upload.upload_id);
      (void)session.out().line(line.text());
    } else if (dry_run) {
      (void)session.out().line(shown(upload.upload_id) + "  " + shown(uri));
    } else {
      session.out().note("aborted " + shown(upload.upload_id) + " of " + shown(uri));
    }
    return Status();
  });
  if (walked && !found && !id.empty()) {
    return Error{.kind = ErrorKind::not_found,
                 .message = operand + ": there is no unfinished upload " + id,
                 .operation = "abort_multipart_upload",
                 .bucket = place->bucket,
                 .key = place->key};
  }
  return walked;
}

}  // namespace

const Command kUploadsAbort = {
    .name = "uploads abort",
    .operands = "s3://BUCKET/KEY",
    .summary = "Abort unfinished multipart uploads",
    .details =
        "Drops the parts of the key's unfinished uploads, or of all keys that begin with the address with -r. An upload that somebody is "
        "still sending "
        "fails then: --older-than spares what is young. Finished objects are not touched.",
    .example =
        "objstore uploads abort s3://backup/src.tar\n"
        "objstore uploads abort -r --older-than 7d s3://backup",
    .flags = kFlags,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};

}  // namespace objectstore::cli
