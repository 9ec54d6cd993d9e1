// Unfinished multipart uploads, page by page.
#include "uploads.h"

namespace objectstore::cli {

Status each_upload(Session& session, Bucket& bucket, std::string_view prefix, const std::function<Status(const MultipartUpload&)>& visit) {
  ListMultipartUploadsOptions list{.prefix = std::string(prefix), .call = session.call()};
  do {
    Result<MultipartUploadPage> page = bucket.list_multipart_uploads(list);
    if (!page) return page.error();
    for (const MultipartUpload& upload : page->uploads) {
      if (session.stopped()) return {};
      if (Status visited = visit(upload); !visited) return visited;
    }
    list.continuation = std::move(page->continuation);
  } while (!list.continuation.empty());
  return {};
}

}  // namespace objectstore::cli
