// Aborting, or saying what is left.
#include "transfer/unfinished_upload.h"

#include <chrono>

namespace objectstore::transfer {

namespace {

constexpr std::chrono::milliseconds kAbortDeadline{10'000};
constexpr std::chrono::milliseconds kPause{50};
constexpr int kMostAborts = 6;

bool is_still_there(Bucket& bucket, const MultipartUpload& upload) {
  return bucket.list_parts(upload, {.page_size = 1, .call = {.deadline = kAbortDeadline}}).has_value();
}

}  // namespace

Error abort_after(Error error, Resources& resources, Bucket& bucket, const MultipartUpload& upload) {
  if (error.kind == ErrorKind::outcome_unknown) {
    error.message += "; where it did not happen, its parts are left behind as upload " + upload.upload_id;
    return error;
  }
  const RequestPlace place(resources);
  Status aborted = bucket.abort_multipart_upload(upload, {.deadline = kAbortDeadline});
  // A part whose request was cut off may still be on its way through the server, and stand there after the abort.
  // Source: S3 API Reference, AbortMultipartUpload.
  for (int again = 1; aborted && again <= kMostAborts && is_still_there(bucket, upload); ++again) {
    resources.clock->sleep(kPause * again, nullptr);
    aborted = bucket.abort_multipart_upload(upload, {.deadline = kAbortDeadline});
  }
  if (!aborted) {
    error.message +=
        "; its parts are left behind as upload " + upload.upload_id + ", which could not be aborted (" + aborted.error().message + ")";
  }
  return error;
}

}  // namespace objectstore::transfer
