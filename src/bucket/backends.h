// The factories of the three backends.
#pragma once

#include <filesystem>
#include <memory>

#include "bucket/client_backend.h"
#include "credentials/settings.h"

namespace objectstore {

std::shared_ptr<ClientBackend> make_memory_backend(std::shared_ptr<Clock> clock, std::shared_ptr<Random> random = system_random());
/// Errors: invalid_argument / permission_denied when `root` cannot be made or is no directory.
Result<std::shared_ptr<ClientBackend>> make_directory_backend(const std::filesystem::path& root, std::shared_ptr<Clock> clock,
                                                              std::shared_ptr<Random> random);
/// S3. `settings` is what environment and profile made of `options`. Errors: invalid_argument (endpoint, region, addressing).
Result<std::shared_ptr<ClientBackend>> make_s3_backend(const ConnectOptions& options, const credentials::Settings& settings);

}  // namespace objectstore
