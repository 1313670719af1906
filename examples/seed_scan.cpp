//! The scan of the seed document: reads a remote table's first 1000 rows. Usage: example_seed_scan URI [TABLE]
//!
//! Against the seed's text: the address and the table come from the command line, outcomes are checked, and Next() is
//! opened with `*`, because Arrow returns a Result. The body of the loop is the conversion its comment asks for.
#include <iostream>

#include "client/distributed_flight_client.hpp"
#include "codec/arrow_codec.hpp"
#include "duckdb.hpp"

using duckdb::make_uniq;
using skein::DistributedFlightClient;

static void Check(const arrow::Status &status) {
	if (!status.ok()) {
		throw std::runtime_error(status.message());
	}
}

static void Scan(const std::string &uri, const std::string &my_table) {
	duckdb::DuckDB database(nullptr);
	duckdb::Connection connection(database);

	auto client = make_uniq<DistributedFlightClient>(uri);
	Check(client->Connect());

	std::shared_ptr<arrow::RecordBatchReader> reader;
	Check(client->ScanTable(my_table, 1000, 0, reader));

	// Convert Arrow to DuckDB DataChunk
	skein::RecordBatchDecoder decoder(*connection.context, reader->schema());
	while (auto batch = *reader->Next()) {
		// Process batch
		decoder.SetBatch(batch);
		duckdb::DataChunk chunk;
		chunk.InitializeEmpty(decoder.Types());
		for (decoder.Read(chunk); chunk.size() > 0; decoder.Read(chunk)) {
			std::cout << chunk.ToString();
		}
	}
}

int main(int argc, char **argv) {
	if (argc < 2) {
		std::cerr << "Usage: " << argv[0] << " URI [TABLE]" << std::endl;
		return 2;
	}
	try {
		Scan(argv[1], argc > 2 ? argv[2] : "my_table");
		return 0;
	} catch (const std::exception &error) {
		std::cerr << error.what() << std::endl;
		return 1;
	}
}
