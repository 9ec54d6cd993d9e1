// A progress line on a terminal, fed by one transfer or by many.
#pragma once

#include <string>
#include <string_view>

#include "objectstore/sync.h"
#include "objectstore/transfer.h"
#include "output.h"

namespace objectstore::cli {

/// Shows the progress of one transfer as a line, and takes it away when its last copy goes; or tells it as events, the last of them then. Null
/// where nobody looks. `output` must outlive it.
ProgressFunction progress_line(Output& output, std::string_view label);
/// The same, and `resumed` is set where an earlier run had brought a part; never null.
ProgressFunction progress_line(Output& output, std::string_view label, bool& resumed);

/// "12 of 34 objects  1.2 MiB of 3.4 MiB  800 KiB/s  0:03 left"; with "+" behind what may still grow.
std::string progress_text(const SyncProgress& progress);
/// The same as an event for programs.
std::string progress_json(const SyncProgress& progress);

}  // namespace objectstore::cli
