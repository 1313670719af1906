//! CREATE_TABLE, DROP_TABLE, TABLE_EXISTS, and DELETE_DATA by condition. Each throws RequestError or the engine's
//! exceptions.
#pragma once

#include "server/call.hpp"

namespace skein {

DistributedResponse HandleCreateTable(Call &call);
DistributedResponse HandleDropTable(Call &call);
DistributedResponse HandleTableExists(Call &call);
DistributedResponse HandleDeleteData(Call &call);

} // namespace skein
