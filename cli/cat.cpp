// objstore cat: objects, one after the other, on standard output.
#include "command_list.h"
#include "download.h"

namespace objectstore::cli {
namespace {

Status run(Session& session, const Arguments& arguments) {
  std::vector<S3Uri> sources;
  for (const std::string& operand : arguments.operands()) {
    Result<S3Uri> source = parse_object(operand);
    if (!source) return source.error();
    sources.push_back(std::move(*source));
  }
  for (const S3Uri& source : sources) {
    if (session.stopped()) break;
    const Status done = download_one(session, source, "-", {});
    if (!done) session.out().fail(done.error(), to_uri(source));
  }
  return {};
}

}  // namespace

const Command kCat = {
    .name = "cat",
    .operands = "s3://BUCKET/KEY...",
    .summary = "Write objects to standard output",
    .details = "Objects are written one after the other. One that cannot be read is reported, and the next ones follow.",
    .example = "objstore cat s3://logs/2026-11-20.log s3://logs/2026-11-21.log | grep ERROR",
    .flags = {},
    .min_operands = 1,
    .run = run,
};

}  // namespace objectstore::cli
