//! What Skein keeps with one DuckDB connection: whether the statement at hand is to be planned once more.
//!
//! A plan can fail for two reasons that binding it again mends: the remote catalog is newer than what the plan was made
//! from, or the server cannot run as a whole what this side can run piece by piece (a function that is here only). In
//! the second case the statement is planned again without sending it whole, and an error in it is then DuckDB's own,
//! with its place in the user's text. A statement with parameters is prepared so, too. Belongs to the connection's
//! thread.
#pragma once

#include <mutex>
#include <vector>

#include "duckdb/catalog/catalog_entry.hpp"
#include "duckdb/common/error_data.hpp"
#include "duckdb/common/identifier.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/client_context_state.hpp"
#include "duckdb/main/prepared_statement_data.hpp"
#include "duckdb/planner/extension_callback.hpp"
#include "duckdb/planner/planner_extension.hpp"

namespace skein {

class SkeinContextState : public duckdb::ClientContextState {
public:
	//! Makes the connection's state where it has none.
	static SkeinContextState &Get(duckdb::ClientContext &context);
	//! Whether statements are sent whole by the planning that this thread does.
	static bool MaySendWhole();
	//! Marks an error of the server in a statement that was sent whole to be bound.
	static void MarkSentWhole(duckdb::unordered_map<std::string, std::string> &extra_info);
	//! Marks the error that a SELECT sent whole cannot be bound yet, because its parameters have no values.
	static void MarkBeingPrepared(duckdb::unordered_map<std::string, std::string> &extra_info);
	//! Called for every statement that was bound: one that was bound piece by piece only because it is being prepared
	//! is bound once more whenever it is executed.
	static void FinishBinding(duckdb::PlannerExtensionInput &input);

	//! The statement being bound has these column names, which DuckDB takes from a table function only once each:
	//! `unique` is what it was told instead.
	void RememberNames(duckdb::vector<duckdb::Identifier> unique, duckdb::vector<duckdb::Identifier> names);

	//! The statement being bound takes that many parameters. DuckDB counts them in what the statement was replaced
	//! with.
	void RememberParameters(duckdb::idx_t count) {
		parameter_count = count;
	}

	//! Keeps an entry that was made for a statement of this connection until the next one begins. Any thread may call.
	duckdb::CatalogEntry &KeepForStatement(duckdb::unique_ptr<duckdb::CatalogEntry> entry);

	bool CanRequestRebind() override {
		return true;
	}
	duckdb::RebindQueryInfo OnPlanningError(duckdb::ClientContext &context, duckdb::SQLStatement &statement,
	                                        duckdb::ErrorData &error) override;
	//! Gives a statement that was sent whole its own column names and number of parameters.
	duckdb::RebindQueryInfo OnFinalizePrepare(duckdb::ClientContext &context, duckdb::PreparedStatementData &prepared,
	                                          duckdb::PreparedStatementMode mode) override;
	void QueryBegin(duckdb::ClientContext &context) override;
	void QueryEnd(duckdb::ClientContext &context) override;

private:
	duckdb::vector<duckdb::Identifier> unique_names;
	duckdb::vector<duckdb::Identifier> own_names;
	duckdb::idx_t parameter_count = 0;
	std::mutex kept_lock;
	//! Guarded by kept_lock.
	std::vector<duckdb::unique_ptr<duckdb::CatalogEntry>> kept_entries;
};

//! Gives every connection its state from the start, so that its first statement can be planned again, too.
class SkeinConnectionCallback : public duckdb::ExtensionCallback {
public:
	void OnConnectionOpened(duckdb::ClientContext &context) override;
};

} // namespace skein
