//! Sessions, transactions and what the server says of itself. Each throws RequestError or the engine's exceptions.
#pragma once

#include "server/call.hpp"

namespace skein {

DistributedResponse HandleOpenSession(Call &call);
DistributedResponse HandleCloseSession(Call &call);
DistributedResponse HandleBeginTransaction(Call &call);
DistributedResponse HandleCommitTransaction(Call &call);
DistributedResponse HandleRollbackTransaction(Call &call);
DistributedResponse HandleHeartbeat(Call &call);
DistributedResponse HandleStatistics(Call &call);

} // namespace skein
