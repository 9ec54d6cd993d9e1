// Reads the process's environment and the account's home folder.
#include "credentials/environment.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace objectstore::credentials {

Environment process_environment() {
  return [](const char* name) -> const char* { return std::getenv(name); };
}

std::string variable(const Environment& environment, const char* name) {
  const char* value = environment(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::filesystem::path home_folder(const Environment& environment) {
  if (std::string home = variable(environment, "HOME"); !home.empty()) return home;
  // Services often run without HOME.
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr || found->pw_dir == nullptr) return {};
  return found->pw_dir;
}

}  // namespace objectstore::credentials
