// The flags that every command takes, read into one value.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "arguments.h"
#include "objectstore/client.h"
#include "objectstore/result.h"

namespace objectstore::cli {

struct Globals {
  std::string endpoint;
  std::string region;
  std::string profile;
  bool sign = true;
  Addressing addressing = Addressing::automatic;
  PayloadSigning payload_signing = PayloadSigning::automatic;
  std::string ca_bundle;
  bool verify_tls = true;
  int max_attempts = 0;                  ///< 0 = the library's choice
  std::chrono::milliseconds timeout{0};  ///< of each call; 0 = none
  unsigned concurrency = 0;              ///< requests in flight; 0 = adaptive
  std::uint64_t part_size = 0;           ///< bytes; 0 = the library's choice
  std::uint64_t bytes_per_second = 0;    ///< 0 = no bound

  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool debug = false;
  bool progress = true;
  bool progress_events = false;
  enum class Color : std::uint8_t { automatic, always, never } color = Color::automatic;
};

/// Of what goes at a fixed number at a time: the one that was asked for, or 16.
inline unsigned fixed_concurrency(const Globals& globals) {
  return globals.concurrency > 0 ? globals.concurrency : 16;
}

/// What `arguments` leave open is as in `inherited`. Errors: invalid_argument with the flag and its value.
Result<Globals> read_globals(const Arguments& arguments, const Globals& inherited = {});
/// How to reach the endpoint that the flags name; whatever they leave open is resolved by the library. No log.
ConnectOptions connect_options(const Globals& globals);

}  // namespace objectstore::cli
