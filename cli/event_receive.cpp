// objstore event receive: stores payloads under keys that hold their metadata, and emits their pointers.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "addresses.h"
#include "command_list.h"
#include "emitters.h"
#include "event_fields.h"
#include "line_reader.h"
#include "objectstore/events.h"
#include "spool.h"
#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kFlags = {
    Flag{.name = "template", .value = "TEMPLATE", .help = "layout of the keys, e.g. '{company}/{entity}/{event}/{timestamp}.json'"},
    Flag{.name = "field",
         .value = "NAME=VALUE",
         .help = "a field of the template; may be repeated (a missing timestamp is now)",
         .repeatable = true},
    Flag{.name = "field-from",
         .value = "NAME=POINTER",
         .help = "a field taken out of the JSON payload by JSON Pointer, e.g. event=/type; may be repeated",
         .repeatable = true},
    Flag{.name = "id",
         .value = "ID",
         .help = "the payload's own id: received again with the same fields and timestamp it is not stored twice"},
    Flag{.name = "id-from", .value = "POINTER", .help = "the id taken out of the payload, e.g. /event_id"},
    Flag{.name = "ndjson", .help = "every line of FILE is a payload of its own"},
    Flag{.name = "content-type", .value = "TYPE", .help = "media type of the payloads (default: application/json)"},
    kEmitFlag,
};

/// One run over one bucket.
class Receiver {
 public:
  Receiver(Session& session, PointerStore& store, std::string bucket, std::string layout, std::string content_type, bool print)
      : session_(session),
        store_(store),
        bucket_(std::move(bucket)),
        layout_(std::move(layout)),
        content_type_(std::move(content_type)),
        print_(print) {}

  Status receive(const EventFields& event, Body payload) {
    Result<Received> received =
        store_.receive(event.fields, std::move(payload), {.id = event.id, .content_type = content_type_, .call = session_.call()});
    if (!received) return received.error();
    session_.out().succeeded();
    if (!received->emitted && ++pending_ == 1) why_ = received->emit_error;
    if (received->duplicate) session_.out().note(shown(to_uri(bucket_, received->pointer.object.key)) + " was stored before");
    if (print_) (void)(session_.out().line(to_json(received->pointer)) && session_.out().flush());
    return {};
  }

  /// Everything is stored; but some pointers may not be out.
  void tell_pending() {
    if (pending_ == 0) return;
    std::string text =
        pending_ == 1 ? "stored, but 1 pointer is pending" : "stored, but " + std::to_string(pending_) + " pointers are pending";
    if (why_) text += " (" + why_->message + ")";
    session_.out().warn(text + "; emit what is pending with: objstore event relay --once --template '" + layout_ + "' --emit URL " +
                        to_uri(bucket_, ""));
  }

 private:
  Session& session_;
  PointerStore& store_;
  std::string bucket_;
  std::string layout_;
  std::string content_type_;
  bool print_;
  std::uint64_t pending_ = 0;
  std::optional<Error> why_;
};

/// No further line would fare better.
bool ends_the_run(ErrorKind kind) {
  return kind == ErrorKind::not_found || kind == ErrorKind::permission_denied || kind == ErrorKind::unauthenticated ||
         kind == ErrorKind::cancelled;
}

Status receive_lines(Session& session, Receiver& receiver, const FieldRules& rules, LineReader& lines) {
  while (!session.stopped() && !lines.ended()) {
    const Result<std::optional<std::string_view>> line = lines.next();
    Status done;
    if (!line) {
      done = line.error();
    } else if (*line && line->value().find_first_not_of(" \t") != std::string_view::npos) {
      const Result<EventFields> event = rules.apply(**line);
      done = event ? receiver.receive(*event, Body::view(**line)) : Status(event.error());
    }
    if (!done) {
      session.out().fail(annotate(done.error(), "line " + std::to_string(lines.number())), "");
      if (ends_the_run(done.error().kind)) break;
    }
  }
  if (session.stopped()) session.out().note("stopped behind line " + std::to_string(lines.number()));
  return {};
}

