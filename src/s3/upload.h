// PutObject, and the verdict on conditional writes whose reply was lost.
#pragma once

#include <string_view>

#include "objectstore/bucket.h"
#include "s3/send.h"

namespace objectstore::s3 {

/// Arguments are checked already. Errors: as Bucket::upload.
///
/// A conditional upload carries a fresh id in its metadata, the same over all attempts. Where the reply does not say for certain what
/// became of it, a HEAD compares ids:
///
///   HEAD sees            after 412                                      after a lost reply (a)
///   our id               success                                        success
///   another, CreateOnly  already_exists                                 already_exists
///   another, IfMatch     precondition_failed; outcome_unknown if (b)    outcome_unknown
///   404, CreateOnly      sent again, at the limit outcome_unknown (c)   outcome_unknown (c)
///   404, IfMatch         not_found; outcome_unknown if (b)              outcome_unknown
///   nothing (it fails)   outcome_unknown                                outcome_unknown
///
///   (a) or after any error, when an earlier sending may have been carried out
///   (b) an earlier sending may have been carried out, and then ours may have been stored and replaced or deleted
///   (c) a delayed request can still land
///
/// "Another id" under CreateOnly is a conflict for certain only where keys are never overwritten or deleted.
Result<Uploaded> upload(Sender& sender, std::string_view bucket, std::string_view key, BodySource& source, const UploadOptions& options);

}  // namespace objectstore::s3
