//! The operations on a server's tables and statements that need no registered table.
#pragma once

#include "duckdb/main/extension/extension_loader.hpp"

namespace skein {

//! FROM skein_query(uri, sql)                   rows of one statement
//! CALL skein_execute(uri, sql)                 statements without rows; several run as one transaction
//!     both take the name of an attached database in place of the address, and then run in its transaction
//! CALL skein_create_table(uri, table, columns [, if_not_exists := true])
//!     columns: 'id INTEGER NOT NULL, name VARCHAR DEFAULT 'x'' or {'id': 'INTEGER', 'name': 'VARCHAR'}
//! CALL skein_drop_table(uri, table [, if_exists := true])
//! FROM skein_table_exists(uri, table)
//! CALL skein_drop_database(uri, name)
//! FROM skein_statistics()
//! All but the last take token := '...'.
void RegisterServerFunctions(duckdb::ExtensionLoader &loader);

} // namespace skein
