// SIGINT, SIGTERM and SIGHUP: the first one asks the running call to stop, one that comes a second later or more kills.
#pragma once

#include <string>

#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore::cli {

/// From now on the first of them cancels `token`; one that comes a second later or more ends the process as if unhandled. Call once.
void cancel_on_signals(const CancelToken& token);
/// The signal that came, or 0.
int signal_received();
/// Waits until `descriptor` can be read, on any thread, or `stop` (-1 = none) can. False when a signal came first, however closely.
bool wait_readable(int descriptor, int stop = -1);
/// The same for writing. Once a signal came: true when it can be written at this moment.
bool wait_writable(int descriptor);

}  // namespace objectstore::cli
