// Every call returns a value or an Error; its kind says what to do next, its other fields what to tell the people who run the service.
#include <chrono>
#include <iostream>

#include "objectstore/client.h"

namespace {

using objectstore::Error;
using objectstore::ErrorKind;

const char* advice(const Error& error) {
  switch (error.kind) {
    case ErrorKind::not_found: return "create it, or do without";
    case ErrorKind::already_exists:
    case ErrorKind::precondition_failed:
    case ErrorKind::conflict: return "somebody was faster: read again and decide";
    case ErrorKind::not_modified: return "keep what you have";
    case ErrorKind::unavailable:
    case ErrorKind::timeout: return "try again later (the library has tried a few times already)";
    case ErrorKind::outcome_unknown: return "find out whether it happened before doing it again";
    case ErrorKind::permission_denied:
    case ErrorKind::unauthenticated: return "ask whoever owns the bucket";
    default: return "give up, and show the message";
  }
}

/// Errors are values: they can be looked at, enriched and handed on.
int report(const Error& error) {
  std::cerr << to_string(annotate(error, "nightly report")) << "\n  -> " << advice(error) << '\n';
  if (!error.request_id.empty()) std::cerr << "  request id for the provider: " << error.request_id << '\n';
  return 1;
}

}  // namespace

int main() {
  using namespace std::chrono_literals;
  const auto client = objectstore::connect({.endpoint = "memory:"});
  if (!client) return report(client.error());
  const auto nowhere = client->bucket("no-such-bucket")->head("key", {.call = {.deadline = 2s}});
  if (kind_of(nowhere) != ErrorKind::not_found) return 1;
  (void)report(nowhere.error());

  if (const auto made = client->create_bucket("reports"); !made) return report(made.error());
  const auto empty_key = client->bucket("reports")->upload("", objectstore::Body::text("x"));
  if (kind_of(empty_key) != ErrorKind::invalid_argument) return 1;  // found here: nothing was sent
  (void)report(empty_key.error());

  const auto missing = client->bucket("reports")->download("2026.csv");
  return !missing && missing.error().operation == "download" && missing.error().key == "2026.csv" ? 0 : 1;
}
