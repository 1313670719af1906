//! The server's certificate and key, checked before Flight gets them: it would only say that it did not start.
#pragma once

#include <string>

#include <arrow/flight/types.h>

namespace skein {

//! Reads the PEM files of --tls-cert and --tls-key. Throws StartupError where one cannot be read, is not PEM, holds no
//! certificate or no unencrypted private key, where the two do not belong together, where the certificate is not valid
//! now, and where every user of the machine may read the key.
arrow::flight::CertKeyPair LoadTlsFiles(const std::string &cert_path, const std::string &key_path);

} // namespace skein
