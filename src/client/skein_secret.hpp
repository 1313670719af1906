//! CREATE SECRET (TYPE skein, TOKEN '...', CA 'file.pem', SCOPE 'grpc://host'): what a server wants to see, kept where
//! no statement shows it.
#pragma once

#include <string>

#include "client/pool/remote_server.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/extension/extension_loader.hpp"

namespace skein {

class SkeinSecret {
public:
	static void Register(duckdb::ExtensionLoader &loader);
	//! From the secret whose scope fits the address best; empty where none does.
	static ServerCredentials Find(duckdb::ClientContext &context, const std::string &uri);
	//! From the secret of that name. Throws InvalidInputException where there is none, or it is of another type.
	static ServerCredentials Get(duckdb::ClientContext &context, const std::string &name);
	//! The PEM text of a file. Throws IOException.
	static std::string ReadCertificates(duckdb::ClientContext &context, const std::string &path);
};

} // namespace skein
