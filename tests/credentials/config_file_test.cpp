// The parser of the shared configuration files.
#include "credentials/config_file.h"

#include <sys/stat.h>

#include "credentials/text.h"
#include "objectstore/clock.h"
#include "support/catch.h"
#include "support/temp_dir.h"
#include "support/unprivileged.h"

using namespace objectstore;
using credentials::ConfigFile;
using credentials::ConfigFileKind;
using objectstore::testing::contains;
using objectstore::testing::TempDir;
using objectstore::testing::write_file;

namespace {

/// The value of `key` in a profile; "(none)" where there is none.
std::string value(const ConfigFile& file, std::string_view profile, std::string_view key) {
  const auto* settings = file.profile(profile);
  if (settings == nullptr || !settings->contains(key)) return "(none)";
  return std::string(settings->find(key)->second.value);
}

ConfigFile config(std::string text) {
  auto file = ConfigFile::parse(std::move(text), ConfigFileKind::config, "/etc/config");
  INFO((file ? "" : to_string(file.error())));
  REQUIRE(file);
  return std::move(*file);
}

ConfigFile credentials_file(std::string text) {
  auto file = ConfigFile::parse(std::move(text), ConfigFileKind::credentials, "/etc/credentials");
  INFO((file ? "" : to_string(file.error())));
  REQUIRE(file);
  return std::move(*file);
}

}  // namespace

TEST_CASE("a setting is read however it is spaced, delimited and ended") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"[default]\nregion = eu-west-1\n", "eu-west-1"},
      {"[default]\nregion=eu-west-1", "eu-west-1"},
      {"[default]\r\nregion = eu-west-1\r\n", "eu-west-1"},
      {"\xEF\xBB\xBF[default]\nregion = eu-west-1\n", "eu-west-1"},
      {"[default]\n\tregion\t=\teu-west-1\t \n", "eu-west-1"},
      {"  [default]  \n  region = eu-west-1\n", "eu-west-1"},
      {"[ default ]\nregion = eu-west-1\n", "eu-west-1"},
      {"[default] # mine\nregion = eu-west-1\n", "eu-west-1"},
      {"[default];mine\nregion = eu-west-1\n", "eu-west-1"},
      {"[default]\nRegion = eu-west-1\n", "eu-west-1"},
      {"[default]\nregion: eu-west-1\n", "eu-west-1"},
      {"# region = a\n; region = b\n[default]\n  # region = c\nregion = eu-west-1\n", "eu-west-1"},
      {"[default]\nregion = eu-west-1 # here\n", "eu-west-1"},
      {"[default]\nregion = eu-west-1\t; here\n", "eu-west-1"},
      {"[default]\nregion = # nothing\n", ""},
      {"[default]\nregion =\n", ""},
      {"[default]\nregion = a#b;c\n", "a#b;c"},
      {"[default]\nregion = http://h:1/?a=b\n", "http://h:1/?a=b"},
      {"[default]\nregion = a = b\n", "a = b"},
      {"[default]\nregion = first\nregion = second\n", "second"},
      {"[default]\nregion = first\n[profile x]\n[default]\nregion = second\n", "second"},
      {"[default]\nother = x\nregion = one\n   two\n", "one\n   two"},
  }));
  CAPTURE(text);
  CHECK(value(config(text), "default", "region") == expected);
}

TEST_CASE("the header of a section says which profile it is, each file by its own rule") {
  SECTION("the config file wants the word profile, and takes quotes") {
    const auto file =
        config("[profile a]\nk=1\n[profile 'two words']\nk=2\n[profile\t\"b\"]\nk=3\n[c]\nk=4\n[services s]\nk=5\n[sso-session t]\nk=6\n");
    CHECK(value(file, "a", "k") == "1");
    CHECK(value(file, "two words", "k") == "2");
    CHECK(value(file, "b", "k") == "3");
    CHECK(file.profile("c") == nullptr);
    CHECK(file.has_section("c"));
    CHECK(file.profile("s") == nullptr);
    REQUIRE(file.services("s") != nullptr);
    CHECK(file.services("s")->find("k")->second.value == "5");
    CHECK(file.services("a") == nullptr);
  }
  SECTION("the credentials file has the name alone") {
    const auto file = credentials_file("[a]\nk=1\n['two words']\nk=2\n[profile b]\nk=3\n");
    CHECK(value(file, "a", "k") == "1");
    CHECK(value(file, "two words", "k") == "2");
    CHECK(file.profile("b") == nullptr);
    CHECK(file.has_section("profile b"));
  }
  SECTION("[profile default] goes before [default], whichever comes first") {
    const auto text = GENERATE("[default]\nk=plain\n[profile default]\nk=long\n", "[profile default]\nk=long\n[default]\nk=plain\n");
    CHECK(value(config(text), "default", "k") == "long");
  }
}

