//! The steps from options to a server that listens.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/flight/types.h>

#include "server/access_control.hpp"

namespace skein {

class DistributedFlightServer;
class Engine;
struct ServerOptions;

//! What the files and addresses named by the options turned out to be.
struct CheckedOptions {
	//! Asked by every call: must outlive the server.
	std::unique_ptr<AccessControl> access;
	//! One, or none without TLS.
	std::vector<arrow::flight::CertKeyPair> certificates;
	arrow::flight::Location location;
};

//! Finds out everything that can be wrong with the options before the database is touched. Throws StartupError.
CheckedOptions CheckOptions(const ServerOptions &options);

//! Opens the database. Throws StartupError for one that cannot be opened, with the engine's reason.
std::unique_ptr<Engine> OpenEngine(const ServerOptions &options);

//! Starts listening and serving. Throws StartupError where Flight would not start, with the reason if it can be found.
void StartServing(DistributedFlightServer &server, const ServerOptions &options, const CheckedOptions &checked);

//! What is printed once the server listens: a sentence for people, made of key=value for programs.
std::string StartLine(const ServerOptions &options, AccessMode mode, int actual_port);

} // namespace skein
