// URLs that carry their own permission: hand one to a browser or to curl, which need no credentials then. Nothing is sent to make one.
#include <chrono>
#include <iostream>

#include "objectstore/client.h"

int main() {
  using objectstore::PresignMethod;
  using namespace std::chrono_literals;
  // The example credentials of the AWS documentation; leave `credentials` out to use the environment or ~/.aws.
  const auto client = objectstore::connect({
      .endpoint = "https://s3.example.com",
      .region = "eu-central-1",
      .credentials = objectstore::static_credentials(
          {.access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}),
  });
  if (!client) return 1;
  const auto docs = client->bucket("docs");

  const auto get = docs->presign("2026/report.pdf", {.expires = 15min});
  if (!get) return 1;
  std::cout << "curl -o report.pdf '" << *get << "'\n";

  // The header becomes part of the signature: who uploads has to send it just so.
  objectstore::Headers headers;
  headers.set("content-type", "application/pdf");
  const auto put = docs->presign("2026/new.pdf", {.method = PresignMethod::put, .expires = 1h, .headers = headers});
  if (!put) return 1;
  std::cout << "curl -T new.pdf -H 'content-type: application/pdf' '" << *put << "'\n";

  // A week is the longest that a signature lasts.
  const auto too_long = docs->presign("2026/report.pdf", {.expires = 24h * 8});
  return get->starts_with("https://") && get->find("X-Amz-Expires=900") != std::string::npos &&
                 put->find("X-Amz-SignedHeaders=content-type%3Bhost") != std::string::npos &&
                 kind_of(too_long) == objectstore::ErrorKind::invalid_argument
             ? 0
             : 1;
}
