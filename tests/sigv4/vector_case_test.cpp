// Tests of the vector runner itself: that it reads the suite's layout, and that nothing wrong or unreadable passes.
#include "sigv4/vector_case.h"

#include <fstream>
#include <functional>

#include "support/catch.h"
#include "support/temp_dir.h"

namespace objectstore::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kContext =
    R"({"credentials": {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
  "expiration_in_seconds": 3600, "normalize": true, "region": "us-east-1", "service": "service", "sign_body": false,
  "timestamp": "2015-08-30T12:36:00Z"})";
constexpr const char* kVanillaSignature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

void write_case(const fs::path& folder) {
  fs::create_directories(folder);
  write_file(folder / "request.txt", "GET / HTTP/1.1\nHost:example.amazonaws.com\n");
  write_file(folder / "context.json", kContext);
  write_file(folder / "header-signature.txt", kVanillaSignature);
}

fs::path compact_file() {
  return fs::path(OBJECTSTORE_TEST_DATA) / "sigv4" / "vectors.json";
}

void write_expected(const fs::path& folder, const std::string& form, const ExpectedTexts& expected) {
  const auto write = [&](const char* name, const std::optional<std::string>& text) {
    if (text) write_file(folder / (form + "-" + name + ".txt"), *text);
  };
  write("canonical-request", expected.canonical_request);
  write("string-to-sign", expected.string_to_sign);
  write("signature", expected.signature);
  write("signed-request", expected.signed_request);
}

TEST_CASE("the suite's cases pass, from the compact file and from folders alike") {
  const auto compact = load_vector_file(compact_file());
  REQUIRE(compact);
  CHECK(compact->size() >= 38);
  TempDir temp;
  int from_file = 0;
  for (const VectorCase& vector : *compact) {
    CAPTURE(vector.name);
    const VectorReport report = check_vector(vector);
    CHECK(report.failures == std::vector<std::string>());
    from_file += report.compared;
    const std::string token = vector.credentials.session_token.reveal();
    const fs::path folder = temp / vector.name;
    write_case(folder);
    write_file(folder / "request.txt", vector.request);
    write_file(folder / "context.json",
               std::string(R"({"credentials": {"access_key_id": "AKIDEXAMPLE", "secret_access_key": ")") +
                   vector.credentials.secret_access_key.reveal() + (token.empty() ? "\"" : R"(", "token": ")" + token + "\"") +
                   R"(}, "normalize": )" + (vector.normalize ? "true" : "false") + R"(, "sign_body": )" +
                   (vector.sign_body ? "true" : "false") + R"(, "omit_session_token": )" + (vector.omit_session_token ? "true" : "false") +
                   R"(, "region": "us-east-1", "service": "service", "timestamp": "2015-08-30T12:36:00Z"})");
    write_expected(folder, "header", vector.header);
    write_expected(folder, "query", vector.query);
  }
  CHECK(from_file >= 21 * 8);
  const auto folders = load_vector_folder(temp.path());
  REQUIRE(folders);
  CHECK(folders->size() == compact->size());
  int from_folders = 0;
  for (const VectorCase& vector : *folders) {
    CAPTURE(vector.name);
    const VectorReport report = check_vector(vector);
    CHECK(report.failures == std::vector<std::string>());
    from_folders += report.compared;
  }
  CHECK(from_folders == from_file);
}

TEST_CASE("a text that differs in one character is reported, whichever it is") {
  const auto cases = load_vector_file(compact_file());
  REQUIRE(cases);
  const auto whole =
      std::find_if(cases->begin(), cases->end(), [](const VectorCase& vector) { return vector.name == "post-sts-header-after"; });
  REQUIRE(whole != cases->end());
  for (ExpectedTexts VectorCase::*form : {&VectorCase::header, &VectorCase::query}) {
    for (std::optional<std::string> ExpectedTexts::*text :
         {&ExpectedTexts::canonical_request, &ExpectedTexts::string_to_sign, &ExpectedTexts::signature, &ExpectedTexts::signed_request}) {
      VectorCase vector = *whole;
      std::string& expected = (vector.*form.*text).value();
      REQUIRE(expected.size() > 12);
      expected[12] = expected[12] == 'x' ? 'y' : 'x';
      CHECK_FALSE(check_vector(vector).failures.empty());
    }
  }
}

