// Where requests go: the endpoint's URL, AWS hosts by region, path style and virtual-hosted style.
#pragma once

#include <string>
#include <string_view>

#include "objectstore/client.h"
#include "objectstore/result.h"

namespace objectstore::s3 {

struct Endpoint {
  std::string scheme;       ///< "http" or "https"
  std::string host;         ///< lower case, without a default port; empty = AWS: the region makes the host
  std::string path_prefix;  ///< "" or "/a/b": in front of every path
  bool aws = false;         ///< a host of AWS: virtual-hosted style works
  bool loopback = false;    ///< this machine
  bool ip_address = false;  ///< no name can stand in front of it

  [[nodiscard]] bool https() const { return scheme == "https"; }
  /// For people: "https://host:port/prefix", or "AWS".
  [[nodiscard]] std::string text() const;
};

/// Strict: "http(s)://host[:port][/prefix]"; an empty URL is AWS. Errors: invalid_argument, whose message never repeats the URL where it
/// may hold a secret (user information, a query).
Result<Endpoint> parse_endpoint(std::string_view url);

/// Letters, digits and hyphens, at most 64: what may become part of a host name.
bool is_region_name(std::string_view region);
/// The region that an AWS host like "s3.eu-west-1.amazonaws.com" names; else "".
std::string region_of_host(std::string_view host);
/// "s3.eu-west-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn".
std::string aws_host(std::string_view region);

/// The host and path of one bucket or key ("" = none), percent-encoded.
struct Address {
  std::string host;
  std::string path;
};
/// `moved`: `region` was learnt from a redirect, so an AWS host follows it.
/// A bucket whose name holds a dot gets path style over TLS in any case: the certificate's wildcard covers one label only.
Address address_of(const Endpoint& endpoint, Addressing addressing, std::string_view region, bool moved, std::string_view bucket,
                   std::string_view key);

}  // namespace objectstore::s3
