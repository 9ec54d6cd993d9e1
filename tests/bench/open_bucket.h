// Lets everybody use a bucket, so that bare libcurl need not sign.
#pragma once

#include <string>

#include "objectstore/credentials.h"
#include "objectstore/result.h"

namespace objectstore::bench {

/// Gives `bucket` a policy by which its objects can be read, written and listed without a signature. The endpoint speaks S3.
Status open_to_all(const std::string& endpoint, const std::string& bucket, const Credentials& credentials);

}  // namespace objectstore::bench
