#include "server/snapshot_readers.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "duckdb/main/connection.hpp"
#include "engine_queries.hpp"
#include "server/engine.hpp"

namespace skein {
namespace {

class SnapshotReadersTest : public ::testing::Test {
protected:
	SnapshotReadersTest() : engine(EngineOptions {"", false, "", 2}) {
		Execute(engine, "CREATE TABLE t AS SELECT 0 AS i");
	}
	std::shared_ptr<SnapshotReaders> Make() {
		return std::make_shared<SnapshotReaders>(engine.GetDatabases().Use("", false, []() {}));
	}

	Engine engine;
};

TEST_F(SnapshotReadersTest, SeeWhatTheTransactionSees) {
	auto main = engine.Connect();
	auto readers = Make();
	readers->Begin(engine, *main, 2);
	Execute(engine, "UPDATE t SET i = 1");
	auto one = readers->Take();
	auto two = readers->Take();
	ASSERT_TRUE(one && two);
	EXPECT_FALSE(readers->Take());
	EXPECT_EQ(Ask(*main, "SELECT i FROM t"), "0");
	EXPECT_EQ(Ask(*one.connection, "SELECT i FROM t"), "0");
	EXPECT_EQ(Ask(*two.connection, "SELECT i FROM t"), "0");
	readers->GiveBack(std::move(one));
	EXPECT_EQ(Ask(*readers->Take().connection, "SELECT i FROM t"), "0");
}

TEST_F(SnapshotReadersTest, CannotWrite) {
	auto main = engine.Connect();
	auto readers = Make();
	readers->Begin(engine, *main, 1);
	EXPECT_NE(Ask(*readers->Take().connection, "INSERT INTO t VALUES (1)").find("read-only"), std::string::npos);
}

TEST_F(SnapshotReadersTest, AreGoneOnceClosed) {
	auto main = engine.Connect();
	auto readers = Make();
	readers->Begin(engine, *main, 2);
	auto taken = readers->Take();
	readers->Close();
	EXPECT_FALSE(readers->Take());
	EXPECT_EQ(Ask(*taken.connection, "SELECT i FROM t"), "0");
	readers->GiveBack(std::move(taken));
	EXPECT_FALSE(readers->Take());
}

TEST_F(SnapshotReadersTest, NeverSeeDifferentCommits) {
	std::atomic<bool> done {false};
	std::thread committer([&]() {
		auto connection = engine.Connect();
		while (!done) {
			Execute(*connection, "UPDATE t SET i = i + 1");
		}
	});
	uint64_t with_readers = 0;
	for (int i = 0; i < 300; i++) {
		auto main = engine.Connect();
		auto readers = Make();
		readers->Begin(engine, *main, 2);
		auto seen = Ask(*main, "SELECT i FROM t");
		for (auto reader = readers->Take(); reader; reader = readers->Take()) {
			EXPECT_EQ(Ask(*reader.connection, "SELECT i FROM t"), seen);
			with_readers++;
		}
	}
	done = true;
	committer.join();
	EXPECT_GT(with_readers, 0u);
}

} // namespace
} // namespace skein
