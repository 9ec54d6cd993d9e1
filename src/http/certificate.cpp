// Looks into the certificate itself: what libcurl says about its extensions depends on the TLS library.
#include "http/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>

namespace objectstore::http {

bool has_common_name_only(CURL* handle) {
  curl_certinfo* chain = nullptr;
  if (curl_easy_getinfo(handle, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr || chain->num_of_certs < 1) return false;
  constexpr std::string_view kLabel = "Cert:";
  for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
    std::string_view pem = line->data;
    if (!pem.starts_with(kLabel)) continue;
    pem.remove_prefix(kLabel.size());
    const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), &X509_free);
    return certificate && X509_get_ext_by_NID(certificate.get(), NID_subject_alt_name, -1) < 0;
  }
  return false;
}

}  // namespace objectstore::http
