// Where requests go: the endpoint's URL, AWS hosts by region, path style and virtual-hosted style.
#include "s3/endpoint.h"

#include <algorithm>
#include <utility>

#include "base/authority.h"
#include "base/encoding.h"

namespace objectstore::s3 {

namespace {

Error invalid(std::string_view message) {
  return Error{.kind = ErrorKind::invalid_argument, .message = "endpoint: " + std::string(message)};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253 || host.front() == '.' || host.front() == '-') return false;
  if (host.find("..") != std::string_view::npos) return false;
  return std::all_of(host.begin(), host.end(), [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_ipv6(std::string_view text) {
  return text.find(':') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_hex_digit(c) || c == ':' || c == '.'; });
}

/// RFC 3986: segments of pchar.
bool is_path(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '%') {
      if (i + 2 >= path.size() || !is_hex_digit(path[i + 1]) || !is_hex_digit(path[i + 2])) return false;
    } else if (!is_alnum(c) && std::string_view("-._~!$&'()*+,;=:@/").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

/// Suffix of a region's partition. Source: botocore's partitions.json.
std::string_view dns_suffix(std::string_view region) {
  if (region.starts_with("cn-")) return "amazonaws.com.cn";
  if (region.starts_with("us-iso-")) return "c2s.ic.gov";
  if (region.starts_with("us-isob-")) return "sc2s.sgov.gov";
  if (region.starts_with("us-isof-")) return "csp.hci.ic.gov";
  if (region.starts_with("eu-isoe-")) return "cloud.adc-e.uk";
  if (region.starts_with("eusc-")) return "amazonaws.eu";
  return "amazonaws.com";
}

bool is_aws_host(std::string_view host) {
  return host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn") || host.ends_with(".amazonaws.eu");
}

}  // namespace

std::string Endpoint::text() const {
  return host.empty() ? std::string("AWS") : scheme + "://" + host + path_prefix;
}

Result<Endpoint> parse_endpoint(std::string_view url) {
  Endpoint endpoint;
  if (url.empty()) {
    endpoint.scheme = "https";
    endpoint.aws = true;
    return endpoint;
  }
  if (std::any_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; })) {
    return invalid("the URL holds a space or a control character");
  }
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return invalid("the URL must begin with http:// or https:// (or be file:DIR or memory:)");
  endpoint.scheme = base::to_lower(url.substr(0, colon));
  if (endpoint.scheme != "http" && endpoint.scheme != "https") return invalid("only http:// and https:// URLs are possible");
  std::string_view rest = url.substr(colon + 3);
  if (rest.find_first_of("?#") != std::string_view::npos) return invalid("the URL must have no query and no fragment");
  const auto slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) {
    return invalid("the URL must hold no user or password; give credentials by environment, profile or option");
  }
  std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!is_path(path)) return invalid("the URL's path holds a character that no path may hold");
  if (("/" + std::string(path) + "/").find("/../") != std::string::npos) return invalid("the URL's path must not hold \"..\"");
  endpoint.path_prefix = path;

  const auto split = base::split_authority(authority);
  if (!split) return invalid(split.error().message);
  endpoint.host = base::to_lower(split->host);
  if (endpoint.host.starts_with('[')) {
    if (!is_ipv6(std::string_view(endpoint.host).substr(1, endpoint.host.size() - 2))) return invalid("not an IPv6 address in brackets");
    endpoint.ip_address = true;
  } else {
    if (!is_host_name(endpoint.host)) return invalid("the URL's host is no host name");
    endpoint.ip_address = base::is_ipv4(endpoint.host);
  }
  endpoint.loopback = endpoint.host == "localhost" || endpoint.host.ends_with(".localhost") || endpoint.host == "[::1]" ||
                      (endpoint.ip_address && endpoint.host.starts_with("127."));
  endpoint.aws = is_aws_host(endpoint.host);
  if (split->port != 0 && split->port != (endpoint.https() ? 443 : 80)) endpoint.host += ':' + std::to_string(split->port);
  return endpoint;
}

bool is_region_name(std::string_view region) {
  return !region.empty() && region.size() <= 64 && region.front() != '-' && region.back() != '-' &&
         std::all_of(region.begin(), region.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

std::string region_of_host(std::string_view host) {
  for (const std::string_view suffix : {".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"}) {
    if (!host.ends_with(suffix)) continue;
    std::string_view name = host.substr(0, host.size() - suffix.size());
    if (name == "s3") return "us-east-1";
    for (const std::string_view service : {"s3.dualstack.", "s3-fips.dualstack.", "s3-fips.", "s3.", "s3-"}) {
      if (!name.starts_with(service)) continue;
      const std::string_view region = name.substr(service.size());
      if (is_region_name(region) && std::count(region.begin(), region.end(), '-') >= 2) return std::string(region);
      break;
    }
  }
  return {};
}

std::string aws_host(std::string_view region) {
  std::string host = "s3.";
  host += region;
  host += '.';
  host += dns_suffix(region);
  return host;
}

Address address_of(const Endpoint& endpoint, Addressing addressing, std::string_view region, bool moved, std::string_view bucket,
                   std::string_view key) {
  const bool host_of_region = endpoint.host.empty() || (endpoint.aws && moved);
  Address address;
  bool virtual_hosted = false;
  if (!bucket.empty() && !endpoint.ip_address && endpoint.path_prefix.empty()) {
    virtual_hosted = addressing == Addressing::virtual_hosted || (addressing == Addressing::automatic && endpoint.aws);
    if (bucket.find('.') != std::string_view::npos && (endpoint.https() || addressing == Addressing::automatic)) virtual_hosted = false;
  }
  if (virtual_hosted) {
    address.host.reserve(bucket.size() + 48);
    address.host = bucket;
    address.host += '.';
  }
  if (host_of_region) {
    address.host += aws_host(region);
  } else {
    address.host += endpoint.host;
  }
  address.path.reserve(endpoint.path_prefix.size() + bucket.size() + key.size() + 18);
  address.path = endpoint.path_prefix;
  if (!bucket.empty() && !virtual_hosted) {
    address.path += '/';
    address.path += bucket;
  }
  if (!key.empty()) {
    address.path += '/';
    base::uri_encode_to(address.path, key, true);
  }
  if (address.path.empty()) address.path = "/";
  return address;
}

}  // namespace objectstore::s3
