// objstore event replay: emits the pointers of stored payloads again.
#include <array>

#include "addresses.h"
#include "command_list.h"
#include "emitters.h"
#include "event_fields.h"
#include "json_line.h"
#include "objectstore/events.h"
#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kFlags = {
    kEmitFlag,
    Flag{.name = "template",
         .value = "TEMPLATE",
         .help = "layout of the keys: needed for --where, and for payloads that do not name theirs"},
    Flag{.name = "where",
         .value = "NAME=VALUE",
         .help = "only keys whose field has this value; may be repeated (needs --template)",
         .repeatable = true},
    Flag{.name = "start-after", .value = "KEY", .help = "go on behind this key"},
    Flag{.name = "until", .value = "KEY", .help = "stop before this key"},
    Flag{.name = "limit", .value = "N", .help = "stop after N pointers"},
    Flag{.name = "rate", .value = "N", .help = "at most N pointers a second"},
    Flag{.name = "dry-run", .help = "print the pointers that would be emitted, emit nothing"},
};

/// Takes pointers in a dry run, where no emitter is asked for.
class NoEmitter final : public Emitter {
 public:
  Status emit(const Message& /*message*/) override { return {}; }
  Status flush() override { return {}; }
  [[nodiscard]] std::string describe() const override { return "nothing"; }
};

Result<ReplayOptions> read_options(const Arguments& arguments, const std::optional<KeyTemplate>& layout, const std::string& prefix) {
  ReplayOptions options{.prefix = prefix,
                        .start_after = arguments.value_or_empty("start-after"),
                        .until = arguments.value_or_empty("until"),
                        .dry_run = arguments.has("dry-run")};
  for (const std::string& text : arguments.values("where")) {
    auto pair = parse_pair("--where", text);
    if (!pair) return pair.error();
    if (!options.where.insert(*pair).second) return usage_error("--where: '" + pair->first + "' is given twice");
  }
  if (!options.where.empty() && !layout) return usage_error("--where needs --template: it tells where in the key a field stands");
  if (!options.where.empty()) {
    const Result<std::string> known = layout->prefix(options.where);
    if (!known) return usage_error("--where: " + known.error().message);
  }
  if (const auto text = arguments.value("limit")) {
    const Result<std::uint64_t> limit = parse_count("--limit", *text);
    if (!limit || *limit == 0) return bad_value("--limit", *text, "a number above 0");
    options.limit = *limit;
  }
  if (const auto text = arguments.value("rate")) {
    const Result<double> rate = parse_rate("--rate", *text);
    if (!rate) return rate.error();
    options.per_second = *rate;
  }
  return options;
}

void report(Output& out, const ReplayReport& done, bool dry_run) {
  JsonLine json;
  json.open("report").member("emitted", done.emitted).member("skipped", done.skipped).member_if("lastKey", done.last_key);
  json.member("dryRun", dry_run).close();
  std::string text = "event replay: " + std::string(dry_run ? "would emit " : "emitted ") + std::to_string(done.emitted);
  if (done.skipped > 0) text += ", skipped " + std::to_string(done.skipped);
  if (!done.last_key.empty()) text += ", last key " + shown(done.last_key);
  out.report(text, json.text());
}

Status run(Session& session, const Arguments& arguments) {
  const Result<S3Uri> uri = parse_remote(arguments.operands().front());
  if (!uri) return uri.error();
  Result<std::optional<KeyTemplate>> layout = read_template(arguments);
  if (!layout) return layout.error();
  Result<ReplayOptions> options = read_options(arguments, *layout, uri->key);
  if (!options) return options.error();
  Output& out = session.out();
  const bool dry_run = options->dry_run;
  if (!dry_run && !arguments.has("emit")) return usage_error("--emit is missing: where the pointers go (stdout:, file:PATH, https://...)");
  Result<Emitters> emitters = dry_run ? Result<Emitters>(Emitters{std::make_shared<NoEmitter>()}) : open_emitters(session, arguments);
  if (!emitters) return emitters.error();
  Result<std::shared_ptr<Bucket>> bucket = session.bucket(uri->bucket);
  if (!bucket) return bucket.error();

  ReplayReport seen;  // what replay() itself reports only when it ends well
  options->on_emitted = [&](const Pointer& pointer, std::uint64_t emitted) {
    seen.emitted = emitted;
    seen.last_key = pointer.object.key;
    if (dry_run && !out.line(to_json(pointer))) session.cancel();
  };
  options->call = session.call();
  PointerStore store(*bucket, *layout, emitters->emitter);
  const Result<ReplayReport> done = store.replay(*options);
  if (done) {
    report(out, *done, dry_run);
    return {};
  }
  const bool kept = emitters->emitter->flush().has_value();
  out.fail(done.error(), to_uri(*uri));
  if (kept && !seen.last_key.empty()) {
    JsonLine json;
    json.open("report").member("emitted", seen.emitted).member("lastKey", seen.last_key).close();
    out.report("event replay: emitted " + std::to_string(seen.emitted) + "; go on with --start-after " + shown(seen.last_key), json.text());
  }
  return {};
}

}  // namespace

const Command kEventReplay = {
    .name = "event replay",
    .operands = "s3://BUCKET[/PREFIX]",
    .summary = "Emit the pointers of stored payloads again",
    .details =
        "Walks the keys that begin with PREFIX in order and emits the pointer of each, with the event_id it had before, so that consumers "
        "can drop "
        "what they know. No payload is read. A replay that was broken off says behind which key to go on.",
    .example =
        "objstore event replay --emit https://queue.example/pointers --rate 200 s3://events/acme/order/\n"
        "objstore event replay --dry-run --template '{company}/{entity}/{event}/{timestamp}.json' \\\n"
        "  --where company=acme --where event=OrderPlaced s3://events",
    .flags = kFlags,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};

}  // namespace objectstore::cli
