// All objects behind a prefix, by several requests at a time.
#pragma once

#include <functional>

#include "session.h"

namespace objectstore::cli {

/// Calls `visit` for each object that `options` selects, in the order of keys unless `any_order`, until it returns false or the command is
/// stopped. `options` has no delimiter. Errors: those of ParallelListing.
Status walk_objects(Session& session, Bucket& bucket, ListOptions options, bool any_order, const std::function<bool(ObjectInfo&)>& visit);

}  // namespace objectstore::cli
