//! CATALOG and DROP_DATABASE. Each throws RequestError or the engine's exceptions.
#pragma once

#include "server/call.hpp"

namespace skein {

DistributedResponse HandleCatalog(Call &call);
DistributedResponse HandleDropDatabase(Call &call);

} // namespace skein
