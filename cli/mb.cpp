// objstore mb: makes buckets.
#include "addresses.h"
#include "arguments.h"
#include "command_list.h"
#include "object_line.h"
#include "session.h"

namespace objectstore::cli {
namespace {

Status run(Session& session, const Arguments& arguments) {
  const Result<std::vector<std::string>> names = parse_buckets(arguments.operands());
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (session.stopped()) break;
    const Result<Client> client = session.client();
    if (!client) return client.error();
    const Status made = client->create_bucket(name, {.call = session.call()});
    if (!made) {
      session.out().fail(made.error(), to_uri(name, ""));
      continue;
    }
    session.out().succeeded();
    session.out().note("made " + to_uri(name, ""));
    if (session.out().json()) (void)session.out().line(bucket_json(name));
  }
  return {};
}

}  // namespace

const Command kMb = {
    .name = "mb",
    .operands = "s3://BUCKET...",
    .summary = "Make buckets",
    .details = "In the region of --region. Exit code 4 says that the bucket exists already, also when it is yours.",
    .example = "objstore mb --region eu-central-1 s3://docs",
    .flags = {},
    .min_operands = 1,
    .run = run,
};

}  // namespace objectstore::cli