TEST_CASE("a folder without cases, or that is not there, is an error") {
  TempDir temp;
  CHECK(kind_of(load_vector_folder(temp.path())) == ErrorKind::not_found);
  CHECK(kind_of(load_vector_folder(temp / "missing")) == ErrorKind::not_found);
  write_file(temp / "README.md", "not a case");
  CHECK(kind_of(load_vector_folder(temp.path())) == ErrorKind::not_found);
  write_case(temp / "vanilla");
  CHECK(load_vector_folder(temp.path()));
}

TEST_CASE("a case that cannot be read whole is an error") {
  struct Row {
    const char* name;
    std::function<void(const fs::path&)> spoil;
  };
  const std::vector<Row> rows = {
      {"no request", [](const fs::path& folder) { fs::remove(folder / "request.txt"); }},
      {"empty request", [](const fs::path& folder) { write_file(folder / "request.txt", ""); }},
      {"request is a folder",
       [](const fs::path& folder) { fs::remove(folder / "request.txt"), fs::create_directory(folder / "request.txt"); }},
      {"no context", [](const fs::path& folder) { fs::remove(folder / "context.json"); }},
      {"context cut", [](const fs::path& folder) { write_file(folder / "context.json", "{\"region\": "); }},
      {"context a list", [](const fs::path& folder) { write_file(folder / "context.json", "[]"); }},
      {"context empty", [](const fs::path& folder) { write_file(folder / "context.json", "{}"); }},
      {"wrong type",
       [](const fs::path& folder) {
         write_file(folder / "context.json", std::string(kContext).replace(std::string(kContext).find("true"), 4, "\"x\""));
       }},
      {"no time",
       [](const fs::path& folder) {
         write_file(folder / "context.json", std::string(kContext).replace(std::string(kContext).find("2015"), 4, "last"));
       }},
      {"no expected texts", [](const fs::path& folder) { fs::remove(folder / "header-signature.txt"); }},
      {"no signature",
       [](const fs::path& folder) { fs::rename(folder / "header-signature.txt", folder / "header-canonical-request.txt"); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    TempDir temp;
    write_case(temp / "a");
    write_case(temp / "b");
    REQUIRE(load_vector_folder(temp.path()));
    row.spoil(temp / "b");
    CHECK_FALSE(load_vector_folder(temp.path()));
  }
}

TEST_CASE("a compact file that is missing, cut or empty is an error") {
  TempDir temp;
  CHECK_FALSE(load_vector_file(temp / "missing"));
  for (const char* text : {"", "{", "{}", "[]", R"({"context": {}, "cases": {}})", R"({"context": {}, "cases": []})",
                           R"({"context": {}, "cases": [1]})", R"({"context": {}, "cases": [{"name": "x"}]})"}) {
    CAPTURE(text);
    write_file(temp / "file", text);
    CHECK_FALSE(load_vector_file(temp / "file"));
  }
}

TEST_CASE("an S3 case is signed by S3's rules") {
  // The example "GET Object" of the S3 API Reference, put as a case; then with the path unescaped, as a raw request line may have it.
  TempDir temp;
  const fs::path folder = temp / "s3";
  write_case(folder);
  write_file(folder / "context.json",
             R"({"credentials": {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
                 "normalize": false, "region": "us-east-1", "service": "s3", "sign_body": true, "timestamp": "2013-05-24T00:00:00Z", "expiration_in_seconds": 86400})");
  write_file(folder / "request.txt", "GET /test.txt HTTP/1.1\r\nHost: examplebucket.s3.amazonaws.com\r\nRange: bytes=0-9\r\n\r\n");
  write_file(folder / "header-signature.txt", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41\n");
  auto cases = load_vector_folder(temp.path());
  REQUIRE(cases);
  CHECK(check_vector(cases->front()).failures == std::vector<std::string>());

  write_file(folder / "request.txt",
             "PUT /test$file.text HTTP/1.1\nHost:examplebucket.s3.amazonaws.com\nDate:Fri, 24 May 2013 00:00:00 GMT\n"
             "x-amz-storage-class:REDUCED_REDUNDANCY\n\nWelcome to Amazon S3.");
  write_file(folder / "header-signature.txt", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  cases = load_vector_folder(temp.path());
  REQUIRE(cases);
  CHECK(check_vector(cases->front()).failures == std::vector<std::string>());

  write_file(folder / "request.txt", "GET /test.txt HTTP/1.1\nHost:examplebucket.s3.amazonaws.com\n");
  fs::remove(folder / "header-signature.txt");
  write_file(folder / "query-signature.txt", "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  cases = load_vector_folder(temp.path());
  REQUIRE(cases);
  CHECK(check_vector(cases->front()).failures == std::vector<std::string>());
}

}  // namespace
}  // namespace objectstore::testing
