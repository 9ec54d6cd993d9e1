// objstore get: an object into a file, a folder or standard output.
#include <array>

#include "command_list.h"
#include "download.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kFlags = {
    Flag{.name = "range", .value = "RANGE", .help = "only these bytes: 0-99 (the first 100), 100- (all but them), -20 (the last 20)"},
    Flag{.name = "version-id", .value = "ID", .help = "this version of the object"},
    Flag{.name = "if-none-match", .value = "ETAG", .help = "only when the object has another ETag (exit code 4 otherwise)"},
};

Status run(Session& session, const Arguments& arguments) {
  const Result<S3Uri> source = parse_object(arguments.operands().front());
  if (!source) return source.error();
  std::string destination;
  if (arguments.operands().size() > 1) {
    destination = arguments.operands()[1];
    const Result<Address> parsed = parse_address(destination);
    if (!parsed) return parsed.error();
    if (parsed->is_remote()) return usage_error("'" + destination + "' is not a local file; objstore cp copies between buckets");
  }
  DownloadOptions options;
  if (const auto text = arguments.value("range")) {
    const Result<ByteRange> range = parse_range(*text);
    if (!range) return range.error();
    options.range = *range;
  }
  options.version_id = arguments.value_or_empty("version-id");
  options.conditions.if_none_match = arguments.value_or_empty("if-none-match");
  const Status done = download_one(session, *source, destination, options);
  if (!done) session.out().fail(done.error(), to_uri(*source));
  return {};
}

}  // namespace

const Command kGet = {
    .name = "get",
    .operands = "s3://BUCKET/KEY [DST]",
    .summary = "Download an object",
    .details =
        "DST is a file, a folder (one that exists, or whose name ends in '/') or '-' for standard output; without it the last part of the "
        "key "
        "names a file in the current folder. A file appears under its name only when all of it has arrived and is verified.",
    .example =
        "objstore get s3://docs/2026/report.pdf\n"
        "objstore get --range -1000 s3://logs/today.log - | tail",
    .flags = kFlags,
    .min_operands = 1,
    .max_operands = 2,
    .run = run,
};

}  // namespace objectstore::cli
