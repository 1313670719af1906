//! The insert of the seed document: sends a DataChunk to a remote table. Usage: example_seed_insert URI [TABLE]
//!
//! Against the seed's text: the address and the table come from the command line, and outcomes are checked.
//! ConvertToArrow needs to know the connection whose settings describe the types, and the columns' names; here both are
//! bound to it.
#include <iostream>

#include "client/distributed_flight_client.hpp"
#include "codec/arrow_codec.hpp"
#include "duckdb.hpp"

using duckdb::make_uniq;
using skein::DistributedFlightClient;
using skein::DistributedResponse;

static void Check(const arrow::Status &status) {
	if (!status.ok()) {
		throw std::runtime_error(status.message());
	}
}

static void Insert(const std::string &uri, const std::string &my_table) {
	duckdb::DuckDB database(nullptr);
	duckdb::Connection connection(database);
	auto rows = connection.Query("SELECT i::INTEGER AS id, 'row ' || i AS name FROM range(1000) t(i)");
	auto ConvertToArrow = [&](duckdb::DataChunk &chunk) {
		return skein::ConvertToArrow(*connection.context, chunk, {"id", "name"});
	};
	auto next = rows->Fetch();
	auto &chunk = *next;

	auto client = make_uniq<DistributedFlightClient>(uri);
	Check(client->Connect());

	// Convert DuckDB DataChunk to Arrow RecordBatch
	std::shared_ptr<arrow::RecordBatch> batch = ConvertToArrow(chunk);

	DistributedResponse response;
	Check(client->InsertData(my_table, batch, response));
	std::cout << response.rows_affected << " rows inserted" << std::endl;
}

int main(int argc, char **argv) {
	if (argc < 2) {
		std::cerr << "Usage: " << argv[0] << " URI [TABLE]" << std::endl;
		return 2;
	}
	try {
		Insert(argv[1], argc > 2 ? argv[2] : "my_table");
		return 0;
	} catch (const std::exception &error) {
		std::cerr << error.what() << std::endl;
		return 1;
	}
}
