//! A result that several calls read, each batch going to one of them: the rows of one statement over several streams.
//!
//! The call that runs the statement owns the result and names it with an id nobody can guess; calls that bring the id
//! take part (READ_RESULT). Batches are numbered in the result's order as they are taken. A stream that ends before the
//! result does may have lost a batch, so it fails the result for all others: no reader takes a part for the whole. The
//! result ends with its owner's call.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "server/row_source.hpp"

namespace skein {

//! Thread-safe.
class SharedResult {
public:
	//! `drop_columns`: as in RowSource. `session_id`: only calls of that session may take part; empty: of none.
	SharedResult(std::unique_ptr<RowSource> source, std::string session_id);
	~SharedResult();

	const std::string &SessionId() const;
	const std::shared_ptr<arrow::Schema> &Schema() const;
	uint64_t CatalogVersion() const;
	bool DropColumns() const;

	//! The next batch and its number; null and the count of all batches at the end. Waits for others that wait for
	//! one. Throws RequestError: the engine's, what `check` throws, why another call ended, that a stream broke off.
	duckdb::unique_ptr<EncodedBatch> Next(const CancelCheck &check, uint64_t &number);
	//! A call's part begins and ends. Whoever waits is told why it ended: `check` throws that.
	void Join(const void *part, CancelCheck check);
	void Leave(const void *part);
	//! Some of it is lost: who asks for more is told so.
	void BreakOff();
	//! The same unless it is at its end, and frees what it was read from. Waits for a Next under way.
	void Close();
	//! Ends a wait for the engine. Quick.
	void Interrupt();

private:
	[[noreturn]] void Fail(DistributedError error, const CancelCheck &check);
	//! Why a part was ended, if one was other than by its client; else that a stream broke off.
	DistributedError WhyEnded();

	const std::string session_id;
	const std::shared_ptr<arrow::Schema> schema;
	const uint64_t catalog_version;
	const bool drop_columns;

	std::atomic<bool> broken_off {false};

	//! Held while the engine works for a reader, never while a client is waited for. Guards what follows.
	CancellableMutex turn;
	uint64_t next_number = 0;
	bool at_end = false;
	std::unique_ptr<RequestError> failure;

	//! Held for a moment only. Guards what follows; the source is used by whoever has the turn.
	std::mutex lock;
	std::unique_ptr<RowSource> source;
	std::map<const void *, CancelCheck> parts;
};

//! Makes the rows a result that other calls can take part in until the returned part, the owner's, is gone.
std::unique_ptr<RowSource> ShareRows(Call &call, std::unique_ptr<RowSource> source);

//! READ_RESULT: a part of the result the request names. Throws RequestError.
std::unique_ptr<RowSource> JoinResult(Call &call);

} // namespace skein
