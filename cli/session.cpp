// What a running command works with.
#include "session.h"

#include <unistd.h>

#include "values.h"

namespace objectstore::cli {

Result<int> Session::standard_input() const {
  if (in_run_) return usage_error("standard input ('-') cannot be read by a line of a run");
  return STDIN_FILENO;
}

Result<std::shared_ptr<Bucket>> Session::bucket(std::string_view name) {
  const Result<Client> connected = client();
  if (!connected) return connected.error();
  return connected->bucket(name);
}

TransferManager& Session::transfers() {
  if (TransferManager* shared = connections_.transfers(globals_)) return *shared;
  if (!transfers_) transfers_.emplace(transfer_options(globals_));
  return *transfers_;
}

}  // namespace objectstore::cli
