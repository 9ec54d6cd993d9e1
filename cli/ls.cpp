// objstore ls: buckets, or the keys behind a prefix.
#include <array>
#include <cstdio>

#include "addresses.h"
#include "arguments.h"
#include "command_list.h"
#include "json_line.h"
#include "object_line.h"
#include "object_walk.h"
#include "session.h"
#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kFlags = {
    Flag{.name = "recursive", .letter = 'r', .help = "all keys behind the prefix, not only those up to the next '/'"},
    Flag{.name = "limit", .value = "N", .help = "stop after N entries"},
    Flag{.name = "start-after", .value = "KEY", .help = "only keys behind this one"},
    Flag{.name = "summarize", .help = "end with the number of objects and bytes"},
    Flag{.name = "human-readable", .letter = 'H', .help = "sizes like 1.2 MiB"},
    Flag{.name = "null", .letter = '0', .help = "only the addresses, exact, each ended by a NUL byte (for xargs -0)"},
};

struct Settings {
  bool recursive = false;
  bool summarize = false;
  bool human = false;
  bool null = false;
  std::uint64_t limit = 0;  ///< 0 = none
  std::string start_after;
};

struct Totals {
  std::uint64_t objects = 0;
  std::uint64_t prefixes = 0;
  std::uint64_t bytes = 0;
};

std::string columns(std::string_view time, std::string_view size, std::string_view name) {
  std::array<char, 64> head{};
  (void)std::snprintf(head.data(), head.size(), "%-19.*s %12.*s ", static_cast<int>(time.size()), time.data(),
                      static_cast<int>(size.size()), size.data());
  return head.data() + std::string(name);
}

bool print(Output& out, const ListEntry& entry, const Settings& settings) {
  const ObjectInfo& object = entry.object;
  if (settings.null) return out.record(to_uri(object.bucket, object.key), '\0');
  if (out.json()) return out.line(entry.is_prefix ? prefix_json(object.bucket, object.key) : object_json(object));
  if (entry.is_prefix) {
    const std::string name = shown(object.key);
    return out.line(columns("", "PRE", out.color_on_stdout() ? "\x1b[1;34m" + name + "\x1b[0m" : name));
  }
  const std::string size = settings.human ? human_size(object.size) : std::to_string(object.size);
  return out.line(columns(plain_time(object.last_modified), size, shown(object.key)));
}

Status list_keys(Session& session, const S3Uri& uri, const Settings& settings, Totals& totals) {
  Result<std::shared_ptr<Bucket>> bucket = session.bucket(uri.bucket);
  if (!bucket) return bucket.error();
  ListOptions options{
      .prefix = uri.key, .delimiter = settings.recursive ? "" : "/", .start_after = settings.start_after, .call = session.call()};
  const auto take = [&](const ListEntry& entry) {
    if (!print(session.out(), entry, settings)) return false;
    (entry.is_prefix ? totals.prefixes : totals.objects) += 1;
    totals.bytes += entry.object.size;
    return true;
  };
  if (settings.recursive && settings.limit == 0) {
    return walk_objects(session, **bucket, std::move(options), false,
                        [&](ObjectInfo& object) { return take({.object = std::move(object)}); });
  }
  if (settings.limit > 0 && settings.limit < options.page_size) options.page_size = static_cast<std::uint32_t>(settings.limit);
  std::uint64_t count = 0;
  ObjectRange range = list_objects(**bucket, std::move(options));
  for (const Result<ListEntry>& entry : range) {
    if (!entry) return entry.error();
    if (session.stopped() || !take(*entry)) return {};
    if (++count == settings.limit) break;  // before the range asks for a page that nobody needs
  }
  return {};
}

Status list_buckets(Session& session, const Settings& settings) {
  const Result<Client> client = session.client();
  if (!client) return client.error();
  const Result<std::vector<BucketInfo>> buckets = client->list_buckets(session.call());
  if (!buckets) return buckets.error();
  Output& out = session.out();
  std::uint64_t count = 0;
  for (const BucketInfo& bucket : *buckets) {
    const bool more = settings.null ? out.record(to_uri(bucket.name, ""), '\0')
                                    : out.line(out.json() ? bucket_json(bucket) : plain_time(bucket.created) + " " + shown(bucket.name));
    if (!more || ++count == settings.limit) break;
  }
  return {};
}

void print_totals(Output& out, const Totals& totals, bool human) {
  if (out.json()) {
    JsonLine json;
    json.member("objects", totals.objects).member("prefixes", totals.prefixes).member("bytes", totals.bytes);
    (void)out.line(json.text());
    return;
  }
  const std::string bytes = human ? human_size(totals.bytes) : std::to_string(totals.bytes);
  (void)out.line("objects: " + std::to_string(totals.objects) + ", prefixes: " + std::to_string(totals.prefixes) + ", bytes: " + bytes);
}

Status run(Session& session, const Arguments& arguments) {
  Settings settings{.recursive = arguments.has("recursive"),
                    .summarize = arguments.has("summarize"),
                    .human = arguments.has("human-readable"),
                    .null = arguments.has("null"),
                    .start_after = arguments.value_or_empty("start-after")};
  if (settings.null && (settings.summarize || session.out().json())) return usage_error("--null goes with neither --summarize nor --json");
  if (const auto text = arguments.value("limit")) {
    const Result<std::uint64_t> limit = parse_count("--limit", *text);
    if (!limit || *limit == 0) return bad_value("--limit", *text, "a number above 0");
    settings.limit = *limit;
  }
  std::vector<S3Uri> places;
  for (const std::string& operand : arguments.operands()) {
    Result<S3Uri> uri = parse_remote(operand);
    if (!uri) return uri.error();
    places.push_back(std::move(*uri));
  }
  if (places.empty()) return list_buckets(session, settings);
  Totals totals;
  for (const S3Uri& uri : places) {
    if (session.stopped()) return {};
    const Status listed = list_keys(session, uri, settings, totals);
    if (!listed) session.out().fail(listed.error(), to_uri(uri));
  }
  if (settings.summarize && !session.stopped()) print_totals(session.out(), totals, settings.human);
  return {};
}

}  // namespace

const Command kLs = {
    .name = "ls",
    .operands = "[s3://BUCKET[/PREFIX]]...",
    .summary = "List buckets or keys",
    .details =
        "Without an address: the buckets. With one: the keys that begin with PREFIX, up to the next '/' (what lies behind it is shown "
        "once, as "
        "PRE), in the order of their bytes. Times are UTC. Names that hold control characters are shown in double quotes with C escapes; "
        "--json and --null give them exactly.",
    .example =
        "objstore ls s3://logs/2026/\n"
        "objstore ls -r -0 s3://logs/2026/ | xargs -0 objstore rm --",
    .flags = kFlags,
    .run = run,
};

}  // namespace objectstore::cli
