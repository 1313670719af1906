#include "server/engine_connections.hpp"

#include <random>

#include "duckdb/common/random_engine.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"
#include "protocol/limits.hpp"

namespace skein {

EngineConnections::EngineConnections(duckdb::DuckDB &database) : database(database) {
}

EngineConnections::~EngineConnections() = default;

EngineConnection EngineConnections::Take() {
	{
		std::lock_guard<std::mutex> guard(lock);
		if (!idle.empty()) {
			auto connection = std::move(idle.back());
			idle.pop_back();
			return connection;
		}
	}
	return {std::make_unique<duckdb::Connection>(database), ConnectionState()};
}

void EngineConnections::GiveBack(EngineConnection connection) {
	auto &context = *connection.connection->context;
	if (context.transaction.HasActiveTransaction() || !context.transaction.IsAutoCommit()) {
		return;
	}
	// setseed is a function like any other.
	duckdb::RandomEngine::Get(context).SetSeed(std::random_device()());
	std::lock_guard<std::mutex> guard(lock);
	if (idle.size() < limits::idle_connections_count_max) {
		idle.push_back(std::move(connection));
	}
}

} // namespace skein
