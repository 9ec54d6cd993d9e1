// Environment variables behind a function, so that tests own them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace objectstore::credentials {

/// The value of a variable, or null when it is not set; shaped like std::getenv. May be called from several threads.
using Environment = std::function<const char*(const char* name)>;

/// The process's own.
Environment process_environment();

/// The variable's value; "" when it is not set.
std::string variable(const Environment& environment, const char* name);

/// HOME, else the folder of the user's account; empty when there is none.
std::filesystem::path home_folder(const Environment& environment);

}  // namespace objectstore::credentials
