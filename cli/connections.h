// The connections of a process: commands that run beside each other share one client for each endpoint and way to reach it.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

#include "globals.h"
#include "objectstore/client.h"
#include "objectstore/transfer.h"

namespace objectstore::cli {

/// Thread-safety: every member may be called concurrently.
class Connections {
 public:
  /// `globals` are those of the command line.
  explicit Connections(const Globals& globals);

  /// The client that `globals` describe, connected at the first use. The 64 used last are kept, and all of `memory:`. Errors: those of `connect`.
  Result<Client> client(const Globals& globals);
  /// For objects of any size, with one bound on requests and memory for all who use it. Null: `globals` ask for bounds of their own.
  TransferManager* transfers(const Globals& globals);

 private:
  const Globals globals_;
  std::mutex mutex_;
  std::list<std::pair<Globals, Client>> clients_;  ///< guarded by mutex_; the one used last is in front
  TransferManager transfers_;
};

/// What is at the other end.
enum class Place : std::uint8_t { memory, directory, server };
Place place_of(const Client& client);

/// The bounds that `globals` set.
TransferOptions transfer_options(const Globals& globals);

}  // namespace objectstore::cli
