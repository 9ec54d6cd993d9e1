// The factories of the built-in emitters.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "io/file_descriptor.h"
#include "objectstore/emitter.h"

namespace objectstore::emit {

/// Lines into a descriptor that may be a pipe or a terminal; it stays open. `name` stands in errors.
std::shared_ptr<Emitter> make_descriptor_emitter(int fd, std::string name);
/// Errors: not_found (the folder), permission_denied, invalid_argument (a folder, FIFO or socket).
Result<std::shared_ptr<Emitter>> make_file_emitter(const std::filesystem::path& path, const EmitterOptions& options);
/// Errors: invalid_argument; no message holds more of `url` than its scheme and host.
Result<std::shared_ptr<Emitter>> make_webhook_emitter(std::string_view url, const EmitterOptions& options);

/// The message as one NDJSON line. Errors: invalid_argument (a line break in the body).
Result<std::string> to_line(const Message& message);

}  // namespace objectstore::emit
