// Stores a file and gets it back. The same code runs on "https://...", "http://127.0.0.1:9000" and, as here, on a plain folder.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "objectstore/client.h"

namespace {

int fail(const objectstore::Error& error) {
  std::cerr << objectstore::to_string(error) << '\n';
  return 1;
}

}  // namespace

int main() {
  using objectstore::Body;
  using objectstore::Sink;
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "objectstore-example-put-get";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a.txt") << "hello\n";

  // An empty endpoint means AWS, or what AWS_ENDPOINT_URL_S3 and the profile say.
  const auto client = objectstore::connect({.endpoint = "file:" + (folder / "store").string()});
  if (!client) return fail(client.error());
  if (const auto made = client->create_bucket("media"); !made && made.error().kind != objectstore::ErrorKind::already_exists) {
    return fail(made.error());
  }
  const auto media = client->bucket("media");

  const auto put =
      media->upload("2026/a.txt", Body::file(folder / "a.txt"), {.content_type = "text/plain", .metadata = {{"owner", "ana"}}});
  if (!put) return fail(put.error());
  std::cout << objectstore::to_json(put->ref) << '\n';

  // Into memory ...
  const auto text = media->download("2026/a.txt");
  if (!text) return fail(text.error());
  std::cout << text->content;

  // ... into a file, which appears only when all of it has arrived and is verified ...
  if (const auto got = media->download("2026/a.txt", Sink::file(folder / "b.txt")); !got) return fail(got.error());

  // ... and only the last three bytes.
  const auto tail = media->download("2026/a.txt", {}, {.range = objectstore::ByteRange::suffix(3)});
  if (!tail) return fail(tail.error());

  const bool right = text->content == "hello\n" && tail->content == "lo\n" && text->object.metadata.at("owner") == "ana" &&
                     std::filesystem::file_size(folder / "b.txt") == 6;
  std::filesystem::remove_all(folder);
  return right ? 0 : 1;
}
