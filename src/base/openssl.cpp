// OpenSSL's initialisation.
#include "base/openssl.h"

#include <openssl/crypto.h>

namespace objectstore::base {

void initialise_openssl() noexcept {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);  // what fails here fails again where OpenSSL is used
}

}  // namespace objectstore::base
