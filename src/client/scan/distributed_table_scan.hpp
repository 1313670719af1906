//! The table function behind a scan of a registered table, and behind skein_query.
//!
//! Sends only what is needed: the columns read, and the filters the server can evaluate (scan_filter.hpp). Runs nothing
//! before execution. Several scans may be open in one statement; each has a connection and a stream of its own.
#pragma once

#include <mutex>
#include <string>

#include "client/catalog/skein_transaction.hpp"
#include "client/scan/scan_stream.hpp"
#include "duckdb/function/table_function.hpp"
#include "protocol/distributed_protocol.hpp"

namespace skein {

using namespace duckdb;

class SkeinTableEntry;

//! Rows of a statement that began to travel when it was bound. Thread-safe.
class OpenedScan {
public:
	OpenedScan(ConnectionLease connection, std::unique_ptr<ScanReader> reader, RemoteTransaction transaction);

	//! Moves the rows out if they are still here and belong to that transaction; else they are given up.
	bool Take(const RemoteTransaction &transaction, ConnectionLease &connection, std::unique_ptr<ScanReader> &reader);

private:
	const RemoteTransaction transaction;
	std::mutex lock;
	//! Guarded by lock.
	ConnectionLease connection;
	std::unique_ptr<ScanReader> reader;
};

struct DistributedScanBindData : public TableFunctionData {
	//! A scan of a table.
	explicit DistributedScanBindData(SkeinTableEntry &table);
	//! A statement sent as it is. `catalog`: the attached database it works in, if any.
	DistributedScanBindData(RemoteServer &server, DistributedRequest statement, vector<string> names,
	                        vector<LogicalType> types, optional_ptr<Catalog> catalog = nullptr);

	RemoteServer &server;
	//! Null for a statement.
	optional_ptr<SkeinTableEntry> table;
	DistributedRequest statement;
	//! Whose transaction the scan belongs to; null: its own.
	optional_ptr<Catalog> catalog;
	//! The statement changes something and returns rows of that.
	bool is_change = false;
	//! The statement's rows, where they are on their way already. Shared by copies; whoever executes first takes them.
	shared_ptr<OpenedScan> opened;
	//! The result's columns: the table's, or the statement's.
	vector<string> names;
	vector<LogicalType> types;
	//! What is pushed into the scan, as SQL over the server's column names; empty: nothing.
	string filter;
	//! The SQL that the request stands for, for EXPLAIN and the log. Kept up to date by the optimizer extension.
	string remote_sql;
	//! Whether the statement scans other tables of the server, too: then all of them share a remote transaction, and
	//! with it a snapshot. Kept up to date by the optimizer extension.
	bool shares_snapshot = false;
	//! The statement's scans of the server.
	idx_t scans_count = 1;

	unique_ptr<FunctionData> Copy() const override;
	bool Equals(const FunctionData &other) const override;
	bool SupportStatementCache() const override {
		return false;
	}
	//! The request that fetches these columns (indices into `names`, or virtual columns).
	DistributedRequest MakeRequest(const vector<column_t> &column_ids) const;
	//! The same as SQL text.
	string MakeSql(const vector<column_t> &column_ids) const;
};

class DistributedTableScanFunction {
public:
	//! The scan of a table; its bind data is made by the table's entry.
	static TableFunction GetFunction();
	//! A statement's rows, under that name; its bind data is made by `bind`.
	static TableFunction GetStatementFunction(const char *name, const vector<LogicalType> &arguments,
	                                          table_function_bind_t bind);
	//! Brings what the scans of an optimized plan know of it up to date: remote_sql, so that EXPLAIN shows what will
	//! run, shares_snapshot and scans_count.
	static void FinishPlan(LogicalOperator &plan);
};

} // namespace skein
