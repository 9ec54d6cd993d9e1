// Makes Credentials out of the values one source holds, or says what is wrong with them without showing them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "objectstore/credentials.h"
#include "objectstore/result.h"

namespace objectstore::credentials {

/// What a source calls the three values, e.g. "AWS_ACCESS_KEY_ID".
struct KeyPairNames {
  std::string_view access_key_id;
  std::string_view secret_access_key;
  std::string_view session_token;
};

/// nothing = the source does not have it at all.
struct KeyPairValues {
  std::optional<std::string_view> access_key_id = std::nullopt;
  std::optional<std::string_view> secret_access_key = std::nullopt;
  std::optional<std::string_view> session_token = std::nullopt;
};

/// Errors: unauthenticated, naming `source` and the value's name: half a pair, a blank value (only the token may be empty), or one with
/// characters that no key has: white space, control characters, anything outside ASCII. At least one half must be there.
Result<Credentials> make_credentials(const KeyPairValues& values, const KeyPairNames& names, std::string_view source);

}  // namespace objectstore::credentials
