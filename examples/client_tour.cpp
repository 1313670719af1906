//! Every operation of the C++ client against a running server, without DuckDB on this side. Usage: example_client_tour
//! URI
//!
//! Prints one line per step, and at the end what this side and the server counted.
#include <iostream>

#include <arrow/array/builder_primitive.h>

#include "client/client_counters.hpp"
#include "client/distributed_flight_client.hpp"
#include "protocol/errors.hpp"

using namespace skein; // NOLINT: an example

namespace {

void Check(const arrow::Status &status) {
	if (!status.ok()) {
		auto error = ErrorFromFlightStatus(status);
		throw std::runtime_error(error ? error->exception_type + " Error: " + error->message : status.message());
	}
}

std::shared_ptr<arrow::RecordBatch> MakeNumbers(int64_t count) {
	arrow::Int64Builder builder;
	for (int64_t i = 0; i < count; i++) {
		Check(builder.Append(i));
	}
	std::shared_ptr<arrow::Array> numbers;
	Check(builder.Finish(&numbers));
	return arrow::RecordBatch::Make(arrow::schema({arrow::field("n", arrow::int64())}), count, {numbers});
}

int64_t CountRows(const std::shared_ptr<arrow::RecordBatchReader> &reader) {
	int64_t rows = 0;
	while (true) {
		auto batch = reader->Next();
		Check(batch.status());
		if (!*batch) {
			return rows;
		}
		rows += (*batch)->num_rows();
	}
}

void UseTable(DistributedFlightClient &client) {
	DistributedResponse response;
	const std::string table = "main.\"tour of ducks\"";
	Check(client.DropTable(table, response, /*if_exists=*/true));
	Check(client.TableExists(table, response));
	std::cout << "exists before: " << response.exists << "\n";
	Check(client.CreateTable(table, {{"n", "BIGINT", true, ""}, {"kind", "VARCHAR", false, "'duck'"}}, response));
	Check(client.TableExists(table, response));
	std::cout << "exists after: " << response.exists << "\n";
	Check(client.InsertData(table, MakeNumbers(100000), response));
	std::cout << "inserted: " << response.rows_affected << "\n";
	Check(client.DeleteData(table, "n % 2 = 1", response));
	std::cout << "deleted: " << response.rows_affected << "\n";
	Check(client.ExecuteSQL("UPDATE " + table + " SET kind = 'goose' WHERE n < 10", response));
	std::cout << "updated: " << response.rows_affected << "\n";
	std::shared_ptr<arrow::RecordBatchReader> reader;
	Check(client.ScanTable(table, reader));
	std::cout << "columns: " << reader->schema()->num_fields() << "\n";
	std::cout << "scanned: " << CountRows(reader) << "\n";
	Check(client.ScanTable(table, 1000, 49500, reader));
	std::cout << "scanned with limit and offset: " << CountRows(reader) << "\n";
	Check(client.ScanTable(table, 0, 0, reader));
	std::cout << "scanned with limit 0: " << CountRows(reader) << "\n";
	Check(client.Query("SELECT DISTINCT kind FROM " + table, reader));
	std::cout << "kinds: " << CountRows(reader) << "\n";
	Check(client.DropTable(table, response));
	auto refused = client.ScanTable(table, reader);
	std::cout << "scan of the dropped table: " << refused.message() << "\n";
}

void PrintCounters(DistributedFlightClient &client, const ClientCounters &here) {
	DistributedRequest request;
	request.type = RequestType::STATISTICS;
	DistributedResponse response;
	Check(client.Call(request, response));
	auto &there = response.server_statistics.value();
	std::cout << "statements: " << here.statements << " " << there.statements << "\n";
	std::cout << "round trips: " << here.round_trips << " " << there.round_trips << "\n";
	std::cout << "bytes up: " << here.bytes_sent << " " << there.bytes_received << "\n";
	std::cout << "bytes down: " << here.bytes_received << " " << there.bytes_sent << "\n";
	std::cout << "rows up: " << here.rows_sent << " " << there.rows_received << "\n";
	std::cout << "rows down: " << here.rows_received << " " << there.rows_sent << "\n";
	std::cout << "active: " << here.active_statements << " " << there.active_statements << "\n";
}

} // namespace

int main(int argc, char **argv) {
	if (argc != 2) {
		std::cerr << "Usage: " << argv[0] << " URI" << std::endl;
		return 2;
	}
	try {
		ClientOptions options;
		options.counters = std::make_shared<ClientCounters>();
		DistributedFlightClient client(argv[1], options);
		Check(client.Connect());
		UseTable(client);
		PrintCounters(client, *options.counters);
		return 0;
	} catch (const std::exception &error) {
		std::cerr << error.what() << std::endl;
		return 1;
	}
}
