// What a failed reply means: the service's code first, then the HTTP status.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "objectstore/http.h"
#include "objectstore/result.h"
#include "s3/retry.h"

namespace objectstore::s3 {

/// An error, and whether sending the same request again may help.
struct Failure {
  Error error;
  Retry retry = Retry::no;
  bool progress = false;  ///< the attempt brought the call forward: attempts are counted anew from it
};

/// The <Error> document of a reply. Texts are bounded and free of control characters.
struct ErrorDocument {
  std::string code;
  std::string message;
  std::string request_id;
  std::string host_id;
  std::string region;
};
/// Empty when `body` is no such document.
ErrorDocument read_error_document(std::string_view body);

/// Free text of a server, fit to be shown: one line, bounded, valid UTF-8.
std::string presentable(std::string_view text, std::size_t limit = 1000);

/// Kind and retry of a service's code; `status` decides where the code is unknown.
Failure failure_of_code(std::string_view code, std::string_view message, int status);
/// The failure that a reply stands for whose status is not 2xx, or that broke off (HttpReply::error). `document` is its body's.
Failure failure_of_reply(const HttpReply& reply, const ErrorDocument& document);
/// For a 2xx whose body holds an error.
Failure failure_of_document(const HttpReply& reply, const ErrorDocument& document);

/// For Request::judge where a success is a document: `parse` makes it of the body, `out` takes it and must outlive the judge. An <Error>
/// document and a body that `parse` refuses are failures.
template <class Document, class Parse>
auto judge_document(Document& out, Parse parse) {
  return [&out, parse](HttpReply& reply, std::optional<Failure>& failure) {
    if (failure) return;
    if (const auto error = read_error_document(reply.body); !error.code.empty()) {
      failure = failure_of_document(reply, error);
      return;
    }
    Result<Document> parsed = parse(std::move(reply.body));
    if (parsed) {
      out = std::move(*parsed);
    } else {
      failure = Failure{std::move(parsed).error(), Retry::transient};
    }
  };
}

/// Whether `reply` says for certain that the request was refused and had no effect.
bool is_definite_refusal(const HttpReply& reply);

/// Error of kind corrupt: what the server said makes no sense.
Error corrupt_reply(std::string message);

}  // namespace objectstore::s3
