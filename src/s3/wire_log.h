// What ConnectOptions::log is told of each attempt, with every secret taken out.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "objectstore/client.h"
#include "objectstore/http.h"

namespace objectstore::s3 {

inline constexpr std::string_view kRedacted = "[redacted]";

/// `query` with the values of X-Amz-Signature, X-Amz-Credential, X-Amz-Security-Token and their like replaced.
std::string redact_query(std::string_view query);
/// A header's value as it may be shown.
std::string redact_header(std::string_view name, std::string_view value);

using LogFunction = std::function<void(LogLevel, std::string_view)>;

/// One line an attempt (verbose), then the heads of request and reply (debug).
void log_attempt(const LogFunction& log, const HttpRequest& request, const HttpReply& reply, int attempt);
/// "waiting 120 ms before attempt 2 of 3: HTTP 503 SlowDown"
void log_wait(const LogFunction& log, std::chrono::milliseconds delay, int next_attempt, int max_attempts, const Error& error);

}  // namespace objectstore::s3
