// objstore(1) as roff, from the same table as the help.
#include <string>

#include "command.h"
#include "exit_code.h"
#include "help.h"

namespace objectstore::cli {
namespace {

/// `text` as roff: no character of it is taken for a request or an escape.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '\'': out += "\\(aq"; break;
      case '^': out += "\\(ha"; break;
      case '~': out += "\\(ti"; break;
      case '`': out += "\\(ga"; break;
      default: out += c;
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string flag_list(std::span<const Flag> flags) {
  std::string out;
  for (const Flag& flag : flags) {
    out += ".TP\n\\fB";
    if (flag.letter != 0) out += "\\-" + std::string(1, flag.letter) + "\\fR, \\fB";
    out += "\\-\\-" + escaped(flag.name) + "\\fR";
    if (!flag.value.empty()) out += " \\fI" + escaped(flag.value) + "\\fR";
    out += "\n" + escaped(flag.help) + ".\n";
  }
  return out;
}

std::string example_block(std::string_view example) {
  std::string out = ".PP\n.RS 4\n.nf\n";
  while (!example.empty()) {
    const std::size_t end = std::min(example.find('\n'), example.size());
    out += escaped(example.substr(0, end)) + "\n";
    example.remove_prefix(std::min(end + 1, example.size()));
  }
  return out + ".fi\n.RE\n";
}

std::string command_section(const Command& command) {
  std::string out =
      ".SS objstore " + escaped(command.name) + (command.flags.empty() ? " " : " [\\fIFLAGS\\fR] ") + escaped(command.operands) + "\n";
  out += escaped(command.summary) + ".\n.PP\n" + escaped(command.details) + "\n";
  return out + flag_list(command.flags) + example_block(command.example);
}

constexpr std::string_view kAddressesAndOutput = R"(.SH ADDRESSES
\fBs3://bucket/key\fR is remote, everything else a local path;
\fB\-\fR is standard input or output; \fB\-\-\fR ends the flags.
Durations are written 250ms, 30s, 15m, 1h30m or 7d.
.SH OUTPUT
Standard output carries data, standard error everything else.
With \fB\-\-json\fR, data is one JSON object per line.
An object: bucket, key, etag, size, contentType, lastModified, versionId, storageClass (absent where unknown);
a common prefix: bucket, prefix; a bucket: bucket, created; a finished transfer is an object with source, target, seconds and resumed.
A failure is one line on standard error, with \fB\-\-json\fR an object with the member error:
kind, message, operation, bucket, key, httpStatus, serviceCode, requestId, hostId, attempts.
A run over many objects goes on behind a failure and ends with a count.
)";

constexpr std::string_view kTail = R"(.SH ENVIRONMENT
.TP
AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, S3_ENDPOINT
the endpoint, unless \fB\-\-endpoint\fR names it: the first that is set
.TP
AWS_REGION, AWS_DEFAULT_REGION
the region
.TP
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
credentials
.TP
AWS_PROFILE, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE
the profile, and where profiles are kept
.TP
AWS_CA_BUNDLE
certificate authorities to trust
.TP
AWS_MAX_ATTEMPTS
requests per call
.TP
NO_COLOR
no colours, unless \fB\-\-color always\fR
.TP
TMPDIR
where event receive keeps standard input until it is sent (a nameless file of mode 0600)
.SH FILES
.TP
~/.aws/config, ~/.aws/credentials
profiles
)";

std::string exit_status() {
  std::string out = ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : exit_codes()) {
    out += ".TP\n" + std::to_string(static_cast<int>(code)) + "\n" + escaped(meaning) + "\n";
  }
  return out;
}

}  // namespace

std::string man_page() {
  std::string page = ".TH OBJSTORE 1 \"\" \"" + escaped(version_line()) + "\" \"User Commands\"\n";
  page += ".SH NAME\nobjstore \\- move objects and events in and out of object storage\n";
  page += ".SH SYNOPSIS\n\\fBobjstore\\fR [\\fIFLAGS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n";
  page +=
      ".SH DESCRIPTION\nMoves objects between files, S3\\-compatible storage and plain directories; receives payloads of events and "
      "replays their pointers.\n";
  page += ".SH FLAGS OF EVERY COMMAND\nThey stand before or behind the command.\n" + flag_list(global_flags());
  page += ".SH COMMANDS\n";
  for (const Command* command : all_commands()) page += command_section(*command);
  page += kAddressesAndOutput;
  page += exit_status();
  page += kTail;
  return page;
}

}  // namespace objectstore::cli
