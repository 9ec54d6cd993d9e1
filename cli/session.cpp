// The connection of a running command.
#include "session.h"

namespace objectstore::cli {

Result<Client> Session::client() {
  if (client_) return *client_;
  ConnectOptions options = connect_options(globals_);
  if (globals_.verbose || globals_.debug) {
    const LogLevel level = globals_.debug ? LogLevel::debug : LogLevel::verbose;
    options.log = [this, level](LogLevel of_line, std::string_view text) {
      if (of_line <= level) output_.log(text);
    };
  }
  Result<Client> connected = connect(std::move(options));
  if (!connected) return connected.error();
  client_ = *connected;
  if (globals_.verbose || globals_.debug) output_.log(client_->describe());
  return *client_;
}

Result<std::shared_ptr<Bucket>> Session::bucket(std::string_view name) {
  const Result<Client> connected = client();
  if (!connected) return connected.error();
  return connected->bucket(name);
}

}  // namespace objectstore::cli
