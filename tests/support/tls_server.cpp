// Certificates and the accept loop of the HTTPS test server; one connection at a time.
#include "support/tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "support/temp_dir.h"

namespace objectstore::testing {
namespace {

template <class T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* object) const { Free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509, X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX, SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Deleter<SSL, SSL_free>>;

void must(bool done) {
  if (!done) throw std::runtime_error("OpenSSL refuses the test server's set-up");
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  must(key != nullptr);
  return key;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

Certificate make_certificate(EVP_PKEY* key, const std::string& name, long from_seconds, long to_seconds, X509* issuer) {
  static std::atomic<long> serial{1};
  Certificate certificate(X509_new());
  must(certificate != nullptr && X509_set_version(certificate.get(), 2) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to_seconds);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0) == 1);
  must(X509_set_issuer_name(certificate.get(), issuer != nullptr ? X509_get_subject_name(issuer) : subject) == 1);
  must(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

}  // namespace

struct TlsServer::State {
  explicit State(const TlsServerOptions& options) {
    Key ca_key = make_key();
    Certificate ca = make_certificate(ca_key.get(), "test CA", -7200, 86400, nullptr);
    add_extension(ca.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(ca.get(), NID_key_usage, "critical,keyCertSign");
    must(X509_sign(ca.get(), ca_key.get(), EVP_sha256()) > 0);
    std::FILE* file = std::fopen((folder / "ca.pem").c_str(), "we");
    must(file != nullptr && PEM_write_X509(file, ca.get()) == 1 && std::fclose(file) == 0);

    Key key = make_key();
    long from = options.not_yet_valid ? 43200 : -7200;
    long to = options.expired ? -3600 : 86400;
    Certificate leaf = make_certificate(key.get(), options.common_name, from, to, options.signed_by_ca ? ca.get() : nullptr);
    std::string names = options.dns_name.empty() ? "" : "DNS:" + options.dns_name;
    if (!options.ip_address.empty()) names += (names.empty() ? "IP:" : ",IP:") + options.ip_address;
    if (!names.empty()) add_extension(leaf.get(), NID_subject_alt_name, names);
    must(X509_sign(leaf.get(), options.signed_by_ca ? ca_key.get() : key.get(), EVP_sha256()) > 0);

    context.reset(SSL_CTX_new(TLS_server_method()));
    must(context != nullptr && SSL_CTX_set_cipher_list(context.get(), "DEFAULT:@SECLEVEL=0") == 1);
    must(SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION) == 1);
    must(SSL_CTX_set_max_proto_version(context.get(), options.newest_version) == 1);
    must(SSL_CTX_use_certificate(context.get(), leaf.get()) == 1 && SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1);

    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    must(listener >= 0 && ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener, 64) == 0 &&
         ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    acceptor = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
  }

  ~State() {
    acceptor.request_stop();
    ::shutdown(listener, SHUT_RDWR);
    {
      std::lock_guard lock(mutex);
      if (current >= 0) ::shutdown(current, SHUT_RDWR);
    }
    acceptor.join();
    ::close(listener);
  }

  void accept_all(const std::stop_token& stop) {
    sigset_t broken_pipe;  // OpenSSL writes with write(2): a client that has hung up must not end the test
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    while (!stop.stop_requested()) {
      int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      {
        std::lock_guard lock(mutex);
        current = fd;
        if (stop.stop_requested()) ::shutdown(fd, SHUT_RDWR);
      }
      serve(fd);
      std::lock_guard lock(mutex);
      current = -1;
      ::close(fd);
    }
  }

  /// One request per connection: the next client need not wait for this one to go.
  void serve(int fd) {
    Session session(SSL_new(context.get()));
    if (session == nullptr || SSL_set_fd(session.get(), fd) != 1 || SSL_accept(session.get()) != 1) return;
    if (SSL_session_reused(session.get()) == 1) ++resumed;
    std::string head;
    std::array<char, 4096> chunk;
    while (head.find("\r\n\r\n") == std::string::npos) {
      int count = SSL_read(session.get(), chunk.data(), static_cast<int>(chunk.size()));
      if (count <= 0) return;
      head.append(chunk.data(), static_cast<std::size_t>(count));
    }
    ++requests;
    constexpr std::string_view reply = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecure";
    SSL_write(session.get(), reply.data(), static_cast<int>(reply.size()));
    SSL_shutdown(session.get());
  }

  TempDir folder;
  Context context;
  int listener = -1;
  std::uint16_t port = 0;
  std::atomic<int> requests{0};
  std::atomic<int> resumed{0};
  std::mutex mutex;
  int current = -1;  ///< guarded by mutex: the connection being served
  std::jthread acceptor;
};

TlsServer::TlsServer(const TlsServerOptions& options) : state_(std::make_unique<State>(options)) {}
TlsServer::~TlsServer() = default;

std::uint16_t TlsServer::port() const {
  return state_->port;
}
std::string TlsServer::ca_bundle() const {
  return (state_->folder / "ca.pem").native();
}
int TlsServer::requests() const {
  return state_->requests;
}
int TlsServer::resumed() const {
  return state_->resumed;
}

}  // namespace objectstore::testing
