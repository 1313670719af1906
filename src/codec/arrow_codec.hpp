//! DuckDB vectors <-> Arrow record batches. The only code that knows both layouts; client and server share it.
//!
//! Every Arrow field carries its DuckDB type as text in its metadata (FIELD_METADATA_TYPE); Arrow's own type is what
//! other clients see, unless both sides agreed on native rows or frames (row_layout.hpp). A batch's rows keep their
//! order. Encoders and decoders belong to one thread at a time.
#pragma once

#include <memory>

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include "codec/row_layout.hpp"
#include "duckdb.hpp"

namespace skein {

using duckdb::idx_t;

//! The schema of rows of these types and names. Throws DuckDB exceptions for types Arrow cannot describe.
std::shared_ptr<arrow::Schema> MakeArrowSchema(duckdb::ClientContext &context,
                                               const duckdb::vector<duckdb::LogicalType> &types,
                                               const duckdb::vector<std::string> &names,
                                               RowLayout layout = RowLayout::ARROW);

//! The DuckDB type of a field: its type text where there is one, else Arrow's mapping. Throws InvalidInputException
//! naming the field.
duckdb::LogicalType FieldType(duckdb::ClientContext &context, const arrow::Field &field);

//! The size a batch takes on the wire, without the gRPC and Flight envelope. Equal on both sides.
uint64_t WireBytes(const arrow::RecordBatch &batch);

//! Collects chunks into record batches.
class RecordBatchEncoder {
public:
	RecordBatchEncoder(duckdb::ClientContext &context, duckdb::vector<duckdb::LogicalType> types,
	                   duckdb::vector<std::string> names, RowFormat format = {});
	~RecordBatchEncoder();

	//! Copies the chunk's rows, however large the batch becomes.
	void Append(duckdb::DataChunk &chunk);
	//! Copies the chunk's rows from `offset` on until the batch is full. Returns the first row that was not copied. A
	//! row larger than a batch gets one of its own. Throws InvalidInputException for a row larger than row_bytes_max,
	//! and for a value that the layout does not hold.
	idx_t AppendUntilFull(duckdb::DataChunk &chunk, idx_t offset);
	idx_t RowCount() const;
	//! True once the collected rows make a batch of the size limits.hpp names.
	bool IsFull() const;
	//! The collected rows as a batch, null when there are none. The encoder starts anew.
	std::shared_ptr<arrow::RecordBatch> Finish();
	const std::shared_ptr<arrow::Schema> &Schema() const;
	//! An empty encoder of the same rows. Needs no context, so any thread may ask, also while others encode.
	std::unique_ptr<RecordBatchEncoder> NewSibling() const;

private:
	struct State;
	explicit RecordBatchEncoder(std::unique_ptr<State> state);
	std::unique_ptr<State> state;
};

//! Reads record batches of one schema, of any layout, into chunks of the DuckDB types that schema names. Treats
//! batches as hostile: every one is fully validated before its first row is read, and every value when it is.
class RecordBatchDecoder {
public:
	//! Throws InvalidInputException for a schema that has no DuckDB types.
	RecordBatchDecoder(duckdb::ClientContext &context, std::shared_ptr<arrow::Schema> schema);
	~RecordBatchDecoder();

	const duckdb::vector<duckdb::LogicalType> &Types() const;
	const duckdb::vector<std::string> &Names() const;
	//! Makes `batch` the one Read reads from. The chunks read from it share its memory and keep it alive. Throws
	//! InvalidInputException for a batch whose schema or content is not valid.
	void SetBatch(std::shared_ptr<arrow::RecordBatch> batch);
	//! The same, of which only `row_count` rows from `first_row` on are read.
	void SetBatch(std::shared_ptr<arrow::RecordBatch> batch, idx_t first_row, idx_t row_count);
	//! The next rows of the batch, at most STANDARD_VECTOR_SIZE; 0 rows at its end. `chunk` has vectors of Types(),
	//! which need no memory of their own. Throws InvalidInputException for values that are none of their type.
	void Read(duckdb::DataChunk &chunk);

private:
	struct State;
	std::unique_ptr<State> state;
};

//! One chunk as a record batch, columns named col0, col1, ... unless `names` are given. For users of the C++ client.
std::shared_ptr<arrow::RecordBatch> ConvertToArrow(duckdb::ClientContext &context, duckdb::DataChunk &chunk,
                                                   const duckdb::vector<std::string> &names = {});

} // namespace skein
