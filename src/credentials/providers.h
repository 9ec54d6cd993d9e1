// The providers of objectstore/credentials.h with their environment and clock open to tests.
#pragma once

#include <memory>

#include "credentials/environment.h"
#include "objectstore/clock.h"
#include "objectstore/credentials.h"

namespace objectstore::credentials {

std::shared_ptr<CredentialsProvider> environment_provider(Environment environment);
/// Name and files of the profile are settled here; the files are read when credentials are asked for.
std::shared_ptr<CredentialsProvider> profile_provider(const ProfileOptions& options, const Environment& environment,
                                                      std::shared_ptr<Clock> clock);
std::shared_ptr<CredentialsProvider> default_provider(const ProfileOptions& options, const Environment& environment,
                                                      std::shared_ptr<Clock> clock);

}  // namespace objectstore::credentials
