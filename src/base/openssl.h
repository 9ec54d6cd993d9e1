// How this library has OpenSSL in its process.
#pragma once

namespace objectstore::base {

/// Comes before every first use of OpenSSL, libcurl's too. Keeps OpenSSL from taking itself down in exit(): threads of the engine, and those of the
/// program that are in a call, may be in the middle of a TLS connection then, and would fault; an engine that is destroyed after main would find
/// its connections without their library. What OpenSSL keeps per thread still goes with the thread, the rest with the process. Of no effect
/// where the program itself has used OpenSSL before. Any thread. Source: OPENSSL_init_crypto(3), OPENSSL_INIT_NO_ATEXIT.
void initialise_openssl() noexcept;

}  // namespace objectstore::base
