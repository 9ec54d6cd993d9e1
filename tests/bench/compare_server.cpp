// Servers of the comparison that no real one can stand in for. Prints its port and serves on 127.0.0.1 until it is ended.
//
//   compare_server latency MILLISECONDS    answers every GET with 1 KiB after that time
//   compare_server list                    invents the listing (ListObjectsV2) of any bucket "keys-N" with its N keys, and two buckets' names
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/process.h"
#include "support/stub_server.h"

namespace {

constexpr std::string_view kBucketPrefix = "keys-";
constexpr std::string_view kNamespace = R"(xmlns="http://s3.amazonaws.com/doc/2006-03-01/")";

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

void serve_for_ever(std::uint16_t port) {
  std::printf("%d\n", port);
  std::fflush(stdout);
  while (true) ::pause();
}

/// The value of a query parameter, as it stands.
std::string_view parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    if (pair.starts_with(name) && pair.size() > name.size() && pair[name.size()] == '=') return pair.substr(name.size() + 1);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

std::uint64_t number(std::string_view text) {
  return std::strtoull(std::string(text).c_str(), nullptr, 10);
}

std::string document(std::string_view content) {
  return R"(<?xml version="1.0" encoding="UTF-8"?>)" + ("\n" + std::string(content));
}

std::string bucket_list() {
  const auto entry = [](std::string_view name) {
    return "<Bucket><Name>" + std::string(name) + "</Name><CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket>";
  };
  return document("<ListAllMyBucketsResult " + std::string(kNamespace) +
                  "><Owner><ID>bench</ID><DisplayName></DisplayName></Owner><Buckets>" + entry("keys-100000") + entry("keys-10000000") +
                  "</Buckets></ListAllMyBucketsResult>");
}

/// Keys are "object-" and twelve digits; the continuation token is the index of the next one.
std::string key_page(const std::string& bucket, std::string_view query) {
  const std::uint64_t total = parameter(query, "prefix").empty() ? number(std::string_view(bucket).substr(kBucketPrefix.size())) : 0;
  const std::uint64_t first = number(parameter(query, "continuation-token"));
  const std::string_view asked = parameter(query, "max-keys");
  const std::uint64_t most = asked.empty() ? 1000 : std::min<std::uint64_t>(number(asked), 1000);
  const std::uint64_t end = std::max(first, std::min(total, first + most));
  std::string page;
  page.reserve(256 * (end - first) + 1024);
  page += "<ListBucketResult " + std::string(kNamespace) + "><Name>" + bucket + "</Name><Prefix>" +
          std::string(parameter(query, "prefix")) + "</Prefix><KeyCount>" + std::to_string(end - first) + "</KeyCount><MaxKeys>" +
          std::to_string(most) + "</MaxKeys>";
  if (!parameter(query, "delimiter").empty()) page += "<Delimiter>/</Delimiter>";
  if (parameter(query, "encoding-type") == "url") page += "<EncodingType>url</EncodingType>";
  if (first > 0) page += "<ContinuationToken>" + std::to_string(first) + "</ContinuationToken>";
  page += end < total ? "<IsTruncated>true</IsTruncated><NextContinuationToken>" + std::to_string(end) + "</NextContinuationToken>"
                      : "<IsTruncated>false</IsTruncated>";
  std::array<char, 32> key{};
  for (std::uint64_t index = first; index < end; ++index) {
    std::snprintf(key.data(), key.size(), "object-%012llu", static_cast<unsigned long long>(index));
    page += "<Contents><Key>";
    page += key.data();
    page +=
        "</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&#34;0f343b0931126a20f133d67c2b018a3b&#34;</ETag>"
        "<Size>1024</Size><StorageClass>STANDARD</StorageClass></Contents>";
  }
  page += "</ListBucketResult>";
  return document(page);
}

/// `target` is that of a request line, e.g. "/keys-100000/?list-type=2".
std::string answer(std::string_view target, int& status) {
  const auto question = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, question);
  const std::string_view query = target.substr(std::min(question + 1, target.size()));
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (path.empty()) return bucket_list();
  if (query.starts_with("location")) return document("<LocationConstraint " + std::string(kNamespace) + "></LocationConstraint>");
  if (path.starts_with(kBucketPrefix) && path.find('/') == std::string_view::npos && parameter(query, "list-type") == "2") {
    return key_page(std::string(path), query);
  }
  status = 404;
  return document("<Error><Code>NoSuchKey</Code><Message>only listings are here</Message></Error>");
}

void send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

/// Requests without a body, one after the other.
void serve_connection(int connection) {
  std::string received;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    received.append(buffer.data(), static_cast<std::size_t>(count));
    if (received.find("\r\n\r\n") == std::string::npos) continue;
    const auto space = received.find(' ');
    const bool head = received.starts_with("HEAD ");
    int status = 200;
    std::string body;
    const std::string_view target = std::string_view(received).substr(space + 1, received.find(' ', space + 1) - space - 1);
    if (!head || target.find('/', 1) != std::string_view::npos) body = answer(target, status);
    if (head) body.clear();
    received.clear();
    std::string reply = status == 200 ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 404 Not Found\r\n";
    reply += "Content-Type: application/xml\r\nServer: stub\r\nx-amz-request-id: 17E2B0F1C5A8D3E4\r\nContent-Length: " +
             std::to_string(body.size()) + "\r\n\r\n";
    send_all(connection, reply + body);
  }
  ::close(connection);
}

void serve_lists() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener < 0 || ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 128) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("listen");
  }
  std::thread([listener] {
    while (true) {
      const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      const int on = 1;
      ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      std::thread(serve_connection, connection).detach();
    }
  }).detach();
  serve_for_ever(ntohs(address.sin_port));
}

void serve_latency(int milliseconds) {
  objectstore::bench::raise_file_limit();
  const objectstore::testing::StubServer server(std::chrono::milliseconds(milliseconds), 1024);
  serve_for_ever(server.port());
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  if (words.size() == 2 && words[0] == "latency") serve_latency(static_cast<int>(std::strtol(argv[2], nullptr, 10)));
  if (words.size() == 1 && words[0] == "list") serve_lists();
  std::fprintf(stderr, "usage: compare_server latency MILLISECONDS | list\n");
  return 2;
}
