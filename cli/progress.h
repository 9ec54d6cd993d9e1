// A progress line on a terminal, around a body that is sent or a sink that is filled.
#pragma once

#include <string_view>

#include "objectstore/body.h"
#include "output.h"

namespace objectstore::cli {

/// `body`, and its progress is shown while it is read. As it is where nobody looks.
Body with_progress(Body body, Output& output, std::string_view label);
/// `sink`, and its progress is shown while it is filled.
Sink with_progress(Sink sink, Output& output, std::string_view label);

}  // namespace objectstore::cli
