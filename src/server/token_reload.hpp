//! A new token for a server that runs.
#pragma once

#include <string>

namespace skein {

class AccessControl;
class DistributedFlightServer;

//! Reads the token file again. Where it holds another token, the old one is refused from now on: sessions end, their
//! transactions are rolled back, calls under way are interrupted. A file that will not do is logged and changes
//! nothing. Any thread.
void ReloadToken(const std::string &token_file, AccessControl &access, DistributedFlightServer &server);

} // namespace skein
