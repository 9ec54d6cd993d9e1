// An HTTPS server for tests on 127.0.0.1 with a certificate made to order, good or bad.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace objectstore::testing {

struct TlsServerOptions {
  std::string dns_name = {};    ///< subjectAltName of type DNS; empty = none
  std::string ip_address = {};  ///< subjectAltName of type IP; empty = none
  std::string common_name = "test";
  bool expired = false;        ///< valid until an hour ago
  bool not_yet_valid = false;  ///< valid from tomorrow
  bool signed_by_ca = true;    ///< false = self-signed; `ca_bundle` holds a CA that has nothing to do with it
  int newest_version = 0;      ///< e.g. 0x0302 = TLS 1.1 (OpenSSL's numbers); 0 = whatever OpenSSL offers
};

/// Answers every request with 200 and the body "secure". Thread-safety: every member may be called concurrently.
class TlsServer {
 public:
  explicit TlsServer(const TlsServerOptions& options);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// A PEM file with the CA; lives as long as the server.
  [[nodiscard]] std::string ca_bundle() const;
  [[nodiscard]] int requests() const;
  /// Handshakes that resumed an earlier session.
  [[nodiscard]] int resumed() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace objectstore::testing
