// objstore rb: removes buckets.
#include <array>

#include "addresses.h"
#include "arguments.h"
#include "command_list.h"
#include "deletion.h"
#include "object_line.h"

namespace objectstore::cli {
namespace {

constexpr std::array kFlags = {
    Flag{.name = "force", .help = "delete all objects of the bucket first"},
};

Status empty_bucket(Session& session, const std::string& name) {
  Result<std::shared_ptr<Bucket>> bucket = session.bucket(name);
  if (!bucket) return bucket.error();
  const std::uint64_t failures = session.out().failures().count();
  Deletion deletion(session, *bucket, false);
  Status done = deletion.add_all("");
  if (done) done = deletion.flush();
  if (done && session.out().failures().count() > failures) {
    return Error{.kind = ErrorKind::conflict,
                 .message = "some objects could not be deleted, so the bucket stays",
                 .operation = "delete_bucket",
                 .bucket = name};
  }
  return done;
}

Status run(Session& session, const Arguments& arguments) {
  const Result<std::vector<std::string>> names = parse_buckets(arguments.operands());
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (session.stopped()) break;
    const Result<Client> client = session.client();
    if (!client) return client.error();
    Status done = arguments.has("force") ? empty_bucket(session, name) : Status();
    if (session.stopped()) break;
    if (done) done = client->delete_bucket(name, session.call());
    if (!done) {
      session.out().fail(done.error(), to_uri(name, ""));
      continue;
    }
    session.out().succeeded();
    session.out().note("removed " + to_uri(name, ""));
    if (session.out().json()) (void)session.out().line(bucket_json(name));
  }
  return {};
}

}  // namespace

const Command kRb = {
    .name = "rb",
    .operands = "s3://BUCKET...",
    .summary = "Remove buckets",
    .details =
        "A bucket that holds objects is left alone (exit code 4), unless --force deletes them first. There is no question and no way back.",
    .example = "objstore rb s3://docs",
    .flags = kFlags,
    .min_operands = 1,
    .run = run,
};

}  // namespace objectstore::cli
