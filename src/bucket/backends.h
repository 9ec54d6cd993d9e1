// The factories of the three backends.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "bucket/client_backend.h"
#include "credentials/settings.h"

namespace objectstore {

/// `deadline`: of calls that set none; 0 = none.
std::shared_ptr<ClientBackend> make_memory_backend(std::shared_ptr<Clock> clock, std::shared_ptr<Random> random = system_random(),
                                                   std::chrono::milliseconds deadline = {});

namespace directory {

struct DirectoryOptions {
  bool durable = true;                      ///< false skips every fsync: a power cut may cost what was written last
  std::chrono::seconds sweep_age{15 * 60};  ///< leftovers of dead writers stay this long
  std::chrono::milliseconds deadline{0};    ///< of calls that set none; 0 = none
};

/// `root` may be missing: create_bucket makes it. Errors: invalid_argument (it is no folder), others of stat(2).
Result<std::shared_ptr<ClientBackend>> make_directory_backend(const std::filesystem::path& root, std::shared_ptr<Clock> clock,
                                                              std::shared_ptr<Random> random, DirectoryOptions options);

}  // namespace directory

/// S3. `settings` is what environment and profile made of `options`. Errors: invalid_argument (endpoint, region, addressing).
Result<std::shared_ptr<ClientBackend>> make_s3_backend(const ConnectOptions& options, const credentials::Settings& settings);

}  // namespace objectstore