TEST_CASE("sections of one name are merged and remember where a key stood before") {
  const auto file = config("[profile a]\nx=1\ny=2\n[profile b]\nx=3\n[profile a]\ny=4\nz=5\n");
  CHECK(value(file, "a", "x") == "1");
  CHECK(value(file, "a", "y") == "4");
  CHECK(value(file, "a", "z") == "5");
  const auto& y = file.profile("a")->find("y")->second;
  CHECK(y.line == 7);
  CHECK(y.earlier_lines == std::vector<int>{3});
  CHECK(file.profile("a")->find("x")->second.earlier_lines.empty());
}

TEST_CASE("settings below a setting without a value are nested in it") {
  const auto file = config(
      "[profile a]\n"
      "s3 =\n"
      "  max_concurrent_requests = 20\n"
      "\n"
      "  # a comment\n"
      "  Endpoint_URL = http://h:9000 # local\n"
      "region = eu-west-1\n"
      "[profile b]\n"
      "  region = indented\n"
      "  other = also\n");
  const auto& s3 = file.profile("a")->find("s3")->second;
  CHECK(s3.value.empty());
  REQUIRE(s3.nested.size() == 2);
  CHECK(s3.nested.find("max_concurrent_requests")->second.value == "20");
  CHECK(s3.nested.find("endpoint_url")->second.value == "http://h:9000");
  CHECK(s3.nested.find("endpoint_url")->second.line == 6);
  CHECK(value(file, "a", "region") == "eu-west-1");
  CHECK(value(file, "a", "endpoint_url") == "(none)");
  CHECK(value(file, "b", "region") == "indented");
  CHECK(value(file, "b", "other") == "also");
}

TEST_CASE("a syntax error names file and line and shows nothing of the line") {
  const auto [text, line, what] = GENERATE(table<std::string, std::string, std::string>({
      {"CANARY = CANARY\n", "line 1", "before the first [section]"},
      {"[default]\nCANARY\n", "line 2", "neither a [section] nor key = value"},
      {"[default]\n\n= CANARY\n", "line 3", "a value without a key"},
      {"[default\nCANARY = 1\n", "line 1", "without ']'"},
      {"[]\n", "line 1", "without a name"},
      {"[default] CANARY\n", "line 1", "behind the section header"},
      {"[default]\r\ns3 =\r\n  CANARY\r\n", "line 3", "neither a [section] nor key = value"},
      {"[a]\n[default]\ngood = 1\n: CANARY", "line 4", "a value without a key"},
  }));
  CAPTURE(text);
  const auto kind = GENERATE(ConfigFileKind::config, ConfigFileKind::credentials);
  const auto file = ConfigFile::parse(text, kind, "/etc/aws-config");
  REQUIRE(kind_of(file) == ErrorKind::invalid_argument);
  CHECK(contains(file.error().message, "/etc/aws-config, " + line + ": "));
  CHECK(contains(file.error().message, what));
  CHECK_FALSE(contains(file.error().message, "CANARY"));
}

TEST_CASE("an empty file, comments alone and unknown settings are fine") {
  CHECK(config("").profile("default") == nullptr);
  CHECK(config("\xEF\xBB\xBF").profile("default") == nullptr);
  CHECK(config("# nothing\n;\n\n").profile("default") == nullptr);
  CHECK(config("[default]\n").profile("default") != nullptr);
  CHECK(value(config("[default]\ncli_pager = less -R\n"), "default", "cli_pager") == "less -R");
}

TEST_CASE("values stay valid when the parsed file is moved") {
  auto file = config("[default]\nk = v\n");  // short enough to live inside a std::string
  const ConfigFile moved = std::move(file);
  CHECK(value(moved, "default", "k") == "v");
}

