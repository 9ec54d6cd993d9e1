// The emitters that --emit names.
#pragma once

#include <memory>

#include "arguments.h"
#include "objectstore/emitter.h"
#include "session.h"

namespace objectstore::cli {

inline constexpr Flag kEmitFlag = {
    .name = "emit",
    .value = "URL",
    .help =
        "where pointers go: stdout:, file:PATH (one JSON line each, appended) or http(s)://... (one POST each); may be "
        "repeated, then all of them get each pointer",
    .repeatable = true};

struct Emitters {
  std::shared_ptr<Emitter> emitter;  ///< null when none is named
  bool to_stdout = false;            ///< one of them is standard output
};

/// Errors: invalid_argument (unknown scheme), not_found and permission_denied (file).
Result<Emitters> open_emitters(Session& session, const Arguments& arguments);

}  // namespace objectstore::cli
