// Checks the values of a key pair.
#include "credentials/key_pair.h"

#include <algorithm>
#include <utility>

namespace objectstore::credentials {
namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// What is wrong with `value`, or nothing.
std::string_view fault_of(std::string_view value) {
  if (std::all_of(value.begin(), value.end(), is_space)) return "is blank";
  if (value.back() == '\n' || value.back() == '\r') return "ends with a line break";
  if (value.find_first_of("\r\n") != std::string_view::npos)
    return "holds a line break (in a file: the line below must not be indented deeper)";
  for (const char c : value) {
    if (is_space(c)) return "holds a space";
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return "holds a control character";
    if (byte > 0x7f) return "holds a character outside ASCII";
  }
  return {};
}

}  // namespace

Result<Credentials> make_credentials(const KeyPairValues& values, const KeyPairNames& names, std::string_view source) {
  const auto wrong = [&](std::string_view name, std::string_view what) {
    std::string text(source);
    text.append(": ").append(name).append(" ").append(what);
    return Error{.kind = ErrorKind::unauthenticated, .message = std::move(text)};
  };
  const auto half = [&](std::string_view there, std::string_view missing) {
    return wrong(there, "is set, but " + std::string(missing) + " is not");
  };
  if (!values.secret_access_key) return half(names.access_key_id, names.secret_access_key);
  if (!values.access_key_id) return half(names.secret_access_key, names.access_key_id);
  if (const auto fault = fault_of(*values.access_key_id); !fault.empty()) return wrong(names.access_key_id, fault);
  if (const auto fault = fault_of(*values.secret_access_key); !fault.empty()) return wrong(names.secret_access_key, fault);
  const std::string_view token = values.session_token.value_or("");
  if (!token.empty()) {
    if (const auto fault = fault_of(token); !fault.empty()) return wrong(names.session_token, fault);
  }
  return Credentials{.access_key_id = std::string(*values.access_key_id),
                     .secret_access_key = Secret(*values.secret_access_key),
                     .session_token = Secret(token),
                     .source = std::string(source)};
}

}  // namespace objectstore::credentials
