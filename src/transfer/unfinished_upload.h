// What becomes of a multipart upload that failed.
#pragma once

#include "objectstore/bucket.h"
#include "transfer/resources.h"

namespace objectstore::transfer {

/// Aborts the upload, even where the transfer's own time is over or it was cancelled, and returns `error`: with the upload named in its message
/// where parts stay behind, as after an unknown outcome, when an abort could end what is about to appear.
Error abort_after(Error error, Resources& resources, Bucket& bucket, const MultipartUpload& upload);

}  // namespace objectstore::transfer
