//! The record batches of an upload as they arrive, checked before anybody sees them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <arrow/flight/server.h>
#include <arrow/record_batch.h>

#include "server/call.hpp"

namespace skein {

//! Watches over the numbers a client may give its batches, 8 bytes little-endian in their metadata, from 0 on. They
//! must be dense; and whoever numbers batches must end the upload with a message that has no batch and whose metadata
//! is their count. An upload that ends without it broke off: Flight itself cannot always tell.
class BatchIndexCheck {
public:
	//! A batch with this metadata, empty where it has none. Throws INVALID_REQUEST for a number that is not the next
	//! one, and where only some batches are numbered.
	void OnBatch(std::string_view metadata);
	//! Metadata without a batch: the number of batches sent, which ends the upload. Throws INVALID_REQUEST where that
	//! is not so.
	void OnEnd(std::string_view metadata);
	//! The stream is over. Throws CANCELLED where the batches were numbered and their end was not.
	void OnStreamEnd() const;
	//! True once the client has said that it sent everything.
	bool EndSeen() const;

private:
	uint64_t next_index = 0;
	bool numbered = false;
	bool end_seen = false;
};

//! Belongs to the call's thread.
class UploadBatches {
public:
	//! Waits for the schema. Throws RequestError.
	UploadBatches(Call &call, arrow::flight::FlightMessageReader &reader);

	//! Of the batches.
	const std::shared_ptr<arrow::Schema> &Schema() const;
	//! Of the rows in them (RowSchema).
	const std::shared_ptr<arrow::Schema> &Columns() const;
	//! The next batch that has rows, null once the client has sent all. Throws RequestError: CANCELLED for an upload
	//! that broke off, INVALID_REQUEST, LIMIT_REACHED. Waits for the client; a broken connection ends the wait.
	std::shared_ptr<arrow::RecordBatch> Next();
	//! The size of the batch Next gave last.
	uint64_t BatchBytes() const;

private:
	//! Throws CANCELLED unless the upload ended as it should.
	void RequireEnd();

	Call &call;
	arrow::flight::FlightMessageReader &reader;
	std::shared_ptr<arrow::Schema> schema;
	std::shared_ptr<arrow::Schema> row_schema;
	BatchIndexCheck index_check;
	uint64_t batch_bytes = 0;
};

} // namespace skein
