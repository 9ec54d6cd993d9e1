// A sender over canned replies, with a clock that stands still.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "s3/send.h"
#include "support/canned_transport.h"
#include "support/fake_clock.h"

namespace objectstore::testing {

inline constexpr const char* kSecret = "canary-secret-canary";
inline constexpr const char* kToken = "canary-token-canary";

/// Credentials that a test may change between attempts.
class ChangingCredentials final : public CredentialsProvider {
 public:
  Result<Credentials> credentials() override {
    ++asked;
    if (failure) return *failure;
    return current;
  }
  [[nodiscard]] std::string describe() const override { return "test"; }

  Credentials current{.access_key_id = "AKIDTEST", .secret_access_key = kSecret};
  std::optional<Error> failure;
  int asked = 0;
};

struct SenderFixture {
  explicit SenderFixture(std::string_view endpoint = "http://127.0.0.1:9000", int max_attempts = 3) {
    s3::SenderOptions options;
    options.endpoint = std::move(*s3::parse_endpoint(endpoint));
    options.region = "us-east-1";
    options.credentials = credentials;
    options.transport = transport;
    options.clock = clock;
    options.random = seeded_random(1);
    options.max_attempts = max_attempts;
    options.log = [this](LogLevel, std::string_view text) { log += std::string(text) + '\n'; };
    sender = std::make_unique<s3::Sender>(std::move(options));
  }

  std::shared_ptr<CannedTransport> transport = std::make_shared<CannedTransport>();
  std::shared_ptr<FakeClock> clock = std::make_shared<FakeClock>();
  std::shared_ptr<ChangingCredentials> credentials = std::make_shared<ChangingCredentials>();
  std::string log;
  std::unique_ptr<s3::Sender> sender;
};

}  // namespace objectstore::testing
