// Removes what writers that died have left behind.
#pragma once

#include <chrono>

#include "bucket/directory_folder.h"
#include "objectstore/clock.h"

namespace objectstore::directory {

/// Clears the temporary folder of files of dead writers that are `min_age` old or older, and removes sidecars of theirs that describe
/// nothing, and what is left of uploads in parts that ended. Never waits, and never touches what a living writer has in hand. What cannot be
/// removed stays for the next time.
void sweep(const BucketFolder& bucket, const Clock& clock, std::chrono::seconds min_age);

}  // namespace objectstore::directory