TEST_CASE("what is no configuration file is refused by name") {
  const TempDir folder;
  const auto path = folder / "file";
  const auto refused = [&](std::string_view why) {
    const auto read = read_config_file(path, ConfigFileKind::config);
    REQUIRE(kind_of(read) == ErrorKind::invalid_argument);
    CHECK(contains(read.error().message, path.string()));
    CHECK(contains(read.error().message, std::string(why)));
  };

  SECTION("one byte over 1 MiB") {
    write_file(path, std::string(credentials::kMaxConfigBytes + 1, '\n'));
    refused("larger than 1 MiB");
  }
  SECTION("exactly 1 MiB is read") {
    write_file(path, std::string(credentials::kMaxConfigBytes - 15, '\n') + "[default]\nk = v");
    const auto read = read_config_file(path, ConfigFileKind::config);
    REQUIRE(read);
    CHECK(value(*read->file, "default", "k") == "v");
  }
  SECTION("a NUL byte") {
    write_file(path, std::string_view("[default]\nk = a\0b\n", 18));
    refused("NUL byte");
  }
  SECTION("a folder") {
    std::filesystem::create_directory(path);
    refused("cannot be read");
  }
  SECTION("a pipe nobody writes to does not hang") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    refused("not a regular file");
  }
  SECTION("no permission") {
    write_file(path, "[default]\n");
    std::filesystem::permissions(path, std::filesystem::perms::none);
    const testing::Unprivileged user(folder.path());
    refused("ermission denied");
  }
  SECTION("a loop of links") {
    std::filesystem::create_symlink(path, path);
    refused("cannot be read");
  }
}

TEST_CASE("a device without end is no configuration file, and /dev/null is an empty one") {
  CHECK(kind_of(credentials::read_config_file("/dev/zero", ConfigFileKind::config)) == ErrorKind::invalid_argument);
  const auto null = credentials::read_config_file("/dev/null", ConfigFileKind::config);
  REQUIRE(null);
  REQUIRE(null->file);
  CHECK(null->file->profile("default") == nullptr);
}

TEST_CASE("a missing file is no error") {
  const TempDir folder;
  write_file(folder / "file", "");
  const auto path = GENERATE("missing", "missing/deeper", "file/below-a-file");
  const auto read = read_config_file(folder / path, ConfigFileKind::config);
  REQUIRE(read);
  CHECK_FALSE(read->file);
  CHECK(read->stamp == credentials::FileStamp{});
}

TEST_CASE("a file's stamp tells its states apart") {
  const TempDir folder;
  const auto path = folder / "file";
  CHECK(credentials::stamp_of(path) == credentials::FileStamp{});
  write_file(path, "[default]\n");
  const auto first = credentials::stamp_of(path);
  CHECK(first != credentials::FileStamp{});
  CHECK(first == credentials::stamp_of(path));
  const auto read = read_config_file(path, ConfigFileKind::config);
  REQUIRE(read);
  CHECK(read->stamp == first);
  write_file(folder / "new", "[default]\n");
  std::filesystem::rename(folder / "new", path);
  CHECK(credentials::stamp_of(path) != first);
}

TEST_CASE("whatever the bytes, parsing ends in a file or in an error that names a line") {
  constexpr std::string_view kPieces[] = {"[default]",
                                          "[profile a]",
                                          "[",
                                          "]",
                                          "[]",
                                          "=",
                                          ":",
                                          "#",
                                          ";",
                                          " ",
                                          "  ",
                                          "\t",
                                          "\n",
                                          "\n",
                                          "\r\n",
                                          "key",
                                          "s3",
                                          "'",
                                          "\"",
                                          "profile",
                                          "services",
                                          "\xEF\xBB\xBF",
                                          "\xFF",
                                          "value",
                                          "key = value\n",
                                          "s3 =\n  a = b\n"};
  const auto random = seeded_random(20240517);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto pieces = random->next() % 24; pieces > 0; --pieces) text += kPieces[random->next() % std::size(kPieces)];
    CAPTURE(text);
    const auto kind = random->next() % 2 == 0 ? ConfigFileKind::config : ConfigFileKind::credentials;
    const auto file = ConfigFile::parse(text, kind, "f");
    if (file) {
      // Every value lies within what was written.
      for (const auto* name : {"default", "a"}) {
        const auto* settings = file->profile(name);
        if (settings == nullptr) continue;
        for (const auto& [key, setting] : *settings) {
          if (text.find(setting.value) == std::string::npos || setting.line < 1) FAIL("a value that was not written");
        }
      }
    } else if (file.error().kind != ErrorKind::invalid_argument || !file.error().message.starts_with("f, line ")) {
      FAIL(file.error().message);
    }
  }
}
