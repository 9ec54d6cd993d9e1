// The contract suite's main function: chooses the backend, and says loudly when there is no server to test.
#define CATCH_CONFIG_RUNNER
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "contract/backend_under_test.h"
#include "support/catch.h"

int main(int argc, char** argv) {
  const char* from_environment = std::getenv("OBJECTSTORE_CONTRACT_BACKEND");
  std::string backend = from_environment != nullptr ? from_environment : "memory";
  bool through_engine = false;
  std::vector<const char*> arguments;
  for (int i = 0; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--backend" && i + 1 < argc) {
      backend = argv[++i];
    } else if (std::string_view(argv[i]) == "--through-engine") {
      through_engine = true;
    } else {
      arguments.push_back(argv[i]);
    }
  }
  constexpr int kSkipped = 77;
  const char* server = backend == "s3" ? "OBJECTSTORE_TEST_S3" : backend == "s3_tls" ? "OBJECTSTORE_TEST_S3_TLS" : nullptr;
  if (server != nullptr && std::getenv(server) == nullptr) {
    const char* ci = std::getenv("CI");
    const bool strict = ci != nullptr && std::string_view(ci) == "true";
    std::cerr << "*** " << server << " names no S3 server: the contract is NOT tested on " << backend
              << (strict ? ", and CI=true demands it ***\n" : " (sh tests/support/minio.sh COMMAND starts one) ***\n");
    return strict ? 1 : kSkipped;
  }
  objectstore::contract::use_backend(backend, through_engine);
  std::cout << "Contract of " << objectstore::contract::backend().client.describe()
            << (through_engine ? ", through the asynchronous engine" : "") << '\n';
  return Catch::Session().run(static_cast<int>(arguments.size()), arguments.data());
}
