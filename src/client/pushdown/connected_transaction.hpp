//! BEGIN, COMMIT and ROLLBACK of a connection that is connected to a remote database.
//!
//! DuckDB hands such a connection's statements to the catalog as text, and runs what it gets back. These three then
//! begin and end the connection's own transaction, and with it the remote one, which AttachedTransaction holds.
#pragma once

#include "duckdb/function/table_function.hpp"

namespace skein {

class ConnectedTransaction {
public:
	static constexpr const char *NAME = "__skein_transaction";

	//! Its arguments: the database's name, the statement.
	static duckdb::TableFunction GetFunction();
};

} // namespace skein
