// ListObjectsV2.
#include "s3/list.h"

#include <string>
#include <utility>

#include "s3/query.h"
#include "s3/replies.h"
#include "s3/xml.h"

namespace objectstore::s3 {

Result<ListPage> list(Sender& sender, Call& call, std::string_view bucket, const ListOptions& options) {
  Request request;
  request.http.method = "GET";
  request.bucket = bucket;
  ListOptions page_options = options;
  if (page_options.continuation.starts_with(kOwnToken)) {
    page_options.start_after = page_options.continuation.substr(kOwnToken.size());
    page_options.continuation.clear();
  }
  std::string& query = request.http.query;
  add_parameter(query, "continuation-token", page_options.continuation);
  add_parameter(query, "delimiter", options.delimiter);
  add_parameter(query, "encoding-type", "url");
  add_parameter(query, "list-type", "2");
  add_parameter(query, "max-keys", std::to_string(options.page_size));
  add_parameter(query, "prefix", options.prefix);
  if (page_options.continuation.empty()) add_parameter(query, "start-after", page_options.start_after);
  ListPage page;
  request.judge = judge_document(page, [&](std::string body) { return parse_list(std::move(body), bucket, page_options); });
  auto reply = sender.send(request, call);
  if (!reply) return std::move(reply).error();
  return page;
}

}  // namespace objectstore::s3
