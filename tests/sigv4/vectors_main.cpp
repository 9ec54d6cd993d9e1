// Puts the cases of the AWS signing test suite to the signer: our own file of them, or the folder that OBJECTSTORE_SIGV4_VECTORS
// names, in the suite's own layout. Ends with 1 when a text differs, a case cannot be read or there is none.
#include <cstdlib>
#include <iostream>

#include "sigv4/vector_case.h"

int main(int argc, char** argv) {
  using namespace objectstore;
  const char* folder = std::getenv("OBJECTSTORE_SIGV4_VECTORS");
  const bool from_folder = folder != nullptr && *folder != '\0';
  const auto source = std::filesystem::absolute(from_folder ? folder : argc > 1 ? argv[1] : "vectors.json");
  const auto cases = from_folder ? testing::load_vector_folder(source) : testing::load_vector_file(source);
  if (!cases) {
    std::cerr << "sigv4_vectors: " << to_string(cases.error()) << "\n";
    return EXIT_FAILURE;
  }
  int compared = 0;
  std::size_t failed = 0;
  for (const testing::VectorCase& vector : *cases) {
    const testing::VectorReport report = testing::check_vector(vector);
    compared += report.compared;
    if (!report.failures.empty()) ++failed;
    for (const std::string& failure : report.failures) std::cerr << failure << "\n";
  }
  std::cout << "sigv4_vectors: " << cases->size() << " cases checked, " << compared << " texts compared, " << failed << " cases failed ("
            << source.string() << ")\n";
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
