//! A Flight call without a network: what the transport would hand to the service's methods.
#pragma once

#include <string>

#include <arrow/flight/server.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>

namespace skein_fuzz {

namespace flight = arrow::flight;

class CallContext : public flight::ServerCallContext {
public:
	//! `session_id`: empty for none.
	explicit CallContext(std::string session_id_p) : session_id(std::move(session_id_p)) {
		if (!session_id.empty()) {
			headers.emplace("x-skein-session", session_id);
		}
	}
	const std::string &peer_identity() const override {
		return identity;
	}
	const std::string &peer() const override {
		return address;
	}
	void AddHeader(const std::string &, const std::string &) const override {
	}
	void AddTrailer(const std::string &, const std::string &) const override {
	}
	flight::ServerMiddleware *GetMiddleware(const std::string &) const override {
		return nullptr;
	}
	bool is_cancelled() const override {
		return false;
	}
	const flight::CallHeaders &incoming_headers() const override {
		return headers;
	}

private:
	const std::string session_id;
	const std::string identity;
	const std::string address = "ipv4:127.0.0.1:1";
	flight::CallHeaders headers;
};

//! An upload whose messages are an Arrow IPC stream.
class UploadReader : public flight::FlightMessageReader {
public:
	//! `numbered`: batches carry their numbers, and the end their count.
	UploadReader(flight::FlightDescriptor descriptor_p, std::string_view stream_p, bool numbered_p)
	    : command(std::move(descriptor_p)),
	      stream(std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t *>(stream_p.data()),
		                                         static_cast<int64_t>(stream_p.size()))),
	      numbered(numbered_p) {
	}
	const flight::FlightDescriptor &descriptor() const override {
		return command;
	}
	arrow::Result<std::shared_ptr<arrow::Schema>> GetSchema() override {
		ARROW_ASSIGN_OR_RAISE(reader, arrow::ipc::RecordBatchStreamReader::Open(&stream));
		return reader->schema();
	}
	arrow::Result<flight::FlightStreamChunk> Next() override {
		flight::FlightStreamChunk chunk;
		if (ended) {
			return chunk;
		}
		ARROW_ASSIGN_OR_RAISE(chunk.data, reader->Next());
		ended = !chunk.data;
		if (numbered) {
			std::string number(8, '\0');
			number[0] = static_cast<char>(count);
			chunk.app_metadata = arrow::Buffer::FromString(std::move(number));
		}
		count++;
		return chunk;
	}
	arrow::ipc::ReadStats stats() const override {
		return {};
	}

private:
	const flight::FlightDescriptor command;
	arrow::io::BufferReader stream;
	const bool numbered;
	std::shared_ptr<arrow::ipc::RecordBatchStreamReader> reader;
	uint8_t count = 0;
	bool ended = false;
};

//! Takes answers, and drops them.
class AnswerWriter : public flight::FlightMetadataWriter {
public:
	arrow::Status WriteMetadata(const arrow::Buffer &) override {
		return arrow::Status::OK();
	}
};

class MessageWriter : public flight::FlightMessageWriter {
public:
	arrow::Status Begin(const std::shared_ptr<arrow::Schema> &, const arrow::ipc::IpcWriteOptions &) override {
		return arrow::Status::OK();
	}
	arrow::Status WriteMetadata(std::shared_ptr<arrow::Buffer>) override {
		return arrow::Status::OK();
	}
	arrow::Status WriteWithMetadata(const arrow::RecordBatch &, std::shared_ptr<arrow::Buffer>) override {
		return arrow::Status::OK();
	}
	arrow::Status WriteRecordBatch(const arrow::RecordBatch &) override {
		return arrow::Status::OK();
	}
	arrow::Status Close() override {
		return arrow::Status::OK();
	}
	arrow::ipc::WriteStats stats() const override {
		return {};
	}
};

} // namespace skein_fuzz
