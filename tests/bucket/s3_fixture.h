// A client of S3 on a scripted server, over the real transport, with no waiting between attempts.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "objectstore/client.h"
#include "support/catch.h"
#include "support/fake_s3.h"
#include "support/scripted_server.h"

namespace objectstore::testing {

/// The machine's clock, but nothing ever sleeps.
class ImpatientClock final : public Clock {
 public:
  [[nodiscard]] SystemTime now() const override { return system_->now(); }
  [[nodiscard]] SteadyTime steady_now() const override { return system_->steady_now(); }
  bool sleep(std::chrono::milliseconds, const CancelToken* cancel) override { return cancel == nullptr || !cancel->cancelled(); }

 private:
  std::shared_ptr<Clock> system_ = system_clock();
};

struct S3Fixture {
  explicit S3Fixture(ScriptedServer::Handler handler = {}) : server(std::move(handler)) {}

  Client client(ConnectOptions options = {}) {
    options.endpoint = server.endpoint();
    options.region = "us-east-1";
    if (!options.credentials) {
      options.credentials = static_credentials(
          {.access_key_id = "AKIDTEST", .secret_access_key = "canary-secret-canary", .session_token = "canary-token-canary"});
    }
    if (!options.clock) options.clock = std::make_shared<ImpatientClock>();
    options.stall_timeout = std::chrono::seconds(5);
    options.log = [this](LogLevel, std::string_view text) {
      std::lock_guard lock(log_mutex);
      log += text;
      log += '\n';
    };
    auto connected = connect(std::move(options));
    REQUIRE(connected);
    return std::move(*connected);
  }
  std::shared_ptr<Bucket> bucket(ConnectOptions options = {}) { return client(std::move(options)).bucket("media"); }

  std::mutex log_mutex;
  std::string log;  ///< guarded by log_mutex
  ScriptedServer server;
};

}  // namespace objectstore::testing
