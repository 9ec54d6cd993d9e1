// Whole trees.
#include "tree.h"

#include <sys/stat.h>

#include <chrono>
#include <utility>

#include "json_line.h"
#include "media_type.h"
#include "object_line.h"
#include "progress.h"
#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

/// Tells of each path as a command does: lines on standard output with --json and in a dry run, failures on standard error.
class Reporter {
 public:
  Reporter(Session& session, bool dry_run) : session_(session), out_(session.out()), dry_run_(dry_run) {}

  void tell(const SyncEvent& event) {
    switch (event.outcome) {
      case SyncOutcome::copied: copied(event); break;
      case SyncOutcome::deleted: deleted(event); break;
      case SyncOutcome::skipped: out_.warn(shown(event.source) + " is left out: " + event.reason); break;
      case SyncOutcome::failed: out_.fail(*event.error, shown(event.source.empty() ? event.target : event.source)); break;
      case SyncOutcome::unchanged: break;
    }
    if (session_.stopped()) session_.cancel();  // nobody reads on
  }

 private:
  void copied(const SyncEvent& event) {
    out_.succeeded();
    const std::string what = shown(event.source) + " -> " + shown(event.target);
    if (dry_run_ && out_.json()) {
      JsonLine json;
      json.member("source", event.source).member("target", event.target).member("size", event.object.size).member("dryRun", true);
      (void)out_.line(json.text());
    } else if (dry_run_) {
      (void)out_.line(what);
    } else if (out_.json()) {
      (void)out_.line(transfer_json(event.object, {event.source, event.target, event.took}));
    } else {
      out_.note(what + " (" + human_size(event.object.size) + ")");
    }
  }

  void deleted(const SyncEvent& event) {
    out_.succeeded();
    if (out_.json()) {
      JsonLine json;
      if (event.object.key.empty()) {
        json.member("path", event.target);
      } else {
        json.member("bucket", event.object.bucket).member("key", event.object.key);
      }
      json.member("deleted", !dry_run_);
      (void)out_.line(json.text());
    } else if (dry_run_) {
      (void)out_.line("delete " + shown(event.target));
    } else {
      out_.note("deleted " + shown(event.target));
    }
  }

  Session& session_;
  Output& out_;
  bool dry_run_;
};

void report(Output& out, const SyncSummary& summary, bool dry_run) {
  std::string text = (dry_run ? "would copy " : "copied ") + std::to_string(summary.copied) + " (" + human_size(summary.copied_bytes) + ")";
  if (summary.unchanged > 0) text += ", " + std::to_string(summary.unchanged) + " unchanged";
  if (summary.deleted > 0) text += ", " + std::string(dry_run ? "would delete " : "deleted ") + std::to_string(summary.deleted);
  if (summary.skipped > 0) text += ", left out " + std::to_string(summary.skipped);
  if (summary.failed > 0) text += ", failed " + std::to_string(summary.failed);
  JsonLine json;
  json.member("copied", summary.copied)
      .member("bytes", summary.copied_bytes)
      .member("unchanged", summary.unchanged)
      .member("deleted", summary.deleted)
      .member("skipped", summary.skipped)
      .member("failed", summary.failed)
      .member("dryRun", dry_run);
  out.report(text, json.text());
}

std::string name_of(const Address& address) {
  return address.is_remote() ? to_uri(address.remote) : address.path;
}

Result<SyncSummary> run(Session& session, const Arguments& arguments, const TreeJob& job) {
  if (!job.from.is_remote()) {
    const Result<std::shared_ptr<Bucket>> target = session.bucket(job.to.remote.bucket);
    if (!target) return target.error();
    return sync_to_bucket(job.from.path, **target, job.to.remote.key, job.options);
  }
  const Result<std::shared_ptr<Bucket>> source = session.bucket(job.from.remote.bucket);
  if (!source) return source.error();
  if (!job.to.is_remote()) return sync_to_folder(**source, job.from.remote.key, job.to.path, job.options);
  const Result<Client> client = target_client(session, arguments);
  if (!client) return client.error();
  const std::shared_ptr<Bucket> target = client->bucket(job.to.remote.bucket);
  return sync_between(**source, job.from.remote.key, *target, job.to.remote.key, job.options);
}

}  // namespace

Result<PathFilter> read_filter(const Arguments& arguments, const std::vector<std::string>& within) {
  PathPatterns patterns;
  const auto read = [&](std::string_view flag, std::vector<std::string>& into) -> Status {
    for (const std::string& pattern : arguments.values(flag)) {
      const Result<PathFilter> alone = PathFilter::make({.include = {pattern}});
      if (!alone) return usage_error("--" + std::string(flag) + ": " + alone.error().message);
      into.push_back(pattern);
    }
    return {};
  };
  if (Status included = read("include", patterns.include); !included) return included.error();
  if (Status excluded = read("exclude", patterns.exclude); !excluded) return excluded.error();
  patterns.within = within;
  return PathFilter::make(patterns);
}

Status refuse_tree_flags(const Arguments& arguments, std::string_view unless) {
  for (const Flag& flag : kTreeFlags) {
    if (arguments.has(flag.name)) return usage_error("--" + std::string(flag.name) + " needs " + std::string(unless));
  }
  return {};
}

S3Uri as_folder(S3Uri uri) {
  if (!uri.key.empty() && !uri.key.ends_with('/')) uri.key += '/';
  return uri;
}

