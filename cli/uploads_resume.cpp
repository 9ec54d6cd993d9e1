// objstore uploads resume: goes on with an unfinished upload, and does not begin a new one.
#include "command_list.h"
#include "upload.h"
#include "uploads.h"
#include "values.h"

namespace objectstore::cli {
namespace {

Status run(Session& session, const Arguments& arguments) {
  const Result<Address> source = parse_address(arguments.operands()[0]);
  if (!source) return source.error();
  if (source->kind != Address::Kind::local) return usage_error("'" + arguments.operands()[0] + "' is not a local file");
  const Result<S3Uri> target = parse_object(arguments.operands()[1]);
  if (!target) return target.error();
  const Result<std::shared_ptr<Bucket>> bucket = session.bucket(target->bucket);
  if (!bucket) return bucket.error();
  bool found = false;
  const Status walked = each_upload(session, **bucket, target->key, [&](const MultipartUpload& upload) {
    found = found || upload.key == target->key;
    return Status();
  });
  if (!walked) return walked;
  if (!found) {
    return Error{.kind = ErrorKind::not_found,
                 .message = to_uri(*target) + ": there is no unfinished upload to go on with",
                 .operation = "upload",
                 .bucket = target->bucket,
                 .key = target->key};
  }
  const Status done = upload_one(session, *source, *target, {.resume = true}, true);
  if (!done) session.out().fail(done.error(), to_uri(*target));
  return {};
}

}  // namespace

const Command kUploadsResume = {
    .name = "uploads resume",
    .operands = "FILE s3://BUCKET/KEY",
    .summary = "Go on with an unfinished multipart upload",
    .details =
        "FILE's bytes are held against the parts that have arrived; what is missing or differs is sent, and the object completed with the "
        "attributes that the upload was begun with. objstore put --resume does the same, and begins an upload where there is none.",
    .example = "objstore uploads resume disk.img s3://backup/disk.img",
    .flags = {},
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};

}  // namespace objectstore::cli
