// A home folder with shared files and an environment of its own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "credentials/environment.h"
#include "support/temp_dir.h"

namespace objectstore::testing {

/// What a process would see. Copies of `environment()` look at this object.
class Home {
 public:
  Home() {
    std::filesystem::create_directory(folder / ".aws");
    set("HOME", folder.path().string());
  }

  void set(const std::string& name, const std::string& value) { variables_[name] = value; }
  void unset(const std::string& name) { variables_.erase(name); }
  [[nodiscard]] credentials::Environment environment() const {
    return [this](const char* name) -> const char* {
      const auto found = variables_.find(name);
      return found == variables_.end() ? nullptr : found->second.c_str();
    };
  }

  [[nodiscard]] std::filesystem::path config() const { return folder / ".aws/config"; }
  [[nodiscard]] std::filesystem::path credentials() const { return folder / ".aws/credentials"; }
  void write_config(std::string_view text) const { write_file(config(), text); }
  void write_credentials(std::string_view text) const { write_file(credentials(), text); }

  TempDir folder;

 private:
  std::map<std::string, std::string> variables_;
};

}  // namespace objectstore::testing
