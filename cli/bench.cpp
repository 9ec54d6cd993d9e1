// objstore bench: throughput and latency of puts, gets, listings, or a mix of them.
#include "bench.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "addresses.h"
#include "arguments.h"
#include "command_list.h"
#include "json_line.h"
#include "session.h"
#include "spool.h"
#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::uint64_t kMostObjects = 10'000'000;
constexpr unsigned kMostThreads = 64;  // beyond, an engine is lighter

constexpr std::array kFlags = {
    Flag{.name = "duration", .value = "DURATION", .help = "begin operations for so long (default 10s)"},
    Flag{.name = "count", .value = "N", .help = "measure N operations, and end (also before --duration is over, where both are given)"},
    Flag{.name = "warmup", .value = "DURATION", .help = "operations for so long beforehand, which do not count (default: none)"},
    Flag{.name = "seed", .value = "N", .help = "what random choices are made from: the same seed, the same choices (default 1)"},
    Flag{.name = "engine",
         .value = "HOW",
         .help = "threads: one for each operation under way; async: a few threads for all; auto (default): async for servers, above 64",
         .choices = "auto|threads|async"},
    Flag{.name = "keep", .help = "leave its objects there, and name their place"},
    Flag{.name = "html", .value = "FILE", .help = "also write the figures, with charts, as a page for a browser"},
};
constexpr std::array kSizeFlag = {
    Flag{.name = "size",
         .value = "SIZES",
         .help = "of the objects: 4KiB, or between two (1KiB-1MiB, evenly over the powers of two), or by weights (1KiB:90,1MiB:10); "
                 "default 64KiB"},
};
constexpr std::array kObjectsFlag = {
    Flag{.name = "objects", .value = "N", .help = "objects that are stored beforehand, to be read (default 100; to be listed, 1000)"},
};
constexpr std::array kShareFlags = {
    Flag{.name = "get-share",
         .value = "N",
         .help = "gets, in proportion to the others (default 60; given one of the five, the others are 0)"},
    Flag{.name = "put-share", .value = "N", .help = "puts (default 15)"},
    Flag{.name = "stat-share", .value = "N", .help = "HEAD requests (default 15)"},
    Flag{.name = "list-share", .value = "N", .help = "listings, a page each (default 5)"},
    Flag{.name = "delete-share", .value = "N", .help = "deletions of objects that were put (default 5)"},
};
constexpr auto kPutFlags = join(kSizeFlag, kFlags);
constexpr auto kGetFlags = join(join(kSizeFlag, kObjectsFlag), kFlags);
constexpr auto kListFlags = join(kObjectsFlag, kFlags);
constexpr auto kMixedFlags = join(join(kShareFlags, join(kSizeFlag, kObjectsFlag)), kFlags);

using Shares = std::array<std::uint64_t, kBenchVerbs.size()>;  // put, get, stat, list, delete

