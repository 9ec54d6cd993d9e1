// Signs a case of the AWS signing test suite in both forms and compares.
#include <algorithm>
#include <string_view>

#include "base/digest.h"
#include "base/encoding.h"
#include "objectstore/sigv4.h"
#include "sigv4/vector_case.h"

namespace objectstore::testing {
namespace {

/// A request as text. The suite's are raw: spaces and any bytes in the target, header values over several lines, bare line feeds.
struct RawRequest {
  std::string method, path, query, version, body;
  std::vector<Header> headers;  ///< names in lower case, in the order of the text
};

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

RawRequest parse(std::string_view text) {
  RawRequest request;
  std::string_view line = take_line(text);
  const std::size_t version = std::min(line.rfind(" HTTP/"), line.size());
  request.version = line.substr(version);
  line = line.substr(0, version);
  const std::size_t space = std::min(line.find(' '), line.size());
  request.method = line.substr(0, space);
  const std::string_view target = line.substr(std::min(space + 1, line.size()));
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = target.substr(0, question);
  if (question < target.size()) request.query = target.substr(question + 1);
  while (!text.empty()) {
    line = take_line(text);
    if (line.empty()) break;
    if ((line.front() == ' ' || line.front() == '\t') && !request.headers.empty()) {
      request.headers.back().value.append("\n").append(line);
      continue;
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    request.headers.push_back(
        {base::to_lower(base::trim(line.substr(0, colon))), std::string(line.substr(std::min(colon + 1, line.size())))});
  }
  request.body = text;
  return request;
}

HttpRequest to_http(const RawRequest& raw) {
  HttpRequest request;
  request.method = raw.method;
  request.path = raw.path;
  request.query = raw.query;
  for (const Header& header : raw.headers) {
    if (header.name == "host") {
      request.host = base::trim(header.value);
    } else {
      request.headers.add(header.name, header.value);
    }
  }
  return request;
}

std::string sorted_parameters(std::string_view query) {
  std::vector<std::string_view> parameters;
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    parameters.push_back(query.substr(at, end - at));
    at = end + 1;
  }
  std::sort(parameters.begin(), parameters.end());
  std::string out;
  for (const std::string_view parameter : parameters) out.append(out.empty() ? "" : "&").append(parameter);
  return out;
}

/// Two requests that mean the same have one text: neither the order of differently named headers nor that of query parameters counts.
std::string text_of(RawRequest raw) {
  std::string text = raw.method + " " + raw.path;
  if (!raw.query.empty()) text += "?" + sorted_parameters(raw.query);
  text += raw.version + "\n";
  std::stable_sort(raw.headers.begin(), raw.headers.end(), [](const Header& a, const Header& b) { return a.name < b.name; });
  for (const Header& header : raw.headers) text += header.name + ":" + base::collapse_spaces(header.value) + "\n";
  if (raw.body.find_first_not_of("\r\n") != std::string::npos) text += "\n" + raw.body;
  return text;
}

std::string without_line_ends(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '\r') out += c;
  }
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

void compare(const VectorCase& vector, const std::string& what, const std::optional<std::string>& expected, const std::string& actual,
             VectorReport& report) {
  if (!expected) return;
  ++report.compared;
  if (*expected != actual)
    report.failures.push_back(vector.name + ": " + what + "\n--- expected\n" + *expected + "\n--- got\n" + actual + "\n---");
}

/// What a form leaves open and the expected canonical request shows.
struct Payload {
  std::string hash;
  bool hash_header = false;
};

Payload payload_of(const VectorCase& vector, const ExpectedTexts& expected, const RawRequest& raw, bool query_form) {
  const std::string canonical = without_line_ends(expected.canonical_request.value_or(""));
  const bool s3 = vector.service == "s3";
  Payload payload;
  payload.hash = base::hex(base::sha256(std::string_view(raw.body)));
  payload.hash_header =
      !query_form && (vector.sign_body || (s3 && (canonical.empty() || canonical.find("\nx-amz-content-sha256:") != std::string::npos)));
  if (s3 && query_form && canonical.empty()) payload.hash = kUnsignedPayload;
  for (const std::string_view mode : {kUnsignedPayload, kStreamingPayload}) {  // S3's modes without a hash stand on the last line
    if (canonical.ends_with("\n" + std::string(mode))) payload.hash = mode;
  }
  return payload;
}

class Form {
 public:
  Form(const VectorCase& vector, const std::string& name, const ExpectedTexts& expected, VectorReport& report)
      : vector_(vector), name_(name), expected_(expected), report_(report), raw_(parse(vector.request)), credentials_(vector.credentials) {
    if (vector.omit_session_token) credentials_.session_token = Secret();
    payload_ = payload_of(vector, expected, raw_, name == "query");
    context_.credentials = &credentials_;
    context_.region = vector.region;
    context_.service = vector.service;
    context_.time = vector.time;
    // The suite signs with the path encoded again; S3 does neither that nor normalise.
    context_.paths = vector.service == "s3" && !vector.normalize ? kS3Paths : PathRules{vector.normalize, true};
    context_.content_sha256_header = payload_.hash_header;
  }

