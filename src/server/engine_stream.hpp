//! Reading a result stream of the engine's so that waiting for its rows can be given up.
#pragma once

#include "duckdb/main/query_result_stream.hpp"
#include "server/cancellation.hpp"
#include "server/request_error.hpp"

namespace skein {

//! The next payload, null at the end. Works on the statement itself while there is work, and asks `check` between its
//! steps, so no interrupt is needed to end the wait: an interrupt would spoil the transaction. Throws RequestError.
template <class FORMAT>
duckdb::unique_ptr<typename FORMAT::T> FetchNext(duckdb::QueryResultStream<FORMAT> &stream, const CancelCheck &check) {
	while (true) {
		check();
		duckdb::unique_ptr<typename FORMAT::T> payload;
		switch (stream.TryFetch(payload)) {
		case duckdb::QueryResultState::READY:
			return payload;
		case duckdb::QueryResultState::FINISHED:
			return nullptr;
		case duckdb::QueryResultState::EXECUTION_ERROR:
			ThrowEngineError(stream.GetErrorObject());
		default:
			break;
		}
		auto state = stream.ExecuteTask();
		if (state == duckdb::QueryResultState::BLOCKED || state == duckdb::QueryResultState::NO_TASKS_AVAILABLE) {
			stream.WaitForTask();
		}
	}
}

//! Opens a stream on a submitted statement, or throws RequestError with what it failed with.
template <class FORMAT>
duckdb::unique_ptr<duckdb::QueryResultStream<FORMAT>> OpenStream(duckdb::unique_ptr<duckdb::QueryResult> result) {
	if (result->HasError()) {
		ThrowEngineError(result->GetErrorObject());
	}
	return duckdb::make_uniq<duckdb::QueryResultStream<FORMAT>>(std::move(result));
}

} // namespace skein
