// Buffers what is small, lends what is not.
#include "events/payload.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "io/exact_reader.h"

namespace objectstore::events {
namespace {

/// Hands everything on to a source that outlives it: an upload takes its Body for good, a Payload lends its own.
class LentSource final : public BodySource {
 public:
  explicit LentSource(BodySource& source) : source_(&source) {}
  Result<std::optional<std::uint64_t>> size() override { return source_->size(); }
  Result<std::size_t> read(std::span<std::byte> out) override { return source_->read(out); }
  Status rewind() override { return source_->rewind(); }
  [[nodiscard]] bool rewindable() const override { return source_->rewindable(); }
  [[nodiscard]] std::optional<std::span<const std::byte>> memory() const override { return source_->memory(); }

 private:
  BodySource* source_;
};

}  // namespace

Status Payload::prepare() {
  const auto size = body_.source().size();
  if (!size) return size.error();
  if (body_.source().memory() || body_.source().rewindable() || !*size || **size > kBufferedBytes) return {};
  std::string bytes(static_cast<std::size_t>(**size), '\0');
  io::ExactReader reader(body_.source(), bytes.size());
  std::span<std::byte> rest = std::as_writable_bytes(std::span(bytes));
  while (true) {
    std::byte behind{};  // also an empty payload must say that it is at its end
    const auto count = reader.read(rest.empty() ? std::span(&behind, 1) : rest);
    if (!count) return count.error();
    if (*count == 0) break;
    rest = rest.subspan(std::min(*count, rest.size()));
  }
  body_ = Body::text(std::move(bytes));
  return {};
}

Status Payload::can_repeat() {
  if (body_.source().rewindable()) return {};
  return Error{.kind = ErrorKind::unsupported, .message = "the payload is too large to be kept in memory and can be read only once"};
}

Result<Body> Payload::next() {
  if (used_) {
    if (const Status status = can_repeat(); !status) return status.error();
    if (const Status status = body_.source().rewind(); !status) return status.error();
  }
  used_ = true;
  return Body::from(std::make_unique<LentSource>(body_.source()));
}

}  // namespace objectstore::events
