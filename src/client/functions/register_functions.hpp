//! register_remote_table, unregister_remote_table, remote_tables.
#pragma once

#include "duckdb/main/extension/extension_loader.hpp"

namespace skein {

//! CALL register_remote_table(local_name, uri, remote_name [, replace := true] [, token := '...'])
//! CALL unregister_remote_table(local_name)
//! FROM remote_tables()
void RegisterRemoteTableFunctions(duckdb::ExtensionLoader &loader);

} // namespace skein