Result<std::string> read_whole(int descriptor, std::string_view name) {
  Result<Body> body = spool(descriptor, name);
  if (!body) return body.error();
  const Result<std::optional<std::uint64_t>> size = body->source().size();
  if (!size) return size.error();
  if (size->value_or(0) > kLongestLine) return usage_error("'" + std::string(name) + "': over 64 MiB is too much to take fields from");
  std::string text(size->value_or(0), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const Result<std::size_t> count = body->source().read(std::as_writable_bytes(std::span(text)).subspan(filled));
    if (!count) return count.error();
    if (*count == 0) break;
    filled += *count;
  }
  text.resize(filled);
  return text;
}

Status receive_one(Receiver& receiver, const FieldRules& rules, int descriptor, const std::string& name) {
  if (rules.reads_payload()) {
    Result<std::string> text = read_whole(descriptor, name);
    if (!text) return text.error();
    const Result<EventFields> event = rules.apply(*text);
    if (!event) return annotate(event.error(), name);
    return receiver.receive(*event, Body::text(std::move(*text)));
  }
  const Result<EventFields> event = rules.apply({});
  if (!event) return event.error();
  Result<Body> body = spool(descriptor, name);
  if (!body) return body.error();
  return receiver.receive(*event, std::move(*body));
}

Status run(Session& session, const Arguments& arguments) {
  const Result<std::string> name = parse_bucket(arguments.operands()[0]);
  if (!name) return name.error();
  const Result<Address> source = parse_address(arguments.operands()[1]);
  if (!source) return source.error();
  if (source->is_remote()) return usage_error("'" + arguments.operands()[1] + "' is not a local file");
  Result<std::optional<KeyTemplate>> layout = read_template(arguments);
  if (!layout) return layout.error();
  if (!*layout) return usage_error("--template is missing: the layout of the keys");
  const Result<FieldRules> rules = FieldRules::read(arguments);
  if (!rules) return rules.error();
  const bool lines = arguments.has("ndjson");
  if (lines && arguments.has("id")) return usage_error("--id names one payload; with --ndjson use --id-from");
  if (!arguments.has("emit")) return usage_error("--emit is missing: where the pointers go (stdout:, file:PATH, https://...)");

  const bool standard_input = source->kind == Address::Kind::stream;
  const Descriptor opened(standard_input ? -1 : open(source->path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!standard_input && opened.get() < 0) return system_error(source->path, errno);
  const Result<int> descriptor = standard_input ? session.standard_input() : Result<int>(opened.get());
  if (!descriptor) return descriptor.error();
  const std::string source_name = standard_input ? "standard input" : source->path;

  const Result<Emitters> emitters = open_emitters(session, arguments);
  if (!emitters) return emitters.error();
  Result<std::shared_ptr<Bucket>> bucket = session.bucket(*name);
  if (!bucket) return bucket.error();
  PointerStore store(*bucket, *layout, emitters->emitter);
  // A pointer is printed once: by its emitter where that is standard output.
  Receiver receiver(session, store, *name, arguments.value_or_empty("template"),
                    arguments.value("content-type").value_or("application/json"), !emitters->to_stdout);
  Status done;
  if (lines) {
    LineReader reader(*descriptor, source_name);
    done = receive_lines(session, receiver, *rules, reader);
  } else {
    done = receive_one(receiver, *rules, *descriptor, source_name);
  }
  const Status flushed = emitters->emitter->flush();
  if (!flushed && session.out().usable()) session.out().warn("--emit: " + flushed.error().message);
  receiver.tell_pending();
  return done;
}

}  // namespace

const Command kEventReceive = {
    .name = "event receive",
    .operands = "s3://BUCKET FILE|-",
    .summary = "Store payloads and emit their pointers",
    .details =
        "The payload is stored under the key that the template makes of its fields, then a small pointer to it is emitted, and printed as "
        "one JSON "
        "line. Nothing is overwritten: a key that is taken gets a tie-breaking form. When an emitter fails, the payload is stored all the "
        "same "
        "(exit code 0, a warning): `objstore event relay` emits the pointer later. With --ndjson every line is stored just as it is; a bad "
        "line is reported with its number and the others go on. JSON Pointers are those of RFC 6901: /order/id is the member id of the "
        "member order.",
    .example =
        "objstore event receive --template '{company}/{entity}/{event}/{timestamp}.json' \\\n"
        "  --field company=acme --field entity=order --field-from event=/type \\\n"
        "  --ndjson --emit https://queue.example/pointers s3://events events.ndjson",
    .flags = kFlags,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};

}  // namespace objectstore::cli
