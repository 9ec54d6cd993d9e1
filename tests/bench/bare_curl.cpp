// One easy handle and as few options as it takes.
#include "bench/bare_curl.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace objectstore::bench {
namespace {

std::size_t collect(char* bytes, std::size_t size, std::size_t count, void* target) {
  static_cast<std::string*>(target)->append(bytes, size * count);
  return size * count;
}

std::size_t read_file(char* bytes, std::size_t size, std::size_t count, void* file) {
  const ssize_t got = ::read(*static_cast<int*>(file), bytes, size * count);
  return got < 0 ? CURL_READFUNC_ABORT : static_cast<std::size_t>(got);
}

std::size_t write_file(char* bytes, std::size_t size, std::size_t count, void* file) {
  std::size_t done = 0;
  while (done < size * count) {
    const ssize_t wrote = ::write(*static_cast<int*>(file), bytes + done, size * count - done);
    if (wrote <= 0) return 0;
    done += static_cast<std::size_t>(wrote);
  }
  return done;
}

CURL* new_handle() {
  CURL* handle = curl_easy_init();
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  return handle;
}

bool succeeds(CURL* handle) {
  long status = 0;
  return curl_easy_perform(handle) == CURLE_OK && curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
         status / 100 == 2;
}

}  // namespace

BareHandle::BareHandle(const std::string* body) : handle_(new_handle()) {
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &reply_);
  if (body == nullptr) return;
  headers_ = curl_slist_append(curl_slist_append(nullptr, "Content-Type: application/octet-stream"), "Expect:");
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, "PUT");
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, body->data());
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
}

BareHandle::~BareHandle() {
  curl_slist_free_all(headers_);
  curl_easy_cleanup(handle_);
}

bool BareHandle::perform(const std::string& url) {
  reply_.clear();
  curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
  return succeeds(handle_);
}

bool bare_upload_file(const std::string& url, const std::string& path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file < 0 || ::fstat(file, &status) != 0) return false;
  CURL* handle = new_handle();
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, read_file);
  curl_easy_setopt(handle, CURLOPT_READDATA, &file);
  curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(status.st_size));
  const bool good = succeeds(handle);
  curl_slist_free_all(headers);
  curl_easy_cleanup(handle);
  ::close(file);
  return good;
}

bool bare_download_file(const std::string& url, const std::string& path) {
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return false;
  CURL* handle = new_handle();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 256L << 10);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, write_file);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &file);
  const bool good = succeeds(handle);
  curl_easy_cleanup(handle);
  return ::close(file) == 0 && good;
}

}  // namespace objectstore::bench
