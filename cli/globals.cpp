// The flags that every command takes.
#include "globals.h"

#include <array>

#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kGlobalFlags = {
    Flag{.name = "endpoint",
         .value = "URL",
         .help = "https://HOST, http://HOST:PORT, file:DIR or memory: (default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, S3_ENDPOINT, the "
                 "profile's, AWS)"},
    Flag{.name = "region",
         .value = "REGION",
         .help = "region to sign for (default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, us-east-1)"},
    Flag{.name = "profile", .value = "NAME", .help = "profile of ~/.aws/config and ~/.aws/credentials"},
    Flag{.name = "no-sign-request", .help = "send requests unsigned, for public buckets"},
    Flag{.name = "addressing",
         .value = "STYLE",
         .help = "where the bucket's name goes: auto, path (https://host/bucket) or virtual (https://bucket.host)",
         .choices = "auto|path|virtual"},
    Flag{.name = "payload-signing",
         .value = "MODE",
         .help = "what signs the bytes of uploads: auto (their SHA-256, which the server keeps), streaming (64 KiB at a time, as they are "
                 "sent), trailer (their SHA-256 behind them, where the server knows that) or unsigned (TLS alone)",
         .choices = "auto|streaming|trailer|unsigned"},
    Flag{.name = "ca-bundle", .value = "FILE", .help = "PEM file with the certificate authorities to trust"},
    Flag{.name = "insecure", .help = "do not verify TLS certificates (warns each time)"},
    Flag{.name = "concurrency",
         .value = "N",
         .help = "requests in flight at a time, for large objects and for many (default: 8 at first, up to 64 as long as more raise the "
                 "throughput, fewer where they do not, or when the server throttles)"},
    Flag{.name = "part-size",
         .value = "SIZE",
         .help = "bytes of each part of a large object, 5MiB to 5GiB (default: 8MiB, or what 10,000 parts need)"},
    Flag{.name = "limit-rate", .value = "SIZE", .help = "bytes a second to and from the server, all requests together (default: no limit)"},
    Flag{.name = "max-attempts", .value = "N", .help = "requests per call, retries included (default 3)"},
    Flag{.name = "timeout",
         .value = "DURATION",
         .help = "deadline of each call over all its attempts, e.g. 30s (default: none; transfers that stand still for 30s end)"},
    Flag{.name = "json", .help = "one JSON object per line on standard output, errors as JSON on standard error"},
    Flag{.name = "quiet", .letter = 'q', .help = "nothing but data and errors"},
    Flag{.name = "verbose", .letter = 'v', .help = "say what is done, one line an HTTP request"},
    Flag{.name = "debug", .help = "show request and reply headers, secrets redacted"},
    Flag{.name = "no-progress", .help = "no progress line (there is one only on a terminal)"},
    Flag{.name = "progress-events", .help = "progress as JSON lines on standard error, up to five a second, terminal or not"},
    Flag{.name = "color",
         .value = "WHEN",
         .help = "colours: auto (on a terminal, unless NO_COLOR is set), always, never",
         .choices = "auto|always|never"},
};

}  // namespace

std::span<const Flag> global_flags() {
  return kGlobalFlags;
}

Result<Globals> read_globals(const Arguments& arguments, const Globals& inherited) {
  Globals globals = inherited;
  globals.endpoint = arguments.value("endpoint").value_or(inherited.endpoint);
  globals.region = arguments.value("region").value_or(inherited.region);
  globals.profile = arguments.value("profile").value_or(inherited.profile);
  if (arguments.has("no-sign-request")) globals.sign = false;
  const std::string addressing = arguments.value_or_empty("addressing");
  if (addressing == "auto") globals.addressing = Addressing::automatic;
  if (addressing == "path") globals.addressing = Addressing::path;
  if (addressing == "virtual") globals.addressing = Addressing::virtual_hosted;
  const std::string payload_signing = arguments.value_or_empty("payload-signing");
  if (payload_signing == "auto") globals.payload_signing = PayloadSigning::automatic;
  if (payload_signing == "streaming") globals.payload_signing = PayloadSigning::streaming;
  if (payload_signing == "trailer") globals.payload_signing = PayloadSigning::trailer;
  if (payload_signing == "unsigned") globals.payload_signing = PayloadSigning::unsigned_payload;
  globals.ca_bundle = arguments.value("ca-bundle").value_or(inherited.ca_bundle);
  if (arguments.has("insecure")) globals.verify_tls = false;
  if (arguments.has("json")) globals.json = true;
  if (arguments.has("quiet")) globals.quiet = true;
  if (arguments.has("verbose")) globals.verbose = true;
  if (arguments.has("debug")) globals.debug = true;
  if (arguments.has("no-progress")) globals.progress = false;
  if (arguments.has("progress-events")) globals.progress_events = true;
  const std::string color = arguments.value_or_empty("color");
  if (color == "auto") globals.color = Globals::Color::automatic;
  if (color == "always") globals.color = Globals::Color::always;
  if (color == "never") globals.color = Globals::Color::never;
  if (const auto text = arguments.value("max-attempts")) {
    const Result<std::uint64_t> count = parse_count("--max-attempts", *text);
    if (!count || *count == 0 || *count > 100) return bad_value("--max-attempts", *text, "a number from 1 to 100");
    globals.max_attempts = static_cast<int>(*count);
  }
  if (const auto text = arguments.value("concurrency")) {
    const Result<std::uint64_t> count = parse_count("--concurrency", *text);
    if (!count || *count == 0 || *count > 1000) return bad_value("--concurrency", *text, "a number from 1 to 1000");
    globals.concurrency = static_cast<unsigned>(*count);
  }
  if (const auto text = arguments.value("part-size")) {
    const Result<std::uint64_t> size = parse_size("--part-size", *text);
    if (!size) return size.error();
    if (*size < kMinPartBytes || *size > kMaxSinglePutBytes) return bad_value("--part-size", *text, "a size from 5MiB to 5GiB");
    globals.part_size = *size;
  }
  if (const auto text = arguments.value("limit-rate")) {
    const Result<std::uint64_t> rate = parse_size("--limit-rate", *text);
    if (!rate) return rate.error();
    if (*rate == 0) return bad_value("--limit-rate", *text, "more than nothing");
    globals.bytes_per_second = *rate;
  }
  if (const auto text = arguments.value("timeout")) {
    const Result<std::chrono::milliseconds> timeout = parse_duration("--timeout", *text);
    if (!timeout) return timeout.error();
    if (timeout->count() == 0) return bad_value("--timeout", *text, "longer than nothing");
    globals.timeout = *timeout;
  }
  return globals;
}

ConnectOptions connect_options(const Globals& globals) {
  ConnectOptions options;
  options.endpoint = globals.endpoint;
  options.region = globals.region;
  options.profile = globals.profile;
  if (!globals.sign) options.credentials = anonymous_credentials();
  options.addressing = globals.addressing;
  options.payload_signing = globals.payload_signing;
  options.ca_bundle = globals.ca_bundle;
  options.verify_tls = globals.verify_tls;
  options.max_attempts = globals.max_attempts;
  options.bytes_per_second = globals.bytes_per_second;
  options.deadline = globals.timeout;
  options.user_agent = "objstore";
  return options;
}

}  // namespace objectstore::cli
