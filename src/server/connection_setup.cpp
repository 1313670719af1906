#include "server/connection_setup.hpp"

#include "duckdb/catalog/catalog_search_path.hpp"
#include "duckdb/common/error_data.hpp"
#include "duckdb/execution/operator/helper/physical_set.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/client_data.hpp"
#include "duckdb/main/connection.hpp"
#include "protocol/identifier.hpp"
#include "protocol/mirrored_settings.hpp"
#include "server/request_error.hpp"

namespace skein {

using duckdb::Identifier;

//===--------------------------------------------------------------------===//
// Search path
//===--------------------------------------------------------------------===//
static void SetSearchPath(duckdb::ClientContext &context, const DatabaseUse &database,
                          const std::vector<std::string> &schemas) {
	duckdb::vector<duckdb::CatalogSearchEntry> entries;
	for (auto &schema : schemas) {
		entries.emplace_back(Identifier(database.Name()), Identifier(schema));
	}
	if (schemas.empty()) {
		entries.emplace_back(Identifier(database.Name()), Identifier(DEFAULT_SCHEMA));
	}
	// As locally, a schema on the path that was dropped is passed over.
	duckdb::ClientData::Get(context).catalog_search_path->Set(std::move(entries),
	                                                          duckdb::CatalogSetPathType::SET_DIRECTLY);
}

//===--------------------------------------------------------------------===//
// Settings
//===--------------------------------------------------------------------===//
//! The engine checks and converts the value, but does not always name the setting.
static void SetSetting(duckdb::ClientContext &context, const std::string &name, const duckdb::Value &value) {
	try {
		duckdb::PhysicalSet::SetVariable(context, Identifier(name), duckdb::SetScope::SESSION, value);
	} catch (const std::exception &exception) {
		duckdb::ErrorData error(exception);
		throw duckdb::Exception(error.Type(), "Setting " + QuoteIdentifier(name) + ": " + error.RawMessage());
	}
}

static void Apply(duckdb::ClientContext &context, const std::string &name, const std::string &value,
                  ConnectionState &state) {
	duckdb::Value current;
	if (!context.TryGetCurrentSetting(Identifier(name), current)) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "Setting " + QuoteIdentifier(name) + " is not known to the server's engine");
	}
	if (current.IsNull() || current.ToString() != value) {
		state.before.emplace(name, current);
		SetSetting(context, name, duckdb::Value(value));
	}
	state.settings[name] = value;
}

//! Back to what it was before a request set it.
static void Restore(duckdb::ClientContext &context, const std::string &name, ConnectionState &state) {
	auto before = state.before.find(name);
	if (before != state.before.end()) {
		SetSetting(context, name, before->second);
		state.before.erase(before);
	}
	state.settings.erase(name);
}

static void ApplySettings(duckdb::ClientContext &context, const std::map<std::string, std::string> &wanted,
                          ConnectionState &state) {
	for (auto &[name, value] : wanted) {
		if (!IsMirroredSetting(name)) {
			throw RequestError(ErrorCategory::INVALID_REQUEST,
			                   "Setting " + QuoteIdentifier(name) + " is not one a request may bring along");
		}
	}
	auto applied = state.settings;
	for (auto &[name, value] : applied) {
		if (wanted.find(name) == wanted.end()) {
			Restore(context, name, state);
		}
	}
	for (auto &[name, value] : wanted) {
		auto known = state.settings.find(name);
		if (known == state.settings.end() || known->second != value) {
			Apply(context, name, value, state);
		}
	}
	if (context.transaction.HasActiveTransaction()) {
		// It began before its first statement said which errors are to end it.
		context.transaction.SetInvalidationPolicy(duckdb::TransactionInvalidationPolicy::STANDARD_POLICY);
	}
}

void SetUpConnection(duckdb::Connection &connection, const DatabaseUse &database, const DistributedRequest &request,
                     ConnectionState &state) {
	const bool works_there_anyway = database.IsDefault() && request.search_path.empty() && !state.has_path;
	const bool is_there =
	    state.has_path && state.database == database.Name() && state.search_path == request.search_path;
	if (!works_there_anyway && !is_there) {
		SetSearchPath(*connection.context, database, request.search_path);
		state.has_path = true;
		state.database = database.Name();
		state.search_path = request.search_path;
	}
	if (state.settings != request.settings) {
		ApplySettings(*connection.context, request.settings, state);
	}
}

} // namespace skein
