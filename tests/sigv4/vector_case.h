// One case of the AWS signing test suite: loaded from a folder in the suite's own layout or from our compact file, and checked.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "objectstore/clock.h"
#include "objectstore/credentials.h"
#include "objectstore/result.h"

namespace objectstore::testing {

/// The texts that a case expects of one form, header or query. Those that are absent are not compared.
struct ExpectedTexts {
  std::optional<std::string> canonical_request;
  std::optional<std::string> string_to_sign;
  std::optional<std::string> signature;
  std::optional<std::string> signed_request;
  [[nodiscard]] bool any() const { return canonical_request || string_to_sign || signature || signed_request; }
};

struct VectorCase {
  std::string name;
  std::string request;  ///< raw, as it stands in request.txt
  Credentials credentials;
  std::string region, service;
  SystemTime time{};
  bool normalize = true;
  bool sign_body = false;           ///< x-amz-content-sha256 is added and signed
  bool omit_session_token = false;  ///< the token is added after signing
  std::chrono::seconds expires{3600};
  ExpectedTexts header, query;
};

/// DIR/<case>/{request.txt,context.json,{header,query}-{canonical-request,string-to-sign,signature,signed-request}.txt}.
/// Errors: not_found, corrupt; a folder without a case and a case without a signature are errors too.
Result<std::vector<VectorCase>> load_vector_folder(const std::filesystem::path& folder);
/// vectors.json. Errors as above.
Result<std::vector<VectorCase>> load_vector_file(const std::filesystem::path& file);

struct VectorReport {
  int compared = 0;                   ///< texts
  std::vector<std::string> failures;  ///< for people
};
/// Signs by header and by query and compares all texts that the case has.
VectorReport check_vector(const VectorCase& vector);

}  // namespace objectstore::testing
