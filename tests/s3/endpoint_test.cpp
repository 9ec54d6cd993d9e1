// Endpoints, regions and addresses.
#include "s3/endpoint.h"

#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;

TEST_CASE("an endpoint's URL is taken apart strictly") {
  struct Case {
    const char* url;
    const char* scheme;
    const char* host;
    const char* prefix;
    bool loopback;
  };
  const auto row = GENERATE(values<Case>({
      {"http://127.0.0.1:9000", "http", "127.0.0.1:9000", "", true},
      {"http://127.0.0.1:9000/", "http", "127.0.0.1:9000", "", true},
      {"HTTPS://S3.Example.COM", "https", "s3.example.com", "", false},
      {"https://s3.example.com:443", "https", "s3.example.com", "", false},
      {"http://s3.example.com:80", "http", "s3.example.com", "", false},
      {"http://s3.example.com:443", "http", "s3.example.com:443", "", false},
      {"https://s3.example.com:8443/storage/v1/s3/", "https", "s3.example.com:8443", "/storage/v1/s3", false},
      {"http://[::1]:9000", "http", "[::1]:9000", "", true},
      {"https://[2001:DB8::1]", "https", "[2001:db8::1]", "", false},
      {"http://localhost", "http", "localhost", "", true},
      {"http://minio_1", "http", "minio_1", "", false},
  }));
  CAPTURE(row.url);
  const auto endpoint = parse_endpoint(row.url);
  REQUIRE(endpoint);
  CHECK(endpoint->scheme == row.scheme);
  CHECK(endpoint->host == row.host);
  CHECK(endpoint->path_prefix == row.prefix);
  CHECK(endpoint->loopback == row.loopback);
}

TEST_CASE("a wrong endpoint is refused, and a secret in it is not repeated") {
  const std::string url =
      GENERATE(as<std::string>{}, "localhost:9000", "s3.example.com", "ftp://s3.example.com", "http://", "http://:9000",
               "http://host:", "http://host:0", "http://host:65536", "http://host:9000x", "http://host:-1", "http://canary:canary@host",
               "http://canary@host", "http://host?x=canary", "http://host/#canary", "http://ho st", "http://host\r\nx: canary",
               "http://[::1", "http://[zz]", "http://[::1]x", "http://[::1]:", "http://-host", "http://a..b", "http://h\xc3\xb6st",
               "http://host/a/../b", "http://host/%zz", "//host");
  CAPTURE(url);
  const auto endpoint = parse_endpoint(url);
  REQUIRE_FALSE(endpoint);
  CHECK(endpoint.error().kind == ErrorKind::invalid_argument);
  CHECK(endpoint.error().message.find("canary") == std::string::npos);
}

TEST_CASE("bucket and key become host and path") {
  struct Case {
    const char* endpoint;
    Addressing addressing;
    const char* region;
    const char* bucket;
    const char* key;
    const char* host;
    const char* path;
  };
  const auto row = GENERATE(values<Case>({
      // AWS: virtual-hosted where the certificate allows it.
      {"", Addressing::automatic, "eu-west-1", "media", "a/b.txt", "media.s3.eu-west-1.amazonaws.com", "/a/b.txt"},
      {"", Addressing::automatic, "us-east-1", "media", "", "media.s3.us-east-1.amazonaws.com", "/"},
      {"", Addressing::automatic, "us-east-1", "", "", "s3.us-east-1.amazonaws.com", "/"},
      {"", Addressing::automatic, "cn-north-1", "media", "k", "media.s3.cn-north-1.amazonaws.com.cn", "/k"},
      {"", Addressing::automatic, "us-gov-west-1", "media", "k", "media.s3.us-gov-west-1.amazonaws.com", "/k"},
      {"", Addressing::automatic, "us-east-1", "my.media", "k", "s3.us-east-1.amazonaws.com", "/my.media/k"},
      {"", Addressing::virtual_hosted, "us-east-1", "my.media", "k", "s3.us-east-1.amazonaws.com", "/my.media/k"},
      {"", Addressing::path, "us-east-1", "media", "k", "s3.us-east-1.amazonaws.com", "/media/k"},
      {"https://s3.eu-west-1.amazonaws.com", Addressing::automatic, "eu-west-1", "media", "k", "media.s3.eu-west-1.amazonaws.com", "/k"},
      // Elsewhere: path style.
      {"http://127.0.0.1:9000", Addressing::automatic, "us-east-1", "media", "k", "127.0.0.1:9000", "/media/k"},
      {"http://minio:9000", Addressing::automatic, "us-east-1", "media", "", "minio:9000", "/media"},
      {"http://minio:9000", Addressing::virtual_hosted, "us-east-1", "media", "k", "media.minio:9000", "/k"},
      {"http://minio:9000", Addressing::virtual_hosted, "us-east-1", "my.media", "k", "my.media.minio:9000", "/k"},
      {"https://gate/storage/v1", Addressing::automatic, "us-east-1", "media", "k", "gate", "/storage/v1/media/k"},
      {"https://gate/storage/v1", Addressing::automatic, "us-east-1", "", "", "gate", "/storage/v1"},
      // Keys go out byte for byte.
      {"http://minio:9000", Addressing::path, "us-east-1", "media", "/a//./../b/", "minio:9000", "/media//a//./../b/"},
      {"http://minio:9000", Addressing::path, "us-east-1", "media", "+ %46?&#=~*'\x01\xc3\xbc", "minio:9000",
       "/media/%2B%20%2546%3F%26%23%3D~%2A%27%01%C3%BC"},
  }));
  CAPTURE(row.endpoint, row.bucket, row.key, row.region);
  const auto endpoint = parse_endpoint(row.endpoint);
  REQUIRE(endpoint);
  const auto address = address_of(*endpoint, row.addressing, row.region, false, row.bucket, row.key);
  CHECK(address.host == row.host);
  CHECK(address.path == row.path);
}

TEST_CASE("a learnt region moves hosts of AWS and no others") {
  const auto aws = parse_endpoint("https://s3.eu-west-1.amazonaws.com");
  CHECK(address_of(*aws, Addressing::automatic, "ap-south-1", true, "media", "k").host == "media.s3.ap-south-1.amazonaws.com");
  const auto other = parse_endpoint("http://127.0.0.1:9000");
  CHECK(address_of(*other, Addressing::automatic, "ap-south-1", true, "media", "k").host == "127.0.0.1:9000");
}

TEST_CASE("a region is only what may stand in a host name") {
  CHECK(is_region_name("eu-west-1"));
  CHECK(is_region_name("garage"));
  for (const char* bad : {"", "evil.example.com/", "a.b", "a b", "a\r\n", "-a", "a-", "a_b", "a@b", "a:1"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_region_name(bad));
  }
  CHECK_FALSE(is_region_name(std::string(65, 'a')));
}

TEST_CASE("an AWS host names its region") {
  CHECK(region_of_host("s3.eu-west-1.amazonaws.com") == "eu-west-1");
  CHECK(region_of_host("s3-us-west-2.amazonaws.com") == "us-west-2");
  CHECK(region_of_host("s3.dualstack.ap-south-1.amazonaws.com") == "ap-south-1");
  CHECK(region_of_host("s3.cn-north-1.amazonaws.com.cn") == "cn-north-1");
  CHECK(region_of_host("s3.amazonaws.com") == "us-east-1");
  CHECK(region_of_host("s3-accelerate.amazonaws.com").empty());
  CHECK(region_of_host("s3.eu-west-1.example.com").empty());
  CHECK(region_of_host("minio").empty());
}
