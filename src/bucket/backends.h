// The factories of the three backends.
#pragma once

#include <filesystem>
#include <memory>

#include "bucket/client_backend.h"
#include "credentials/settings.h"

namespace objectstore {

std::shared_ptr<ClientBackend> make_memory_backend(std::shared_ptr<Clock> clock, std::shared_ptr<Random> random = system_random());
/// `root` may be missing: create_bucket makes it. Errors: invalid_argument (it is no folder), others of stat(2).
Result<std::shared_ptr<ClientBackend>> make_directory_backend(const std::filesystem::path& root, std::shared_ptr<Clock> clock,
                                                              std::shared_ptr<Random> random);
/// S3. `settings` is what environment and profile made of `options`. Errors: invalid_argument (endpoint, region, addressing).
Result<std::shared_ptr<ClientBackend>> make_s3_backend(const ConnectOptions& options, const credentials::Settings& settings);

}  // namespace objectstore
