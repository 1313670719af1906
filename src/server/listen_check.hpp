//! Finds out whether, and if not why not, the server can listen where it is told to. Flight itself says only that it
//! did not start.
#pragma once

#include <string>

#include <arrow/flight/types.h>

namespace skein {

struct ServerOptions;

//! Where to listen, as Flight writes it. Throws StartupError for a host that does not resolve, an address that is not
//! this machine's, a port in use or reserved, and a socket path in use, too long, or in a folder that is not there.
//!
//! Binds every address of the host for a moment. Between that and Flight's own bind another process may come first, so
//! ask again when Flight fails.
arrow::flight::Location CheckListenAddress(const ServerOptions &options);

//! Where the server listens, for people and clients: grpc://0.0.0.0:8815, grpc+tls://..., grpc+unix:///path.
std::string ListenURI(const ServerOptions &options, int actual_port);

} // namespace skein