Result<std::uint64_t> read_number(const Arguments& arguments, std::string_view flag, std::uint64_t otherwise, std::uint64_t least,
                                  std::uint64_t most) {
  const auto text = arguments.value(flag);
  if (!text) return otherwise;
  Result<std::uint64_t> number = parse_count("--" + std::string(flag), *text);
  if (!number || *number < least || *number > most) {
    return bad_value("--" + std::string(flag), *text, "a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

/// What a mix is made of. Errors: invalid_argument (a share, all of them 0).
Result<Shares> read_shares(const Arguments& arguments) {
  Shares shares{};
  bool given = false;
  for (std::size_t verb = 0; verb < kBenchVerbs.size(); ++verb) {
    const std::string flag = std::string(kBenchVerbs[verb]) + "-share";
    const Result<std::uint64_t> share = read_number(arguments, flag, 0, 0, 1'000'000);
    if (!share) return share.error();
    shares[verb] = *share;
    given = given || arguments.has(flag);
  }
  if (!given) return Shares{15, 60, 15, 5, 5};
  if (shares == Shares{}) return usage_error("the shares are all 0: nothing is to be done");
  return shares;
}

Status read_times(const Arguments& arguments, BenchOptions& options) {
  constexpr std::chrono::milliseconds kUnbounded = std::chrono::days(100 * 366);
  const Result<std::uint64_t> count = read_number(arguments, "count", 0, 1, UINT64_MAX / 2);
  if (!count) return count.error();
  options.count = *count;
  options.duration = *count > 0 ? kUnbounded : std::chrono::seconds(10);
  if (const auto text = arguments.value("duration")) {
    const Result<std::chrono::milliseconds> duration = parse_duration("--duration", *text);
    if (!duration) return duration.error();
    if (duration->count() == 0) return bad_value("--duration", *text, "longer than nothing");
    options.duration = *duration;
  }
  if (const auto text = arguments.value("warmup")) {
    const Result<std::chrono::milliseconds> warmup = parse_duration("--warmup", *text);
    if (!warmup) return warmup.error();
    options.warmup = *warmup;
  }
  return {};
}

/// A place that nobody else uses.
std::string own_prefix(std::string key) {
  if (!key.empty() && !key.ends_with('/')) key += '/';
  std::array<char, 32> id{};
  (void)std::snprintf(id.data(), id.size(), "%016llx", static_cast<unsigned long long>(system_random()->next()));
  return key + "objstore-bench-" + id.data() + "/";
}

Result<BenchOptions> read_options(Session& session, const Arguments& arguments, std::string_view name, const Shares& shares) {
  const Result<S3Uri> uri = parse_remote(arguments.operands().front());
  if (!uri) return uri.error();
  BenchOptions options;
  options.name = name;
  options.bucket = uri->bucket;
  options.prefix = own_prefix(uri->key);
  options.shares = shares;
  const bool only_lists = name == "list";
  Result<SizeMix> sizes = SizeMix::parse("--size", only_lists ? "1" : arguments.value("size").value_or("64KiB"));
  if (!sizes) return sizes.error();
  options.sizes = std::move(*sizes);
  const Result<std::uint64_t> objects = read_number(arguments, "objects", only_lists ? 1000 : 100, 1, kMostObjects);
  if (!objects) return objects.error();
  const auto share = [&](BenchVerb verb) { return shares[static_cast<std::size_t>(verb)]; };
  if (share(BenchVerb::get) + share(BenchVerb::stat) + share(BenchVerb::list) > 0) options.objects = *objects;
  if (Status times = read_times(arguments, options); !times) return times.error();
  const Result<std::uint64_t> seed = read_number(arguments, "seed", 1, 0, UINT64_MAX);
  if (!seed) return seed.error();
  options.seed = *seed;
  options.concurrency = fixed_concurrency(session.globals());
  options.keep = arguments.has("keep");
  options.cancel = *session.call().cancel;
  return options;
}

/// Replaces FILE by the page, whole or not at all.
Status write_page(const std::string& path, std::string_view page) {
  Sink sink = Sink::file(path);
  Status done = sink.target().begin(page.size());
  if (done) done = sink.target().write(std::as_bytes(std::span(page)));
  if (done) done = sink.target().finish();
  if (!done) sink.target().discard();
  return done;
}

void report_failures(Output& out, const BenchResult& result) {
  out.succeeded(result.all.latency.count());
  for (const auto& [kind, failures] : result.failures) {
    out.fail(failures.first, "");  // one stands for all of its kind
    FailureCount others;
    for (std::uint64_t i = 1; i < failures.count; ++i) others.add(kind);
    out.add_failures(others);
  }
}

Status bench(Session& session, const Arguments& arguments, std::string_view name, const Shares& shares) {
  Result<BenchOptions> options = read_options(session, arguments, name, shares);
  if (!options) return options.error();
  const auto page = arguments.value("html");
  if (page) {  // rather now than when all is measured
    if (page->empty()) return bad_value("--html", *page, "a file");
    const std::filesystem::path folder = std::filesystem::path(*page).parent_path();
    struct stat status {};
    if (stat(folder.empty() ? "." : folder.c_str(), &status) != 0) return system_error(folder.string(), errno);
    if (stat(page->c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return bad_value("--html", *page, "a file, not a folder");
  }
  const Result<Client> client = session.client();
  if (!client) return client.error();
  const Place place = place_of(*client);
  if (place == Place::memory) {  // nothing can be there before
    const Status made = client->create_bucket(options->bucket, {.call = session.call()});
    if (!made && made.error().kind != ErrorKind::already_exists) return made.error();
  }
  const std::string engine = arguments.value("engine").value_or("auto");
  options->asynchronous = engine == "async" || (engine == "auto" && place == Place::server && options->concurrency > kMostThreads);

  Output& out = session.out();
  std::string endpoint = client->describe();
  endpoint.resize(std::min(endpoint.find(", credentials "), endpoint.size()));  // of no interest to who reads the figures
  const std::string at = to_uri(options->bucket, options->prefix);
  const Result<BenchResult> result = run_bench(client->bucket(options->bucket), *options);
  if (!result) {
    out.fail(result.error(), at);
    return {};
  }
  (void)out.line(out.json() ? bench_json(*options, *result, endpoint) : bench_text(*options, *result));
  report_failures(out, *result);
  if (result->left_behind) out.fail(*result->left_behind, at);
  if (options->keep) {
    JsonLine json;
    json.open("report").member("bucket", options->bucket).member("prefix", options->prefix).close();
    out.report("its objects are left beneath " + shown(at), json.text());
  }
  return page ? write_page(*page, bench_page(*options, *result, endpoint)) : Status();
}

Status put(Session& session, const Arguments& arguments) {
  return bench(session, arguments, "put", {1, 0, 0, 0, 0});
}
Status get(Session& session, const Arguments& arguments) {
  return bench(session, arguments, "get", {0, 1, 0, 0, 0});
}
Status list(Session& session, const Arguments& arguments) {
  return bench(session, arguments, "list", {0, 0, 0, 1, 0});
}
Status mixed(Session& session, const Arguments& arguments) {
  const Result<Shares> shares = read_shares(arguments);
  if (!shares) return shares.error();
  return bench(session, arguments, "mixed", *shares);
}

}  // namespace

const Command kBenchPut = {
    .name = "bench put",
    .operands = "s3://BUCKET[/PREFIX]",
    .summary = "Measure uploads",
    .details =
        "Stores objects beneath a prefix of its own behind PREFIX, and removes them at the end. --concurrency operations (default 16) are "
        "under way at a time, each begun when the one before it has ended: a server that stands still is measured by few slow operations, "
        "not by those that would have come.\n"
        "Told are operations and megabytes (1,000,000 bytes) a second, latencies (from histograms, at most 0.8 % too high), failures by "
        "kind, CPU time for each operation and the peak memory of this process. An operation counts when it began in time; one that fails "
        "has had its retries. The exit code is that of the failures. With --endpoint memory: the bucket is made.",
    .example =
        "objstore bench put --size 1KiB-1MiB --concurrency 32 --duration 30s --html put.html s3://scratch\n"
        "objstore --endpoint memory: bench put --size 4KiB --count 100000 s3://scratch",
    .flags = kPutFlags,
    .min_operands = 1,
    .max_operands = 1,
    .run = put,
    .in_run = false,
};

const Command kBenchGet = {
    .name = "bench get",
    .operands = "s3://BUCKET[/PREFIX]",
    .summary = "Measure downloads",
    .details =
        "Stores --objects objects beneath a prefix of its own, reads them in random order, whole, and removes them at the end. Told is "
        "what bench put tells, and the time until the first byte of an object is there.",
    .example = "objstore bench get --size 1KiB:90,1MiB:10 --objects 500 --concurrency 256 --warmup 2s s3://scratch/bench",
    .flags = kGetFlags,
    .min_operands = 1,
    .max_operands = 1,
    .run = get,
    .in_run = false,
};

const Command kBenchList = {
    .name = "bench list",
    .operands = "s3://BUCKET[/PREFIX]",
    .summary = "Measure listings",
    .details =
        "Stores --objects objects of one byte beneath a prefix of its own, lists them again and again, and removes them at the end. An "
        "operation is one page of up to 1,000 keys. Told is what bench put tells.",
    .example = "objstore bench list --objects 5000 --count 1000 s3://scratch",
    .flags = kListFlags,
    .min_operands = 1,
    .max_operands = 1,
    .run = list,
    .in_run = false,
};

const Command kBenchMixed = {
    .name = "bench mixed",
    .operands = "s3://BUCKET[/PREFIX]",
    .summary = "Measure a mix of operations",
    .details =
        "Gets, HEAD requests and listings of objects that are stored beforehand, puts of new ones, and deletions of those, in random order "
        "and as often as the shares say. Told is what bench put tells, of each and of all.",
    .example = "objstore bench mixed --json --get-share 80 --put-share 20 --size 16KiB --duration 1m s3://scratch",
    .flags = kMixedFlags,
    .min_operands = 1,
    .max_operands = 1,
    .run = mixed,
    .in_run = false,
};

}  // namespace objectstore::cli
