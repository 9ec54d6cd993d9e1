// Error kinds, Error, Result<T> and Status: how every call in the library reports failure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "objectstore/export.h"

namespace objectstore {

/// What went wrong, told by what the caller can do next.
enum class ErrorKind : std::uint8_t {
  not_found,            ///< The object, bucket or file is not there.
  already_exists,       ///< CreateOnly, and the key (or bucket) is taken. Nothing was written.
  precondition_failed,  ///< If-Match and the like did not hold. Nothing was written.
  conflict,             ///< Somebody was faster: retry the whole operation, from its read on. Or the bucket is not empty (BucketNotEmpty).
  not_modified,         ///< If-None-Match / If-Modified-Since on a read: what you have is current.
  permission_denied,    ///< The identity is known and may not do this; or the server's TLS certificate was refused.
  unauthenticated,      ///< No credentials, or the service does not accept them (key, signature, clock).
  invalid_argument,     ///< The call can never succeed as it is: refused before anything was sent, or by the server.
  unsupported,          ///< This backend or server cannot do it.
  unavailable,          ///< A passing fault: network, throttling, 5xx. Trying again later may work.
  timeout,              ///< The deadline or the stall limit ended the call. For reads as `unavailable`.
  cancelled,            ///< The caller's CancelToken ended the call.
  corrupt,              ///< What arrived is not what was stored or sent (length, checksum, malformed reply).
  outcome_unknown,      ///< A write may or may not have happened, and asking could not settle it.
  internal,             ///< A bug in this library, or the machine failed us (disk, memory).
};

/// The kind's name as it stands in the enum, e.g. "not_found".
OBJECTSTORE_EXPORT std::string_view to_string(ErrorKind kind) noexcept;

/// One failure with everything needed to act on it or to report it to a service's operator.
/// Fields that do not apply are empty or 0. Never holds a secret.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message = {};    ///< For people; names the thing that failed.
  std::string operation = {};  ///< The verb, e.g. "upload".
  std::string bucket = {};
  std::string key = {};
  int http_status = 0;
  std::string service_code = {};  ///< The service's own code, e.g. "NoSuchKey".
  std::string request_id = {};    ///< x-amz-request-id
  std::string host_id = {};       ///< x-amz-id-2
  int attempts = 0;               ///< Requests that were made for this call.
};

/// One line for people: message, then kind, status, code, request id and attempts where known.
OBJECTSTORE_EXPORT std::string to_string(const Error& error);

/// Puts `context` in front of the message ("context: message"); once per layer.
OBJECTSTORE_EXPORT Error annotate(Error error, std::string_view context);

/// A value or an Error. Reading `value()` of an error, or `error()` of a value, is a bug and aborts.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return *get(); }
  const T& value() const& { return *get(); }
  T&& value() && { return std::move(*get()); }
  T& operator*() & { return *get(); }
  const T& operator*() const& { return *get(); }
  T&& operator*() && { return std::move(*get()); }
  T* operator->() { return get(); }
  const T* operator->() const { return get(); }
  template <class U>
  T value_or(U&& other) const& {
    return has_value() ? *get() : static_cast<T>(std::forward<U>(other));
  }

  Error& error() & { return *failure(); }
  const Error& error() const& { return *failure(); }
  Error&& error() && { return std::move(*failure()); }

 private:
  T* get() {
    if (state_.index() != 0) __builtin_trap();
    return &std::get<0>(state_);
  }
  const T* get() const {
    if (state_.index() != 0) __builtin_trap();
    return &std::get<0>(state_);
  }
  Error* failure() {
    if (state_.index() != 1) __builtin_trap();
    return &std::get<1>(state_);
  }
  const Error* failure() const {
    if (state_.index() != 1) __builtin_trap();
    return &std::get<1>(state_);
  }

  std::variant<T, Error> state_;
};

/// Success or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  Error& error() & { return *failure(); }
  const Error& error() const& { return *failure(); }
  Error&& error() && { return std::move(*failure()); }

 private:
  Error* failure() {
    if (!error_) __builtin_trap();
    return &*error_;
  }
  const Error* failure() const {
    if (!error_) __builtin_trap();
    return &*error_;
  }

  std::optional<Error> error_;
};

using Status = Result<void>;

/// The kind of a failed result, or nothing: `kind_of(r) == ErrorKind::not_found`.
template <class T>
std::optional<ErrorKind> kind_of(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().kind;
}

}  // namespace objectstore
