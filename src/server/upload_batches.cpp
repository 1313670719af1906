#include "server/upload_batches.hpp"

#include <thread>

#include <arrow/type.h>

#include "codec/frame_schema.hpp"
#include "protocol/batch_number.hpp"
#include "protocol/frame_batch.hpp"
#include "protocol/wire_bytes.hpp"
#include "server/request_error.hpp"

namespace skein {

//! How long an upload that ends without the client's word for it is watched for a broken connection: Flight reports one
//! as the end of the stream, and only a moment later as a cancelled call.
static constexpr std::chrono::milliseconds END_GRACE {20};

static uint64_t ReadIndex(std::string_view metadata) {
	auto number = DecodeBatchNumber(metadata);
	if (!number) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "A batch's number has " + std::to_string(metadata.size()) + " bytes instead of 8");
	}
	return *number;
}

void BatchIndexCheck::OnBatch(std::string_view metadata) {
	if (end_seen) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "A batch came after the end of the upload");
	}
	if (next_index == 0) {
		numbered = !metadata.empty();
	}
	if (numbered && ReadIndex(metadata) != next_index) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "A batch came with number " +
		                                                       std::to_string(ReadIndex(metadata)) + " where " +
		                                                       std::to_string(next_index) + " was due");
	}
	if (!numbered && !metadata.empty()) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "A batch came with a number after others without one");
	}
	next_index++;
}

void BatchIndexCheck::OnEnd(std::string_view metadata) {
	if (end_seen || ReadIndex(metadata) != next_index) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "The upload was ended with " +
		                                                       std::to_string(ReadIndex(metadata)) + " batches, but " +
		                                                       std::to_string(next_index) + " came");
	}
	end_seen = true;
}

void BatchIndexCheck::OnStreamEnd() const {
	if (numbered && !end_seen) {
		throw RequestError(ErrorCategory::CANCELLED, "The upload broke off after " + std::to_string(next_index) +
		                                                 " batches: numbered batches end with their count");
	}
}

bool BatchIndexCheck::EndSeen() const {
	return end_seen;
}

UploadBatches::UploadBatches(Call &call, arrow::flight::FlightMessageReader &reader) : call(call), reader(reader) {
	schema = ValueOrThrow(reader.GetSchema(), "The upload's schema cannot be read");
	row_schema = RowSchema(schema);
	const auto column_count = static_cast<uint64_t>(row_schema->num_fields());
	if (column_count == 0 || column_count > limits::columns_count_max) {
		throw RequestError(ErrorCategory::INVALID_REQUEST,
		                   "An upload has between 1 and " + std::to_string(limits::columns_count_max) +
		                       " columns, this one has " + std::to_string(column_count));
	}
}

const std::shared_ptr<arrow::Schema> &UploadBatches::Schema() const {
	return schema;
}

const std::shared_ptr<arrow::Schema> &UploadBatches::Columns() const {
	return row_schema;
}

uint64_t UploadBatches::BatchBytes() const {
	return batch_bytes;
}

std::shared_ptr<arrow::RecordBatch> UploadBatches::Next() {
	while (true) {
		auto received = reader.Next();
		if (!received.ok()) {
			call.Statement().Check();
			ThrowIfInvalid(received.status(), "The upload cannot be read");
		}
		auto &metadata = received->app_metadata;
		auto metadata_bytes = metadata ? std::string_view(*metadata) : std::string_view();
		if (!received->data) {
			if (metadata_bytes.empty()) {
				RequireEnd();
				return nullptr;
			}
			index_check.OnEnd(metadata_bytes);
			continue;
		}
		index_check.OnBatch(metadata_bytes);
		auto &batch = received->data;
		batch_bytes = RecordBatchWireBytes(*batch);
		call.CountReceived(RecordBatchRows(*batch), batch_bytes);
		if (batch_bytes > call.Server().limits.upload_batch_bytes_max) {
			throw RequestError(ErrorCategory::LIMIT_REACHED,
			                   "A record batch of " + std::to_string(batch_bytes) +
			                       " bytes is more than the server takes (" +
			                       std::to_string(call.Server().limits.upload_batch_bytes_max) +
			                       ", --max-upload-batch-bytes); send smaller ones");
		}
		if (batch->num_rows() > 0) {
			return std::move(batch);
		}
	}
}

void UploadBatches::RequireEnd() {
	call.Statement().Check();
	index_check.OnStreamEnd();
	if (index_check.EndSeen()) {
		return;
	}
	const auto deadline = std::chrono::steady_clock::now() + END_GRACE;
	while (std::chrono::steady_clock::now() < deadline) {
		std::this_thread::sleep_for(std::chrono::milliseconds(1));
		call.Statement().Check();
	}
}

} // namespace skein
