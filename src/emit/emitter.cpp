// Chooses an emitter by its URL, and feeds several at once.
#include "objectstore/emitter.h"

#include <unistd.h>

#include <optional>
#include <utility>

#include "base/encoding.h"
#include "emit/emitters.h"

namespace objectstore {
namespace {

Error invalid(std::string message) {
  return {.kind = ErrorKind::invalid_argument, .message = std::move(message), .operation = "emit"};
}

class FanOut final : public Emitter {
 public:
  explicit FanOut(std::vector<std::shared_ptr<Emitter>> emitters) : emitters_(std::move(emitters)) {}

  Status emit(const Message& message) override {
    return each([&message](Emitter& emitter) { return emitter.emit(message); });
  }
  Status flush() override {
    return each([](Emitter& emitter) { return emitter.flush(); });
  }
  [[nodiscard]] std::string describe() const override {
    std::string text = "all of (";
    for (const auto& emitter : emitters_) text += (text.back() == '(' ? "" : ", ") + emitter->describe();
    return text + ")";
  }

 private:
  template <class Call>
  Status each(Call call) {
    std::optional<Error> first;
    for (const auto& emitter : emitters_) {
      if (Status status = call(*emitter); !status && !first) first = std::move(status).error();
    }
    if (first) return *std::move(first);
    return {};
  }

  const std::vector<std::shared_ptr<Emitter>> emitters_;
};

}  // namespace

Result<std::shared_ptr<Emitter>> make_emitter(std::string_view url, const EmitterOptions& options) {
  constexpr std::string_view kSupported = "supported are stdout:, file:PATH, http://HOST/... and https://HOST/...";
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos) return invalid("an emitter is named by a URL; " + std::string(kSupported));
  const std::string scheme = base::to_lower(url.substr(0, colon));
  const std::string_view rest = url.substr(colon + 1);
  if (scheme == "stdout") {
    if (!rest.empty()) return invalid("the emitter stdout: takes nothing behind the colon");
    return emit::make_descriptor_emitter(STDOUT_FILENO, "stdout");
  }
  if (scheme == "file") {
    if (rest.starts_with("//") && !rest.starts_with("///")) return invalid("file: names a local path, as in file:PATH or file:///PATH");
    return emit::make_file_emitter(std::filesystem::path(rest), options);
  }
  if (scheme == "http" || scheme == "https") return emit::make_webhook_emitter(url, options);
  return invalid("unknown emitter scheme '" + scheme.substr(0, 32) + ":'; " + std::string(kSupported));
}

std::shared_ptr<Emitter> fan_out(std::vector<std::shared_ptr<Emitter>> emitters) {
  if (emitters.size() == 1) return std::move(emitters.front());
  return std::make_shared<FanOut>(std::move(emitters));
}

namespace emit {

Result<std::string> to_line(const Message& message) {
  if (message.body.find_first_of("\r\n") != std::string::npos) return invalid("message " + message.id + " holds a line break");
  return message.body + '\n';
}

}  // namespace emit
}  // namespace objectstore
