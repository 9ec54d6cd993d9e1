// CompleteMultipartUpload: a 200 that may turn out an error after minutes of white space, and the verdict where its reply was lost.
#pragma once

#include <span>
#include <string_view>

#include "objectstore/bucket.h"
#include "s3/send.h"

namespace objectstore::s3 {

/// Arguments are checked already. Errors: as Bucket::complete_multipart_upload.
///
/// The verdicts are those of Settlement, and these:
///
///   NoSuchUpload and our object stands there           success: this call, or one before it, was carried out
///   NoSuchUpload, sent once, another or no object      not_found
///   NoSuchUpload where an earlier sending may have     as after a lost reply; without a condition another object means outcome_unknown
///   been carried out                                   too, for it may have replaced ours
///   409 ConditionalRequestConflict                     sent again: some servers keep the upload. S3 drops it and wants the whole upload
///                                                      anew, so NoSuchUpload behind it, or the last 409, is a conflict.
///                                                      Source: S3 API Reference, CompleteMultipartUpload, If-None-Match
///   unconditional, and all replies lost                our object stands there: success; else the error, and the caller may complete again
Result<Uploaded> complete_upload(Sender& sender, std::string_view bucket, const MultipartUpload& upload,
                                 std::span<const UploadedPart> parts, const CompleteOptions& options);

}  // namespace objectstore::s3
