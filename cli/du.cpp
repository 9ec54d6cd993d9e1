// objstore du: how many objects there are, and how many bytes.
#include <array>
#include <cstdio>

#include "addresses.h"
#include "command_list.h"
#include "json_line.h"
#include "object_walk.h"
#include "text.h"
#include "tree.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr auto kFlags = join(std::array{Flag{.name = "human-readable", .letter = 'H', .help = "sizes like 1.2 MiB"}}, kFilterFlags);

struct Sum {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
};

/// `dir` stands for itself and what is beneath `dir/`, never for `dir-other`: as in rm -r.
Result<Sum> sum_of(Session& session, const S3Uri& uri, const PathFilter& filter) {
  const Result<std::shared_ptr<Bucket>> bucket = session.bucket(uri.bucket);
  if (!bucket) return bucket.error();
  Sum sum;
  if (!uri.key.empty() && !uri.key.ends_with('/')) {
    const Result<ObjectInfo> itself = (*bucket)->head(uri.key, {.call = session.call()});
    if (!itself && itself.error().kind != ErrorKind::not_found) return itself.error();
    if (itself && filter.matches(std::string_view(uri.key).substr(uri.key.rfind('/') + 1))) sum = {1, itself->size};
  }
  const std::string root = as_folder(uri).key;
  const Status listed = walk_objects(session, **bucket, {.prefix = root + filter.prefix()}, true, [&](const ObjectInfo& object) {
    if (!filter.matches(std::string_view(object.key).substr(root.size()))) return true;
    ++sum.objects;
    sum.bytes += object.size;
    return true;
  });
  if (!listed) return listed.error();
  return sum;
}

Status run(Session& session, const Arguments& arguments) {
  const Result<PathFilter> filter = read_filter(arguments);
  if (!filter) return filter.error();
  std::vector<S3Uri> places;
  for (const std::string& operand : arguments.operands()) {
    Result<S3Uri> uri = parse_remote(operand);
    if (!uri) return uri.error();
    places.push_back(std::move(*uri));
  }
  Output& out = session.out();
  for (const S3Uri& uri : places) {
    const Result<Sum> sum = sum_of(session, uri, *filter);
    if (session.stopped()) return {};
    if (!sum) {
      out.fail(sum.error(), to_uri(uri));
      continue;
    }
    out.succeeded();
    if (out.json()) {
      JsonLine json;
      json.member("bucket", uri.bucket).member("prefix", uri.key).member("objects", sum->objects).member("bytes", sum->bytes);
      (void)out.line(json.text());
    } else {
      const std::string bytes = arguments.has("human-readable") ? human_size(sum->bytes) : std::to_string(sum->bytes);
      std::array<char, 64> columns{};
      (void)std::snprintf(columns.data(), columns.size(), "%12s %10s ", bytes.c_str(), std::to_string(sum->objects).c_str());
      (void)out.line(columns.data() + shown(to_uri(uri)));
    }
  }
  return {};
}

}  // namespace

const Command kDu = {
    .name = "du",
    .operands = "s3://BUCKET[/PREFIX]...",
    .summary = "Count bytes and objects",
    .details =
        "One line an address: bytes, objects, address. s3://b/dir means the object dir and all beneath dir/, but not dir-other, as in rm "
        "-r.",
    .example = "objstore du -H s3://logs/2025/ s3://logs/2026/",
    .flags = kFlags,
    .min_operands = 1,
    .run = run,
};

}  // namespace objectstore::cli
