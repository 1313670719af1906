//! Calls of the whole service, from ticket, descriptor, action or upload to the engine and back: an answer, or one of
//! the documented errors, and the engine still serves.
//!
//! An input: a byte for the method, a byte of flags, two bytes with the length of the request, the request, and the
//! Arrow IPC stream of an upload.
#include <algorithm>
#include <cstdio>

#include "driver.hpp"
#include "duckdb/main/connection.hpp"
#include "expect.hpp"
#include "protocol/errors.hpp"
#include "served_call.hpp"
#include "server/distributed_flight_server.hpp"
#include "server/engine.hpp"

namespace {

namespace flight = arrow::flight;
using skein::ErrorCategory;

constexpr uint64_t CALLS_PER_SERVER = 2000;
constexpr int BATCHES_READ = 3;

enum Flags : uint8_t { IN_SESSION = 1, STRANGE_SESSION = 2, NUMBERED = 4 };

class NoEvents : public skein::ServerEvents {
public:
	void OnRequest(const skein::RequestRecord &) override {
	}
	void OnSessionOpened(uint64_t, const std::string &) override {
	}
	void OnSessionEnded(uint64_t, const char *) override {
	}
	void OnEngineFailed(const std::string &) override {
	}
};

//! Every failure is one of the documented errors.
bool Check(const arrow::Status &status) {
	if (status.ok()) {
		return true;
	}
	auto error = skein::ErrorFromFlightStatus(status);
	FUZZ_EXPECT(error.has_value());
	FUZZ_EXPECT(error->category != ErrorCategory::UNSPECIFIED && error->category != ErrorCategory::OUTCOME_UNKNOWN);
	FUZZ_EXPECT(error->category <= ErrorCategory::CATALOG_CHANGED);
	if (error->exception_type == "INTERNAL" || error->exception_type == "FATAL") {
		std::fprintf(stderr, "an engine that failed: %s\n", error->message.c_str());
		std::abort();
	}
	return false;
}

//! A server with a table, a view, a session and a transaction, whose statements reach nothing outside.
class Service {
public:
	Service() : engine(skein::EngineOptions {"", false, "512MB", 1}), server(engine, {}, events) {
		auto connection = engine.Connect();
		for (auto sql : {"CREATE TABLE ducks (id INTEGER PRIMARY KEY, name VARCHAR DEFAULT 'mallard', seen TIMESTAMP)",
		                 "INSERT INTO ducks (id) SELECT range FROM range(100)",
		                 "CREATE VIEW pond AS SELECT id FROM ducks", "SET GLOBAL enable_external_access = false",
		                 "SET GLOBAL max_execution_time = 2000", "SET GLOBAL lock_configuration = true"}) {
			auto result = connection->Query(sql);
			if (result->HasError()) {
				std::fprintf(stderr, "%s: %s\n", sql, result->GetError().c_str());
				std::abort();
			}
		}
		skein::DistributedRequest request;
		request.type = skein::RequestType::OPEN_SESSION;
		session_id = Act(request).session_id;
		request.type = skein::RequestType::BEGIN_TRANSACTION;
		FUZZ_EXPECT(Act(request).transaction_id == 1);
	}

	void Call(const uint8_t *data, size_t size) {
		if (size < 4) {
			return;
		}
		const std::string_view rest(reinterpret_cast<const char *>(data) + 4, size - 4);
		const size_t length = std::min<size_t>(data[2] | data[3] << 8, rest.size());
		auto flags = data[1];
		const std::string command(rest.substr(0, length));
		auto session = flags & STRANGE_SESSION ? command.substr(0, 32) : flags & IN_SESSION ? session_id : "";
		const skein_fuzz::CallContext context(session);
		auto descriptor = flight::FlightDescriptor::Command(command);
		switch (data[0] % 6) {
		case 0:
			DoAction(context, command);
			break;
		case 1:
			DoGet(context, command);
			break;
		case 2: {
			std::unique_ptr<flight::FlightInfo> info;
			Check(server.GetFlightInfo(context, descriptor, &info));
			break;
		}
		case 3: {
			std::unique_ptr<flight::SchemaResult> schema;
			Check(server.GetSchema(context, descriptor, &schema));
			break;
		}
		case 4:
			Check(server.DoExchange(context, Upload(descriptor, rest.substr(length), flags),
			                        std::make_unique<skein_fuzz::MessageWriter>()));
			break;
		default:
			Check(server.DoPut(context, Upload(descriptor, rest.substr(length), flags),
			                   std::make_unique<skein_fuzz::AnswerWriter>()));
			break;
		}
		FUZZ_EXPECT(server.ActiveStatements() == 0);
		FUZZ_EXPECT(engine.InvalidatedReason().empty());
	}

private:
	skein::DistributedResponse Act(const skein::DistributedRequest &request) {
		flight::Action action {skein::RequestTypeName(request.type), arrow::Buffer::FromString(request.Encode())};
		std::unique_ptr<flight::ResultStream> results;
		const skein_fuzz::CallContext context(session_id);
		FUZZ_EXPECT(server.DoAction(context, action, &results).ok());
		auto result = results->Next().ValueOrDie();
		return skein::DistributedResponse::Decode(std::string_view(*result->body));
	}

	//! The action has the name of what its body asks for, where that can be read.
	void DoAction(const flight::ServerCallContext &context, const std::string &command) {
		flight::Action action {"EXECUTE_SQL", arrow::Buffer::FromString(command)};
		try {
			action.type = skein::RequestTypeName(skein::DistributedRequest::Decode(command).type);
		} catch (const skein::MalformedMessage &) {
		}
		std::unique_ptr<flight::ResultStream> results;
		Check(server.DoAction(context, action, &results));
	}

	void DoGet(const flight::ServerCallContext &context, const std::string &command) {
		std::unique_ptr<flight::FlightDataStream> stream;
		if (!Check(server.DoGet(context, flight::Ticket {command}, &stream))) {
			return;
		}
		if (!Check(stream->GetSchemaPayload().status())) {
			return;
		}
		for (int i = 0; i < BATCHES_READ; i++) {
			auto payload = stream->Next();
			if (!Check(payload.status()) || !payload->ipc_message.metadata) {
				return;
			}
		}
	}

	static std::unique_ptr<flight::FlightMessageReader> Upload(const flight::FlightDescriptor &descriptor,
	                                                           std::string_view stream, uint8_t flags) {
		return std::make_unique<skein_fuzz::UploadReader>(descriptor, stream, flags & NUMBERED);
	}

	skein::Engine engine;
	NoEvents events;
	skein::DistributedFlightServer server;
	std::string session_id;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	// Never destroyed at exit, as with EngineConnection: DuckDB's thread-local state is gone by then.
	static auto &service = *new std::unique_ptr<Service>();
	static uint64_t calls = 0;
	if (calls++ % CALLS_PER_SERVER == 0) {
		service.reset();
		service = std::make_unique<Service>();
	}
	service->Call(data, size);
	return 0;
}
