// objstore event relay: emits pointers that are still pending.
#include <array>

#include "addresses.h"
#include "command_list.h"
#include "emitters.h"
#include "event_fields.h"
#include "json_line.h"
#include "objectstore/events.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kFlags = {
    Flag{.name = "once", .help = "go through what is pending once, and end (required)"},
    Flag{.name = "template", .value = "TEMPLATE", .help = "layout of the keys: only needed for payloads that do not name theirs"},
    kEmitFlag,
};

Status run(Session& session, const Arguments& arguments) {
  const Result<std::string> name = parse_bucket(arguments.operands().front());
  if (!name) return name.error();
  if (!arguments.has("once")) return usage_error("--once is missing: the relay goes through what is pending once, and ends");
  if (!arguments.has("emit")) return usage_error("--emit is missing: where the pointers go (stdout:, file:PATH, https://...)");
  Result<std::optional<KeyTemplate>> layout = read_template(arguments);
  if (!layout) return layout.error();
  const Result<Emitters> emitters = open_emitters(session, arguments);
  if (!emitters) return emitters.error();
  Result<std::shared_ptr<Bucket>> bucket = session.bucket(*name);
  if (!bucket) return bucket.error();
  PointerStore store(*bucket, *std::move(layout), emitters->emitter);
  const Result<RelayReport> done = store.relay_once(session.call());
  if (!done) {
    session.out().fail(done.error(), to_uri(*name, ""));
    return {};
  }
  JsonLine json;
  json.open("report").member("emitted", done->emitted).member("dropped", done->dropped).member("waiting", done->waiting);
  json.member("failed", done->failed).member("malformed", done->malformed).close();
  std::string text = "event relay: emitted " + std::to_string(done->emitted);
  if (done->dropped > 0) text += ", dropped " + std::to_string(done->dropped) + " without a payload";
  if (done->waiting > 0) text += ", " + std::to_string(done->waiting) + " wait for their payload";
  if (done->failed > 0) text += ", " + std::to_string(done->failed) + " still pending";
  if (done->malformed > 0) text += ", " + std::to_string(done->malformed) + " in the outbox are no intents";
  session.out().report(text, json.text());
  if (done->failed == 0 && done->first_error) session.out().fail(*done->first_error, to_uri(*name, ""));
  if (done->failed > 0) {
    Error error;
    error.kind = ErrorKind::unavailable;
    error.message = "the emitter refused";
    if (done->first_error) error = *done->first_error;
    session.out().fail(annotate(std::move(error), std::to_string(done->failed) + " still pending"), to_uri(*name, ""));
  }
  return {};
}

}  // namespace

const Command kEventRelay = {
    .name = "event relay",
    .operands = "--once s3://BUCKET",
    .summary = "Emit pointers that are still pending",
    .details =
        "Emits the pointers that `objstore event receive` could not emit, each at least once, and forgets them when the emitter has taken "
        "them. What "
        "is still refused stays pending (exit code not 0). Run it from a timer.",
    .example =
        "objstore event relay --once --template '{company}/{entity}/{event}/{timestamp}.json' \\\n"
        "  --emit https://queue.example/pointers s3://events",
    .flags = kFlags,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};

}  // namespace objectstore::cli