Result<std::optional<Matching>> read_wildcards(Session& session, const S3Uri& source, bool recursive) {
  const std::size_t first = source.key.find_first_of("*?");
  if (first == std::string::npos) return std::optional<Matching>();
  const Result<std::shared_ptr<Bucket>> bucket = session.bucket(source.bucket);
  if (!bucket) return bucket.error();
  const Result<ObjectInfo> itself = (*bucket)->head(source.key, {.call = session.call()});
  if (itself) return std::optional<Matching>();
  if (itself.error().kind != ErrorKind::not_found) return itself.error();
  const std::size_t root = source.key.rfind('/', first) + 1;  // npos + 1 = 0
  std::string pattern;
  for (const char c : std::string_view(source.key).substr(root)) {
    if (c == '[' || c == '\\') pattern += '\\';  // only * and ? are special in an address
    pattern += c;
  }
  Matching matching{{source.bucket, source.key.substr(0, root)}, {pattern}};
  if (recursive) matching.within.push_back(pattern + (pattern.ends_with('/') ? "**" : "/**"));
  return std::optional(std::move(matching));
}

Result<Client> target_client(Session& session, const Arguments& arguments) {
  const auto endpoint = arguments.value("to-endpoint");
  if (!endpoint) {
    for (const std::string_view flag : {"to-profile", "to-region"}) {
      if (arguments.has(flag)) return usage_error("--" + std::string(flag) + " needs --to-endpoint");
    }
    return session.client();
  }
  Globals globals = session.globals();
  globals.endpoint = *endpoint;
  if (const auto profile = arguments.value("to-profile")) globals.profile = *profile;
  if (const auto region = arguments.value("to-region")) globals.region = *region;
  return session.connect_to(globals);
}

Result<SyncOptions> tree_options(Session& session, const Arguments& arguments, const Attributes& attributes,
                                 const std::vector<std::string>& within) {
  SyncOptions options;
  Result<PathFilter> filter = read_filter(arguments, within);
  if (!filter) return filter.error();
  options.filter = std::move(*filter);
  options.mode = SyncMode::all;
  options.dry_run = arguments.has("dry-run");
  if (arguments.has("no-follow-symlinks")) options.symlinks = SymlinkPolicy::skip;
  options.concurrency = session.globals().concurrency;
  options.part_size = session.globals().part_size;
  options.server_side = !arguments.has("to-endpoint");
  options.upload = upload_options(attributes);
  if (!attributes.content_type) options.content_type = [](std::string_view path) { return std::string(media_type_of(path)); };
  options.copy.storage_class = attributes.storage_class;
  options.copy.encryption = attributes.encryption;
  options.call = session.call();
  return options;
}

Status copy_tree(Session& session, const Arguments& arguments, TreeJob job) {
  Output& out = session.out();
  Reporter reporter(session, job.options.dry_run);
  job.options.on_event = [&](const SyncEvent& event) { reporter.tell(event); };
  if (out.shows_progress() || out.tells_progress()) {
    job.options.on_progress = [&](const SyncProgress& progress) {
      if (out.shows_progress()) out.progress(progress_text(progress));
      out.progress_event(progress_json(progress));
    };
  }
  const Result<SyncSummary> summary = run(session, arguments, job);
  out.progress({});
  if (!summary) {
    out.fail(summary.error(), shown(name_of(job.from)));
    return {};
  }
  const std::uint64_t seen = summary->copied + summary->unchanged + summary->skipped + summary->failed;
  if (summary->stopped && !session.stopped()) {
    out.fail(*summary->stopped, shown(name_of(job.from)));
  } else if (seen == 0 && !job.may_be_empty && !session.stopped()) {
    out.fail({.kind = ErrorKind::not_found, .message = shown(name_of(job.from)) + ": nothing there to copy", .operation = "list"}, "");
    return {};
  }
  if (summary->compared_by_time > 0) {
    out.note(std::to_string(summary->compared_by_time) + " objects tell no checksum: compared by size and time");
  }
  report(out, *summary, job.options.dry_run);
  return {};
}

Result<bool> copy_as_tree(Session& session, const Arguments& arguments, const Address& from, const Address& to, bool move) {
  const bool recursive = arguments.has("recursive");
  TreeJob job{from, to};
  std::vector<std::string> within;
  bool tree = recursive;
  if (from.is_remote()) {
    Result<std::optional<Matching>> matching = read_wildcards(session, from.remote, recursive);
    if (!matching) return matching.error();
    if (*matching) {
      tree = true;
      within = std::move((*matching)->within);
      job.from.remote = std::move((*matching)->root);
      if (to.is_remote() && !to.is_folder()) return usage_error("'" + to_uri(to.remote) + "': wildcards need a target that ends in '/'");
    } else if (recursive) {
      job.from.remote = as_folder(from.remote);
    }
  }
  if (!tree) return false;
  if (from.kind == Address::Kind::stream || to.kind == Address::Kind::stream)
    return usage_error("'-' is one stream, and no place for a tree");
  if (to.is_remote()) job.to.remote = as_folder(to.remote);
  const Result<Attributes> attributes = read_attributes(arguments);
  if (!attributes) return attributes.error();
  if (from.is_remote() && attributes->replaces()) {
    return usage_error("copies of many objects keep what is stored with them: only --storage-class and --sse can be given");
  }
  Result<SyncOptions> options = tree_options(session, arguments, *attributes, within);
  if (!options) return options.error();
  job.options = std::move(*options);
  job.options.move = move;
  if (Status done = copy_tree(session, arguments, std::move(job)); !done) return done.error();
  return true;
}

}  // namespace objectstore::cli
