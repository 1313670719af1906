#include <atomic>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "duckdb/common/exception/transaction_exception.hpp"
#include "duckdb/main/client_context.hpp"
#include "engine_queries.hpp"
#include "expect_refusal.hpp"
#include "server/engine_statement.hpp"
#include "server/session.hpp"
#include "waiting.hpp"

namespace skein {
namespace {

constexpr int64_t ROWS = 300000;

void NeverCancelled() {
}

class TransactionTest : public ::testing::Test {
protected:
	TransactionTest() : engine(EngineOptions {"", false, "", 2}) {
		Execute(engine, "CREATE TABLE numbers AS SELECT range AS i FROM range(" + std::to_string(ROWS) + ")");
		Execute(engine, "CREATE TABLE t (i BIGINT)");
	}
	std::shared_ptr<Transaction> Begin() {
		return std::make_shared<Transaction>(engine, 7, open_count);
	}
	//! A scan of numbers that has given its first rows, left open on the transaction.
	std::shared_ptr<SpoolableResult> OpenScan(Transaction &transaction, int64_t &sum, int64_t &count) {
		auto lease = transaction.Acquire(NeverCancelled, UnreadRows::SPOOL);
		auto submitted = lease.Connection().Submit("SELECT i FROM numbers", duckdb::ChunkFormat::InMemory());
		auto scan = std::make_shared<SpoolableResult>(engine.Database(), std::move(submitted));
		lease.KeepOpen(scan);
		ReadOne(*scan, sum, count);
		return scan;
	}
	static bool ReadOne(SpoolableResult &scan, int64_t &sum, int64_t &count) {
		auto chunk = scan.Next(NeverCancelled);
		if (!chunk) {
			return false;
		}
		for (duckdb::idx_t row = 0; row < chunk->size(); row++) {
			sum += chunk->GetValue(0, row).GetValue<int64_t>();
			count++;
		}
		return true;
	}
	static void ExpectTheRest(SpoolableResult &scan, int64_t sum, int64_t count) {
		while (ReadOne(scan, sum, count)) {
		}
		EXPECT_EQ(count, ROWS);
		EXPECT_EQ(sum, ROWS * (ROWS - 1) / 2);
	}
	static std::string AskIn(Transaction &transaction, const std::string &sql) {
		auto lease = transaction.Acquire(NeverCancelled, UnreadRows::SPOOL);
		return Ask(lease.Connection(), sql);
	}

