//! One operation of the C++ client for each line of standard input, and what it came to. Usage: example_client_command
//! URI [TOKEN]
//!
//! A line is an operation and its arguments, separated by tabs:
//!   execute SQL | query SQL | scan TABLE | exists TABLE | create TABLE | drop TABLE | delete TABLE CONDITION
//!   insert TABLE COLUMN ROWS NULL_ROW (a column of BIGINT that counts from 0, with a NULL at NULL_ROW)
//! The answer is one line: "ok COUNT", or "failed CATEGORY TYPE: MESSAGE" with the message's newlines as blanks.
#include <iostream>
#include <sstream>

#include <arrow/array/builder_primitive.h>

#include "client/distributed_flight_client.hpp"
#include "protocol/errors.hpp"

using namespace skein; // NOLINT: an example

namespace {

using Arguments = std::vector<std::string>;

arrow::Result<int64_t> CountRows(const std::shared_ptr<arrow::RecordBatchReader> &reader) {
	int64_t rows = 0;
	while (true) {
		ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
		if (!batch) {
			return rows;
		}
		rows += batch->num_rows();
	}
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> MakeBatch(const std::string &column, int64_t rows,
                                                             int64_t null_row) {
	arrow::Int64Builder builder;
	for (int64_t i = 0; i < rows; i++) {
		ARROW_RETURN_NOT_OK(i == null_row ? builder.AppendNull() : builder.Append(i));
	}
	std::shared_ptr<arrow::Array> values;
	ARROW_RETURN_NOT_OK(builder.Finish(&values));
	return arrow::RecordBatch::Make(arrow::schema({arrow::field(column, arrow::int64())}), rows, {values});
}

arrow::Result<int64_t> RunWithRows(DistributedFlightClient &client, const Arguments &arguments) {
	std::shared_ptr<arrow::RecordBatchReader> reader;
	ARROW_RETURN_NOT_OK(arguments[0] == "query" ? client.Query(arguments.at(1), reader)
	                                            : client.ScanTable(arguments.at(1), reader));
	return CountRows(reader);
}

arrow::Result<int64_t> Run(DistributedFlightClient &client, const Arguments &arguments) {
	auto &operation = arguments[0];
	if (operation == "query" || operation == "scan") {
		return RunWithRows(client, arguments);
	}
	DistributedResponse response;
	if (operation == "execute") {
		ARROW_RETURN_NOT_OK(client.ExecuteSQL(arguments.at(1), response));
	} else if (operation == "exists") {
		ARROW_RETURN_NOT_OK(client.TableExists(arguments.at(1), response));
		return response.exists ? 1 : 0;
	} else if (operation == "create") {
		ARROW_RETURN_NOT_OK(client.CreateTable(arguments.at(1), {{"id", "BIGINT", false, ""}}, response));
	} else if (operation == "drop") {
		ARROW_RETURN_NOT_OK(client.DropTable(arguments.at(1), response));
	} else if (operation == "delete") {
		ARROW_RETURN_NOT_OK(client.DeleteData(arguments.at(1), arguments.at(2), response));
	} else if (operation == "insert") {
		ARROW_ASSIGN_OR_RAISE(auto batch,
		                      MakeBatch(arguments.at(2), std::stoll(arguments.at(3)), std::stoll(arguments.at(4))));
		ARROW_RETURN_NOT_OK(client.InsertData(arguments.at(1), batch, response));
	} else {
		return arrow::Status::Invalid("There is no operation ", operation);
	}
	return static_cast<int64_t>(response.rows_affected);
}

Arguments Split(const std::string &line) {
	Arguments result;
	std::istringstream stream(line);
	for (std::string part; std::getline(stream, part, '\t');) {
		result.push_back(part);
	}
	return result;
}

void PrintFailure(const arrow::Status &status) {
	auto error = ErrorFromFlightStatus(status);
	auto text = error ? error->exception_type + ": " + error->message : status.ToString();
	for (auto &c : text) {
		c = c == '\n' ? ' ' : c;
	}
	std::cout << "failed " << (error ? static_cast<uint32_t>(error->category) : 0) << " " << text << std::endl;
}

} // namespace

int main(int argc, char **argv) {
	if (argc < 2 || argc > 3) {
		std::cerr << "Usage: example_client_command URI [TOKEN]\n";
		return 2;
	}
	ClientOptions options;
	options.token = argc > 2 ? argv[2] : "";
	DistributedFlightClient client(argv[1], options);
	for (std::string line; std::getline(std::cin, line);) {
		auto status = client.Connect();
		auto outcome = status.ok() ? Run(client, Split(line)) : arrow::Result<int64_t>(status);
		if (outcome.ok()) {
			std::cout << "ok " << *outcome << std::endl;
		} else {
			PrintFailure(outcome.status());
		}
	}
	return 0;
}
