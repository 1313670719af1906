// Connections that serve one statement after the other.
#include <vector>

#include <gtest/gtest.h>

#include "duckdb/main/client_context.hpp"
#include "engine_queries.hpp"
#include "protocol/limits.hpp"
#include "server/engine_connections.hpp"

namespace skein {
namespace {

TEST(EngineConnections, OneComesBackWithWhatWasSetOnIt) {
	Engine engine(EngineOptions {});
	auto connection = engine.Connections().Take();
	auto first = connection.connection.get();
	connection.state.settings["default_order"] = "desc";
	Execute(*connection.connection, "SELECT 42");
	engine.Connections().GiveBack(std::move(connection));
	auto again = engine.Connections().Take();
	EXPECT_EQ(again.connection.get(), first);
	EXPECT_EQ(again.state.settings["default_order"], "desc");
	EXPECT_NE(engine.Connections().Take().connection.get(), first);
}

TEST(EngineConnections, OneInATransactionDoesNotComeBack) {
	Engine engine(EngineOptions {});
	auto connection = engine.Connections().Take();
	auto first = connection.connection.get();
	Execute(*connection.connection, "CREATE TABLE t (i INTEGER)");
	Execute(*connection.connection, "BEGIN");
	Execute(*connection.connection, "INSERT INTO t VALUES (1)");
	// A new one might get the place in memory of one that was closed.
	auto other = engine.Connections().Take();
	engine.Connections().GiveBack(std::move(other));
	engine.Connections().GiveBack(std::move(connection));
	auto next = engine.Connections().Take();
	EXPECT_NE(next.connection.get(), first);
	EXPECT_EQ(Ask(*next.connection, "SELECT count(*) FROM t"), "0");
}

TEST(EngineConnections, ASeedStaysWithItsStatement) {
	Engine engine(EngineOptions {});
	auto draw = [&]() {
		auto connection = engine.Connections().Take();
		auto value = Ask(*connection.connection, "SELECT random()");
		Execute(*connection.connection, "SELECT setseed(0.5)");
		engine.Connections().GiveBack(std::move(connection));
		return value;
	};
	draw();
	EXPECT_NE(draw(), draw());
}

TEST(EngineConnections, NoMoreThanTheLimitWait) {
	Engine engine(EngineOptions {});
	std::vector<EngineConnection> taken;
	std::vector<duckdb::weak_ptr<duckdb::ClientContext>> contexts;
	while (taken.size() <= limits::idle_connections_count_max) {
		taken.push_back(engine.Connections().Take());
		contexts.push_back(taken.back().connection->context);
	}
	for (auto &connection : taken) {
		engine.Connections().GiveBack(std::move(connection));
	}
	uint64_t open_count = 0;
	for (auto &context : contexts) {
		open_count += !context.expired();
	}
	EXPECT_EQ(open_count, limits::idle_connections_count_max);
	EXPECT_TRUE(contexts.back().expired());
}

} // namespace
} // namespace skein
