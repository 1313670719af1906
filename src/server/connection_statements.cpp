#include "server/connection_statements.hpp"

#include "duckdb/execution/operator/helper/physical_set.hpp"
#include "duckdb/main/config.hpp"
#include "duckdb/parser/statement/create_statement.hpp"
#include "duckdb/parser/statement/set_statement.hpp"
#include "server/request_error.hpp"

namespace skein {

using duckdb::StatementType;

static bool SetsConnection(const duckdb::SetStatement &statement) {
	if (statement.set_type != duckdb::SetType::SET) {
		return false;
	}
	if (statement.scope != duckdb::SetScope::AUTOMATIC) {
		return statement.scope != duckdb::SetScope::GLOBAL;
	}
	auto option = duckdb::DBConfig::GetOptionByName(statement.name);
	// An extension's setting is its connection's unless GLOBAL is asked for.
	return !option || duckdb::PhysicalSet::GetSettingScope(*option, statement.scope) == duckdb::SetScope::SESSION;
}

bool ActsOnConnectionOnly(const duckdb::SQLStatement &statement) {
	switch (statement.type) {
	case StatementType::SET_STATEMENT:
		return SetsConnection(statement.Cast<duckdb::SetStatement>());
	case StatementType::PREPARE_STATEMENT:
		return true;
	case StatementType::CREATE_STATEMENT:
		return statement.Cast<duckdb::CreateStatement>().info->temporary;
	default:
		return false;
	}
}

void RefuseLostEffect(const duckdb::SQLStatement &last) {
	if (!ActsOnConnectionOnly(last)) {
		return;
	}
	throw RequestError(
	    ErrorCategory::INVALID_REQUEST,
	    "The last statement would do nothing, because its connection ends with the request: send what is "
	    "to use it in the same request, or all in a transaction; a setting of the whole server is SET "
	    "GLOBAL (" +
	        last.ToString() + ")");
}

} // namespace skein
