// The commands, each defined in the file of its name.
#pragma once

#include "command.h"

namespace objectstore::cli {

extern const Command kPut;
extern const Command kGet;
extern const Command kCat;
extern const Command kLs;
extern const Command kStat;
extern const Command kCp;
extern const Command kMv;
extern const Command kSync;
extern const Command kDu;
extern const Command kRm;
extern const Command kMb;
extern const Command kRb;
extern const Command kPresign;
extern const Command kUploadsLs;
extern const Command kUploadsAbort;
extern const Command kUploadsResume;
extern const Command kEventReceive;
extern const Command kEventReplay;
extern const Command kEventRelay;
extern const Command kRun;
extern const Command kBenchPut;
extern const Command kBenchGet;
extern const Command kBenchList;
extern const Command kBenchMixed;
extern const Command kCompletion;
extern const Command kHelp;

}  // namespace objectstore::cli
