// objstore presign: a URL that carries its own permission.
#include <array>

#include "addresses.h"
#include "arguments.h"
#include "command_list.h"
#include "json_line.h"
#include "session.h"
#include "values.h"

namespace objectstore::cli {
namespace {

constexpr std::array kFlags = {
    Flag{.name = "method",
         .value = "METHOD",
         .help = "what the URL allows: GET (default), PUT, HEAD or DELETE",
         .choices = "GET|PUT|HEAD|DELETE"},
    Flag{.name = "expires", .value = "DURATION", .help = "how long, from 1s to 7d (default 15m)"},
    Flag{.name = "header",
         .value = "'NAME: VALUE'",
         .help = "a header that the user of the URL has to send just so; may be repeated",
         .repeatable = true},
    Flag{.name = "version-id", .value = "ID", .help = "this version of the object"},
};

PresignMethod method_of(std::string_view name) {
  if (name == "PUT") return PresignMethod::put;
  if (name == "HEAD") return PresignMethod::head;
  if (name == "DELETE") return PresignMethod::delete_object;
  return PresignMethod::get;
}

Result<std::chrono::seconds> parse_expiry(std::string_view text) {
  const Result<std::chrono::milliseconds> duration = parse_duration("--expires", text);
  if (!duration) return duration.error();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*duration);
  if (seconds < std::chrono::seconds(1) || *duration > std::chrono::days(7)) return bad_value("--expires", text, "from 1s to 7d");
  return seconds;
}

Status add_header(Headers& headers, std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return bad_value("--header", text, "'NAME: VALUE'");
  std::string_view value = text.substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  headers.add(text.substr(0, colon), std::string(value));
  return {};
}

Status run(Session& session, const Arguments& arguments) {
  const Result<S3Uri> uri = parse_object(arguments.operands().front());
  if (!uri) return uri.error();
  const std::string method = arguments.value("method").value_or("GET");
  PresignOptions options{.method = method_of(method), .version_id = arguments.value_or_empty("version-id")};
  if (const auto text = arguments.value("expires")) {
    const Result<std::chrono::seconds> expires = parse_expiry(*text);
    if (!expires) return expires.error();
    options.expires = *expires;
  }
  for (const std::string& text : arguments.values("header")) {
    Status added = add_header(options.headers, text);
    if (!added) return added;
  }
  Result<std::shared_ptr<Bucket>> bucket = session.bucket(uri->bucket);
  if (!bucket) return bucket.error();
  const Result<std::string> url = (*bucket)->presign(uri->key, options);
  if (!url) {
    session.out().fail(url.error(), to_uri(*uri));
  } else if (session.out().json()) {
    JsonLine json;
    json.member("bucket", uri->bucket).member("key", uri->key).member("method", method);
    json.member("expiresIn", static_cast<std::uint64_t>(options.expires.count())).member("url", *url);
    (void)session.out().line(json.text());
  } else {
    (void)session.out().line(*url);
  }
  return {};
}

}  // namespace

const Command kPresign = {
    .name = "presign",
    .operands = "s3://BUCKET/KEY",
    .summary = "Print a URL that works without credentials",
    .details =
        "The URL allows one method on one key for a time: whoever has it may use it, so treat it as a secret. Nothing is sent; the object "
        "need not "
        "exist. A URL signed with temporary credentials ends with them.",
    .example =
        "curl -o report.pdf \"$(objstore presign s3://docs/2026/report.pdf)\"\n"
        "curl -T new.pdf -H 'content-type: application/pdf' \\\n"
        "  \"$(objstore presign --method PUT --expires 1h --header 'content-type: application/pdf' s3://docs/new.pdf)\"",
    .flags = kFlags,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};

}  // namespace objectstore::cli
