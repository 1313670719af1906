#include "protocol/flight_peer.hpp"

#include <arrow/array/builder_primitive.h>
#include <gtest/gtest.h>

#include "protocol/answer_schema.hpp"

namespace skein {

using arrow::Status;

void FlightPeer::Start(const std::string &location, const flight::CertKeyPair *certificate) {
	auto parsed = flight::Location::Parse(location);
	ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
	flight::FlightServerOptions options(*parsed);
	if (certificate) {
		options.tls_certificates.push_back(*certificate);
	}
	auto status = Init(options);
	ASSERT_TRUE(status.ok()) << status.ToString();
}

std::string FlightPeer::Uri() const {
	return "grpc://127.0.0.1:" + std::to_string(port());
}

FlightPeer::~FlightPeer() {
	// Handlers that still run must see their call cancelled: a deadline in the past cancels at once.
	auto now = std::chrono::system_clock::now();
	(void)Shutdown(&now);
}

Status FlightPeer::DoAction(const flight::ServerCallContext &context, const flight::Action &action,
                            std::unique_ptr<flight::ResultStream> *result) {
	auto request = DistributedRequest::Decode(std::string_view(*action.body));
	EXPECT_EQ(action.type, RequestTypeName(request.type));
	auto &handler = request.type == RequestType::STATISTICS ? on_hello : on_action;
	ARROW_ASSIGN_OR_RAISE(auto response, handler(context, request));
	std::vector<flight::Result> results = {flight::Result {arrow::Buffer::FromString(response.Encode())}};
	*result = std::make_unique<flight::SimpleResultStream>(std::move(results));
	return Status::OK();
}

Status FlightPeer::DoGet(const flight::ServerCallContext &context, const flight::Ticket &ticket,
                         std::unique_ptr<flight::FlightDataStream> *stream) {
	if (context.incoming_headers().find(ANSWER_HEADER) != context.incoming_headers().end()) {
		ARROW_ASSIGN_OR_RAISE(auto response, on_action(context, DistributedRequest::Decode(ticket.ticket)));
		ARROW_ASSIGN_OR_RAISE(auto answer, arrow::RecordBatchReader::Make({}, AnswerSchema(response)));
		*stream = std::make_unique<flight::RecordBatchStream>(std::move(answer));
		return Status::OK();
	}
	if (on_get_stream) {
		return on_get_stream(DistributedRequest::Decode(ticket.ticket)).Value(stream);
	}
	ARROW_ASSIGN_OR_RAISE(auto reader, on_get(context, DistributedRequest::Decode(ticket.ticket)));
	*stream = std::make_unique<flight::RecordBatchStream>(std::move(reader));
	return Status::OK();
}

Status FlightPeer::DoPut(const flight::ServerCallContext &context, std::unique_ptr<flight::FlightMessageReader> reader,
                         std::unique_ptr<flight::FlightMetadataWriter> writer) {
	return on_put(context, *reader, *writer);
}

std::shared_ptr<arrow::RecordBatch> MakeNumbers(int64_t first, int64_t count) {
	arrow::Int64Builder builder;
	for (int64_t i = 0; i < count; i++) {
		EXPECT_TRUE(builder.Append(first + i).ok());
	}
	auto schema = arrow::schema({arrow::field("n", arrow::int64())});
	return arrow::RecordBatch::Make(schema, count, {builder.Finish().ValueOrDie()});
}

namespace {

class FunctionReader : public arrow::RecordBatchReader {
public:
	explicit FunctionReader(std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>()> next_p)
	    : next(std::move(next_p)) {
	}

	std::shared_ptr<arrow::Schema> schema() const override {
		return arrow::schema({arrow::field("n", arrow::int64())});
	}

	Status ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) override {
		return next().Value(batch);
	}

private:
	std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>()> next;
};

} // namespace

std::shared_ptr<arrow::RecordBatchReader>
MakeReader(std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>()> next) {
	return std::make_shared<FunctionReader>(std::move(next));
}

} // namespace skein
