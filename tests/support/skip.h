// For cases that not every machine can carry out.
#pragma once

#include <string_view>

namespace objectstore::testing {

/// Says loudly that the case is not tested here, and `why`; ctest counts it as skipped. Under CI=true the case fails. Return behind it.
void skip(std::string_view why);

}  // namespace objectstore::testing
