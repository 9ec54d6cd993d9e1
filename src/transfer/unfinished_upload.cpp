// Aborting, or saying what is left.
#include "transfer/unfinished_upload.h"

#include <chrono>

namespace objectstore::transfer {

namespace {

constexpr std::chrono::milliseconds kAbortDeadline{10'000};

}  // namespace

Error abort_after(Error error, Resources& resources, Bucket& bucket, const MultipartUpload& upload) {
  if (error.kind == ErrorKind::outcome_unknown) {
    error.message += "; where it did not happen, its parts are left behind as upload " + upload.upload_id;
    return error;
  }
  const RequestPlace place(resources);
  const Status aborted = bucket.abort_multipart_upload(upload, {.deadline = kAbortDeadline});
  if (!aborted) {
    error.message +=
        "; its parts are left behind as upload " + upload.upload_id + ", which could not be aborted (" + aborted.error().message + ")";
  }
  return error;
}

}  // namespace objectstore::transfer
