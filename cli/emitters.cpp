// The emitters that --emit names.
#include "emitters.h"

#include <utility>
#include <vector>

#include "values.h"

namespace objectstore::cli {
namespace {

/// Standard output, by way of the program's own buffer and error handling. Used by one thread.
class OutputEmitter final : public Emitter {
 public:
  explicit OutputEmitter(Output& output) : output_(output) {}
  Status emit(const Message& message) override {
    if (!output_.line(message.body) || !output_.flush()) return output_.write_error();
    return {};
  }
  Status flush() override {
    if (!output_.flush()) return output_.write_error();
    return {};
  }
  [[nodiscard]] std::string describe() const override { return "stdout"; }

 private:
  Output& output_;
};

}  // namespace

Result<Emitters> open_emitters(Session& session, const Arguments& arguments) {
  const Globals& globals = session.globals();
  Emitters all;
  std::vector<std::shared_ptr<Emitter>> list;
  for (const std::string& url : arguments.values("emit")) {
    if (url == "stdout:") {
      // What an emitter has taken counts as emitted; but a run writes it only when the whole command is through.
      if (session.in_run()) return usage_error("--emit stdout: is not for a line of a run");
      if (std::exchange(all.to_stdout, true)) return usage_error("--emit stdout: is given twice");
      list.push_back(std::make_shared<OutputEmitter>(session.out()));
      continue;
    }
    EmitterOptions options;
    if (!globals.ca_bundle.empty() || !globals.verify_tls) {
      TransportOptions transport;
      transport.ca_bundle = globals.ca_bundle;
      transport.verify_tls = globals.verify_tls;
      options.transport = make_curl_transport(transport);
    }
    if (globals.timeout.count() > 0) options.timeout = globals.timeout;
    if (globals.max_attempts > 0) options.max_attempts = globals.max_attempts;
    Result<std::shared_ptr<Emitter>> emitter = make_emitter(url, options);
    if (!emitter) return annotate(emitter.error(), "--emit");
    list.push_back(std::move(*emitter));
  }
  if (list.size() == 1) all.emitter = std::move(list.front());
  if (list.size() > 1) all.emitter = fan_out(std::move(list));
  return all;
}

}  // namespace objectstore::cli
