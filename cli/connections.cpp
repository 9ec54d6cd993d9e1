// The connections of a process.
#include "connections.h"

#include <algorithm>
#include <tuple>

#include "output.h"

namespace objectstore::cli {
namespace {

constexpr std::size_t kMostClients = 64;

/// What tells one client from another.
auto identity(const Globals& globals) {
  return std::tie(globals.endpoint, globals.region, globals.profile, globals.sign, globals.addressing, globals.payload_signing,
                  globals.ca_bundle, globals.verify_tls, globals.max_attempts, globals.timeout, globals.bytes_per_second, globals.verbose,
                  globals.debug);
}

}  // namespace

Connections::Connections(const Globals& globals) : globals_(globals), transfers_(transfer_options(globals)) {}

Result<Client> Connections::client(const Globals& globals) {
  const std::lock_guard lock(mutex_);
  const auto known =
      std::find_if(clients_.begin(), clients_.end(), [&](const auto& one) { return identity(one.first) == identity(globals); });
  if (known != clients_.end()) {
    clients_.splice(clients_.begin(), clients_, known);
    return clients_.front().second;
  }
  ConnectOptions options = connect_options(globals);
  const bool talks = globals.verbose || globals.debug;
  if (talks) {
    const LogLevel level = globals.debug ? LogLevel::debug : LogLevel::verbose;
    options.log = [level](LogLevel of_line, std::string_view text) {
      if (of_line <= level) write_log(text);
    };
  }
  Result<Client> connected = connect(options);
  if (!connected) return connected;
  if (talks) write_log(connected->describe());
  clients_.emplace_front(globals, *connected);
  if (clients_.size() > kMostClients) {
    // What lies in memory would go with its client.
    const auto oldest =
        std::find_if(clients_.rbegin(), clients_.rend(), [](const auto& one) { return place_of(one.second) != Place::memory; });
    if (oldest != clients_.rend()) clients_.erase(std::prev(oldest.base()));
  }
  return connected;
}

TransferManager* Connections::transfers(const Globals& globals) {
  const bool same = globals.concurrency == globals_.concurrency && globals.part_size == globals_.part_size;
  return same ? &transfers_ : nullptr;
}

Place place_of(const Client& client) {
  const std::string description = client.describe();
  if (description == "memory") return Place::memory;
  return description.starts_with("directory ") ? Place::directory : Place::server;
}

TransferOptions transfer_options(const Globals& globals) {
  TransferOptions options;
  options.concurrency = globals.concurrency;
  options.part_size = globals.part_size;
  return options;
}

}  // namespace objectstore::cli
