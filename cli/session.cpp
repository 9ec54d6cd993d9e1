// The connection of a running command.
#include "session.h"

namespace objectstore::cli {

Result<Client> Session::connect_to(const Globals& globals) {
  ConnectOptions options = connect_options(globals);
  const bool talks = globals.verbose || globals.debug;
  if (talks) {
    const LogLevel level = globals.debug ? LogLevel::debug : LogLevel::verbose;
    options.log = [this, level](LogLevel of_line, std::string_view text) {
      if (of_line <= level) output_.log(text);
    };
  }
  Result<Client> connected = connect(std::move(options));
  if (connected && talks) output_.log(connected->describe());
  return connected;
}

Result<Client> Session::client() {
  if (client_) return *client_;
  Result<Client> connected = connect_to(globals_);
  if (connected) client_ = *connected;
  return connected;
}

Result<std::shared_ptr<Bucket>> Session::bucket(std::string_view name) {
  const Result<Client> connected = client();
  if (!connected) return connected.error();
  return connected->bucket(name);
}

TransferManager& Session::transfers() {
  if (!transfers_) {
    TransferOptions options;
    options.concurrency = globals_.concurrency;
    options.part_size = globals_.part_size;
    transfers_.emplace(options);
  }
  return *transfers_;
}

}  // namespace objectstore::cli
