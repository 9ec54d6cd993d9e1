// Drops the rights of root within a test.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

namespace objectstore::testing {

/// Where the process is root's, it is nobody's as long as this lives, and `folder` belongs to nobody from then on. What stands in the folder
/// already stays root's. On the stack of a test, below its TempDir; the process has one thread meanwhile.
class Unprivileged {
 public:
  explicit Unprivileged(const std::filesystem::path& folder) {
    if (!root_) return;
    if (::chown(folder.c_str(), kNobody, kNobody) != 0 || ::seteuid(kNobody) != 0) throw std::runtime_error("cannot drop privileges");
  }
  ~Unprivileged() {
    if (root_) static_cast<void>(::seteuid(0));
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  bool root_ = ::geteuid() == 0;
};

}  // namespace objectstore::testing
