//! Copies a remote table's rows into memory of DuckDB's and from there into another remote table of the same columns,
//! with the C++ client: native rows both ways, or Arrow's. Usage: example_copy_table URI FROM TO [arrow]
#include <iostream>

#include "client/distributed_flight_client.hpp"
#include "codec/arrow_codec.hpp"
#include "duckdb.hpp"
#include "duckdb/common/types/column/column_data_collection.hpp"

using skein::RowLayout;

static void Check(const arrow::Status &status) {
	if (!status.ok()) {
		throw std::runtime_error(status.message());
	}
}

template <class T>
static T Check(arrow::Result<T> result) {
	Check(result.status());
	return std::move(result).ValueUnsafe();
}

static std::unique_ptr<duckdb::ColumnDataCollection> Read(skein::DistributedFlightClient &client,
                                                          duckdb::ClientContext &context, const std::string &table,
                                                          RowLayout layout) {
	skein::DistributedRequest request;
	request.type = skein::RequestType::SCAN_TABLE;
	request.native_rows = layout == RowLayout::NATIVE;
	Check(skein::SetTableName(table, request));
	auto reader = Check(client.Scan(std::move(request)));
	skein::RecordBatchDecoder decoder(context, reader->schema());
	auto rows = std::make_unique<duckdb::ColumnDataCollection>(context, decoder.Types());
	while (auto batch = Check(reader->Next())) {
		decoder.SetBatch(batch);
		duckdb::DataChunk chunk;
		chunk.InitializeEmpty(decoder.Types());
		for (decoder.Read(chunk); chunk.size() > 0; decoder.Read(chunk)) {
			rows->Append(chunk);
		}
	}
	return rows;
}

static uint64_t Write(skein::DistributedFlightClient &client, duckdb::ClientContext &context, const std::string &table,
                      const duckdb::ColumnDataCollection &rows, const duckdb::vector<std::string> &names,
                      RowLayout layout) {
	skein::RecordBatchEncoder encoder(context, rows.Types(), names, layout);
	skein::DistributedRequest request;
	request.type = skein::RequestType::INSERT_DATA;
	Check(skein::SetTableName(table, request));
	auto writer = Check(client.Upload(std::move(request), encoder.Schema()));
	for (auto &chunk : rows.Chunks()) {
		for (duckdb::idx_t offset = 0; offset < chunk.size();) {
			offset = encoder.AppendUntilFull(chunk, offset);
			if (encoder.IsFull()) {
				Check(writer->Write(*encoder.Finish()));
			}
		}
	}
	if (auto batch = encoder.Finish()) {
		Check(writer->Write(*batch));
	}
	skein::DistributedResponse response;
	Check(writer->Finish(response));
	return response.rows_affected;
}

static void Copy(const std::string &uri, const std::string &from, const std::string &to, RowLayout layout) {
	duckdb::DuckDB database(nullptr);
	duckdb::Connection connection(database);
	skein::DistributedFlightClient client(uri);
	Check(client.Connect());
	auto rows = Read(client, *connection.context, from, layout);
	skein::DistributedRequest request;
	request.type = skein::RequestType::SCAN_TABLE;
	Check(skein::SetTableName(to, request));
	auto names = Check(client.GetSchema(std::move(request)))->field_names();
	duckdb::vector<std::string> target_names(names.begin(), names.end());
	auto count = Write(client, *connection.context, to, *rows, target_names, layout);
	std::cout << count << " rows copied" << std::endl;
}

int main(int argc, char **argv) {
	if (argc < 4) {
		std::cerr << "Usage: " << argv[0] << " URI FROM TO [arrow]" << std::endl;
		return 2;
	}
	try {
		Copy(argv[1], argv[2], argv[3], argc > 4 ? RowLayout::ARROW : RowLayout::NATIVE);
		return 0;
	} catch (const std::exception &error) {
		std::cerr << error.what() << std::endl;
		return 1;
	}
}