  void check_header() {
    HttpRequest request = to_http(raw_);
    const std::string signature(sign_request(request, payload_.hash, context_));
    compare_texts(signing_texts(request, payload_.hash, context_), signature);
    if (vector_.omit_session_token) request.headers.set("x-amz-security-token", vector_.credentials.session_token.reveal());
    compare_signed(request);
  }

  void check_query() {
    HttpRequest request = to_http(raw_);
    const auto query = presign_query(request, vector_.expires, context_, payload_.hash);
    if (!query) {
      report_.failures.push_back(vector_.name + ": presigning failed: " + to_string(query.error()));
      return;
    }
    constexpr std::string_view kLast = "&X-Amz-Signature=";
    const std::size_t last = query->rfind(kLast);
    request.query = query->substr(0, last);
    compare_texts(signing_texts(request, payload_.hash, context_), query->substr(last + kLast.size()));
    request.query = *query;
    if (vector_.omit_session_token) {
      request.query += "&X-Amz-Security-Token=" + base::uri_encode(vector_.credentials.session_token.reveal());
    }
    compare_signed(request);
  }

 private:
  void compare_texts(const SigningTexts& texts, const std::string& signature) {
    const auto expected = [](const std::optional<std::string>& text) { return text ? std::optional(without_line_ends(*text)) : text; };
    compare(vector_, name_ + " canonical request", expected(expected_.canonical_request), texts.canonical_request, report_);
    compare(vector_, name_ + " string to sign", expected(expected_.string_to_sign), texts.string_to_sign, report_);
    compare(vector_, name_ + " signature", expected(expected_.signature), signature, report_);
    if (texts.signature != signature) report_.failures.push_back(vector_.name + ": " + name_ + ": signing_texts has another signature");
  }
  void compare_signed(const HttpRequest& request) {
    if (!expected_.signed_request) return;
    RawRequest raw = raw_;
    raw.path = request.path;
    raw.query = request.query;
    raw.headers.assign(request.headers.begin(), request.headers.end());
    raw.headers.push_back({"host", request.host});
    compare(vector_, name_ + " signed request", text_of(parse(*expected_.signed_request)), text_of(raw), report_);
  }

  const VectorCase& vector_;
  std::string name_;
  const ExpectedTexts& expected_;
  VectorReport& report_;
  RawRequest raw_;
  Credentials credentials_;
  Payload payload_;
  SigningContext context_;
};

}  // namespace

VectorReport check_vector(const VectorCase& vector) {
  VectorReport report;
  if (vector.header.any()) Form(vector, "header", vector.header, report).check_header();
  if (vector.query.any()) Form(vector, "query", vector.query, report).check_query();
  return report;
}

}  // namespace objectstore::testing
