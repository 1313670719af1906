#include "server/tls_files.hpp"

#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "server/startup_error.hpp"
#include "server/startup_file.hpp"

namespace skein {

namespace {

struct OpenSSLDeleter {
	void operator()(BIO *bio) const {
		BIO_free(bio);
	}
	void operator()(X509 *certificate) const {
		X509_free(certificate);
	}
	void operator()(EVP_PKEY *key) const {
		EVP_PKEY_free(key);
	}
};
template <class T>
using OpenSSLPointer = std::unique_ptr<T, OpenSSLDeleter>;

[[noreturn]] void Fail(const char *option, const std::string &path, const std::string &reason) {
	throw StartupError(std::string(option) + ": '" + path + "' " + reason);
}

OpenSSLPointer<BIO> ReadOnly(const std::string &text) {
	return OpenSSLPointer<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

//! OpenSSL would ask at the terminal.
int RefusePassphrase(char *, int, int, void *asked) {
	*static_cast<bool *>(asked) = true;
	return -1;
}

std::string TimeText(const ASN1_TIME *time) {
	OpenSSLPointer<BIO> out(BIO_new(BIO_s_mem()));
	ASN1_TIME_print(out.get(), time);
	char *text = nullptr;
	auto size = BIO_get_mem_data(out.get(), &text);
	return std::string(text, static_cast<size_t>(size));
}

OpenSSLPointer<X509> ParseCertificate(const std::string &path, const std::string &pem) {
	auto input = ReadOnly(pem);
	OpenSSLPointer<X509> certificate(PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr));
	if (!certificate) {
		Fail("--tls-cert", path, "holds no PEM certificate (-----BEGIN CERTIFICATE-----)");
	}
	if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) > 0) {
		Fail("--tls-cert", path, "is not valid before " + TimeText(X509_get0_notBefore(certificate.get())));
	}
	if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
		Fail("--tls-cert", path, "expired on " + TimeText(X509_get0_notAfter(certificate.get())) + "; renew it");
	}
	return certificate;
}

OpenSSLPointer<EVP_PKEY> ParseKey(const std::string &path, const std::string &pem) {
	auto input = ReadOnly(pem);
	bool passphrase_asked = false;
	OpenSSLPointer<EVP_PKEY> key(PEM_read_bio_PrivateKey(input.get(), nullptr, RefusePassphrase, &passphrase_asked));
	if (!key) {
		Fail("--tls-key", path,
		     passphrase_asked
		         ? "is protected by a passphrase; give a key without one (openssl pkey -in KEY -out NEWKEY)"
				 : "holds no PEM private key (-----BEGIN PRIVATE KEY-----)");
	}
	return key;
}

} // namespace

arrow::flight::CertKeyPair LoadTlsFiles(const std::string &cert_path, const std::string &key_path) {
	arrow::flight::CertKeyPair files;
	files.pem_cert = ReadStartupFile(cert_path, "--tls-cert", false);
	files.pem_key = ReadStartupFile(key_path, "--tls-key", true);
	auto certificate = ParseCertificate(cert_path, files.pem_cert);
	auto key = ParseKey(key_path, files.pem_key);
	if (X509_check_private_key(certificate.get(), key.get()) != 1) {
		throw StartupError("--tls-cert '" + cert_path + "' and --tls-key '" + key_path +
		                   "' do not belong together: the key is not the certificate's");
	}
	return files;
}

} // namespace skein
