// A progress line on a terminal, around a body that is sent or a sink that is filled.
#pragma once

#include <string>
#include <string_view>

#include "objectstore/body.h"
#include "objectstore/sync.h"
#include "output.h"

namespace objectstore::cli {

/// `body`, and its progress is shown while it is read. As it is where nobody looks.
Body with_progress(Body body, Output& output, std::string_view label);
/// `sink`, and its progress is shown while it is filled.
Sink with_progress(Sink sink, Output& output, std::string_view label);

/// "12 of 34 objects  1.2 MiB of 3.4 MiB  800 KiB/s"; with "+" behind what may still grow.
std::string progress_text(const SyncProgress& progress);

}  // namespace objectstore::cli