	Engine engine;
	std::atomic<uint64_t> open_count {0};
};

TEST_F(TransactionTest, CommitsAndRollsBack) {
	auto first = Begin();
	EXPECT_EQ(open_count, 1u);
	AskIn(*first, "INSERT INTO t VALUES (1)");
	EXPECT_EQ(AskIn(*first, "SELECT count(*) FROM t"), "1");
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t"), "0");
	first->Acquire(NeverCancelled, UnreadRows::SPOOL).Commit();
	EXPECT_EQ(open_count, 0u);
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t"), "1");

	auto second = Begin();
	AskIn(*second, "INSERT INTO t VALUES (2)");
	second->Acquire(NeverCancelled, UnreadRows::DROP).Rollback();
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t"), "1");
	EXPECT_REFUSAL(second->Acquire(NeverCancelled, UnreadRows::SPOOL), ErrorCategory::SESSION_NOT_FOUND, "has ended");
}

TEST_F(TransactionTest, DestroyingItRollsBack) {
	{
		auto transaction = Begin();
		AskIn(*transaction, "INSERT INTO t VALUES (1)");
	}
	EXPECT_EQ(open_count, 0u);
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t"), "0");
}

TEST_F(TransactionTest, AnotherStatementSpoolsAHalfReadScan) {
	auto transaction = Begin();
	int64_t sum = 0;
	int64_t count = 0;
	auto scan = OpenScan(*transaction, sum, count);
	EXPECT_EQ(AskIn(*transaction, "SELECT count(*) FROM t"), "0");
	int64_t sum2 = 0;
	int64_t count2 = 0;
	auto scan2 = OpenScan(*transaction, sum2, count2);
	EXPECT_TRUE(ReadOne(*scan, sum, count));
	AskIn(*transaction, "DELETE FROM numbers");
	// Each goes on with the rows of its own time.
	ExpectTheRest(*scan, sum, count);
	ExpectTheRest(*scan2, sum2, count2);
	EXPECT_EQ(AskIn(*transaction, "SELECT count(*) FROM numbers"), "0");
}

TEST_F(TransactionTest, AHalfReadScanOutlivesItsCommit) {
	auto transaction = Begin();
	int64_t sum = 0;
	int64_t count = 0;
	auto scan = OpenScan(*transaction, sum, count);
	transaction->Acquire(NeverCancelled, UnreadRows::SPOOL).Commit();
	transaction.reset();
	ExpectTheRest(*scan, sum, count);
}

TEST_F(TransactionTest, LookingThingsUpLeavesAScanAlone) {
	auto transaction = Begin();
	int64_t sum = 0;
	int64_t count = 0;
	auto scan = OpenScan(*transaction, sum, count);
	{
		auto lease = transaction->Acquire(NeverCancelled, UnreadRows::LEAVE);
		bool ran = false;
		lease.Connection().context->RunFunctionInTransaction([&]() { ran = true; });
		EXPECT_TRUE(ran);
	}
	ExpectTheRest(*scan, sum, count);
}

TEST_F(TransactionTest, ARollbackFailsAHalfReadScan) {
	auto transaction = Begin();
	int64_t sum = 0;
	int64_t count = 0;
	auto scan = OpenScan(*transaction, sum, count);
	transaction->Acquire(NeverCancelled, UnreadRows::DROP).Rollback();
	EXPECT_REFUSAL(scan->Next(NeverCancelled), ErrorCategory::CANCELLED, "rolled back");
}

TEST_F(TransactionTest, GivingUpASpoolLosesNoRows) {
	auto transaction = Begin();
	int64_t sum = 0;
	int64_t count = 0;
	auto scan = OpenScan(*transaction, sum, count);
	for (int attempt = 0; attempt < 3; attempt++) {
		int asked = 0;
		auto give_up = [&]() {
			if (++asked >= 10) {
				ThrowIfCancelled(CancelReason::CLIENT_GONE);
			}
		};
		EXPECT_REFUSAL(transaction->Acquire(give_up, UnreadRows::SPOOL), ErrorCategory::CANCELLED, "client");
		ReadOne(*scan, sum, count);
	}
	EXPECT_EQ(AskIn(*transaction, "SELECT count(*) FROM t"), "0");
	ExpectTheRest(*scan, sum, count);
}

TEST_F(TransactionTest, AnErrorInASpooledScanReachesItsReaderOnly) {
	auto transaction = Begin();
	int64_t sum = 0;
	int64_t count = 0;
	std::shared_ptr<SpoolableResult> scan;
	{
		auto lease = transaction->Acquire(NeverCancelled, UnreadRows::SPOOL);
		auto submitted =
		    lease.Connection().Submit("SELECT CASE WHEN i = 290000 THEN error('boom')::BIGINT ELSE i END FROM numbers",
			                          duckdb::ChunkFormat::InMemory());
		scan = std::make_shared<SpoolableResult>(engine.Database(), std::move(submitted));
		lease.KeepOpen(scan);
	}
	// The statement that comes next meets an aborted transaction, as it would locally.
	auto answer = AskIn(*transaction, "SELECT 42");
	EXPECT_NE(answer.find("aborted"), std::string::npos) << answer;
	EXPECT_REFUSAL(while (ReadOne(*scan, sum, count)) {}, ErrorCategory::ENGINE_ERROR, "boom");
}

TEST_F(TransactionTest, StatementsTakeTurns) {
	auto transaction = Begin();
	auto lease = std::make_unique<TransactionLease>(transaction->Acquire(NeverCancelled, UnreadRows::SPOOL));
	std::atomic<bool> waiting {false};
	std::atomic<bool> acquired {false};
	std::thread other([&]() {
		auto second = transaction->Acquire([&]() { waiting = true; }, UnreadRows::SPOOL);
		acquired = true;
	});
	ASSERT_TRUE(WaitUntil([&]() { return waiting.load(); }));
	EXPECT_FALSE(acquired);
	lease.reset();
	other.join();
	EXPECT_TRUE(acquired);
}

TEST_F(TransactionTest, EndingItRollsBackOnceTheStatementIsDone) {
	auto transaction = Begin();
	{
		auto lease = transaction->Acquire(NeverCancelled, UnreadRows::SPOOL);
		Execute(lease.Connection(), "INSERT INTO t VALUES (1)");
		transaction->End();
		EXPECT_EQ(open_count, 1u);
	}
	EXPECT_EQ(open_count, 0u);
	EXPECT_REFUSAL(transaction->Acquire(NeverCancelled, UnreadRows::SPOOL), ErrorCategory::SESSION_NOT_FOUND,
	               "has ended");
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM t"), "0");
}

TEST_F(TransactionTest, EndingItWhileNobodyHasTheTurnRollsBackAtOnce) {
	auto transaction = Begin();
	int64_t sum = 0;
	int64_t count = 0;
	auto scan = OpenScan(*transaction, sum, count);
	transaction->End();
	EXPECT_EQ(open_count, 0u);
	EXPECT_REFUSAL(scan->Next(NeverCancelled), ErrorCategory::CANCELLED, "rolled back");
}

TEST_F(TransactionTest, CommittingAnAbortedOneSaysSo) {
	Execute(engine, "CREATE TABLE k (i INTEGER PRIMARY KEY)");
	auto transaction = Begin();
	AskIn(*transaction, "INSERT INTO k VALUES (1)");
	AskIn(*transaction, "INSERT INTO k VALUES (1)");
	auto lease = transaction->Acquire(NeverCancelled, UnreadRows::SPOOL);
	EXPECT_THROW(lease.Commit(), duckdb::TransactionException);
	EXPECT_EQ(open_count, 0u);
	EXPECT_EQ(Ask(engine, "SELECT count(*) FROM k"), "0");
}

TEST_F(TransactionTest, ASessionHasOneAtATime) {
	Session session(1, std::string(32, 'a'));
	session.SetTransaction(Begin());
	EXPECT_EQ(session.FindTransaction(7)->Id(), 7u);
	EXPECT_REFUSAL(session.FindTransaction(8), ErrorCategory::SESSION_NOT_FOUND, "not open in this session");
	EXPECT_REFUSAL(session.SetTransaction(Begin()), ErrorCategory::INVALID_REQUEST, "already (7)");
	session.ForgetTransaction(7);
	EXPECT_FALSE(session.HasTransaction());
	session.SetTransaction(Begin());
	session.End();
	EXPECT_EQ(open_count, 0u);
	EXPECT_REFUSAL(session.SetTransaction(Begin()), ErrorCategory::SESSION_NOT_FOUND, "has ended");
}

} // namespace
} // namespace skein
