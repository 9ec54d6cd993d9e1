// Holds the bytes of an object against its ETag as they pass by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/parts_etag.h"
#include "bucket/directory_sidecar.h"

namespace objectstore::directory {

/// Of a whole object, in order. Thread-safety: one instance, one thread.
class ContentCheck {
 public:
  explicit ContentCheck(const Version& version);
  /// False: the object's ETag says nothing of its bytes (a file that was dropped by hand).
  [[nodiscard]] bool possible() const { return possible_; }
  void update(std::span<const std::byte> bytes);
  /// Once, behind the last byte.
  [[nodiscard]] bool holds();

 private:
  void end_part();
  void begin_part();

  std::string etag_;
  std::vector<PartRun> runs_;  ///< what is left of the parts; of an object in one piece: empty
  bool in_parts_;
  bool possible_;
  std::uint64_t left_ = 0;  ///< bytes of the part
  base::Hasher hasher_;
  base::PartsEtag parts_;
};

}  // namespace objectstore::directory
