//! bench_json_server DATABASE read-only|read-write MEMORY_LIMIT: a table's rows as NDJSON over HTTP, the way it is done
//! without Arrow. Only for the benchmark: loopback only, no errors beyond a text.
//!
//!   GET  /lineitem   the rows; the end of the connection is the end of the body
//!   POST /lineitem   rows to insert; answers their count
//!   POST /sql        a statement
//!
//! DuckDB makes and reads the JSON on all its threads; one thread of a connection only moves bytes. Ends with its
//! standard input.

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <iostream>
#include <limits>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "duckdb.hpp"
#include "duckdb/main/query_result_stream.hpp"
#include "duckdb_static_extension.h"

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

extern "C" {
int32_t duckdb_extension_core_functions_describe(duckdb_extension_descriptor *descriptor);
int32_t duckdb_extension_json_describe(duckdb_extension_descriptor *descriptor);
}

namespace {

constexpr size_t TRANSFER_BYTES = 1 << 20;
constexpr int PIPE_BYTES = 1 << 20;

void ThrowIfFailed(duckdb::QueryResult &result) {
	if (result.HasError()) {
		result.ThrowError();
	}
}

//! The columns of lineitem as read_json wants them.
std::string JsonColumns(duckdb::Connection &connection) {
	auto result = connection.Query("SELECT string_agg(format('''{}'': ''{}''', column_name, data_type), ', ' "
	                               "ORDER BY column_index) FROM duckdb_columns() WHERE table_name = 'lineitem'");
	ThrowIfFailed(*result);
	return "{" + result->Collection().GetValue(0, 0).ToString() + "}";
}

void SendText(tcp::socket &socket, const std::string &text, http::status status = http::status::ok) {
	http::response<http::string_body> response(status, 11);
	response.keep_alive(false);
	response.body() = text;
	response.prepare_payload();
	http::write(socket, response);
}

void SendRows(tcp::socket &socket, duckdb::Connection &connection) {
	// The newline is added by DuckDB's threads, too: this one then copies whole rows.
	auto stream = duckdb::QueryResultStream<duckdb::ChunkFormat>(
	    connection.Submit("SELECT to_json(lineitem) || chr(10) FROM lineitem", duckdb::ChunkFormat::InMemory()));
	http::response<http::empty_body> head(http::status::ok, 11);
	head.set(http::field::content_type, "application/x-ndjson");
	head.keep_alive(false);
	http::response_serializer<http::empty_body> serializer(head);
	http::write_header(socket, serializer);
	std::string buffer;
	buffer.reserve(2 * TRANSFER_BYTES);
	while (auto chunk = stream.Fetch()) {
		for (auto row : chunk->data[0].Values<duckdb::string_t>()) {
			auto text = row.GetValue();
			buffer.append(text.GetData(), text.GetSize());
		}
		if (buffer.size() >= TRANSFER_BYTES) {
			boost::asio::write(socket, boost::asio::buffer(buffer));
			buffer.clear();
		}
	}
	boost::asio::write(socket, boost::asio::buffer(buffer));
}

//! The request's body, written into the pipe.
template <class PARSER>
void ReceiveBody(tcp::socket &socket, boost::beast::flat_buffer &received, PARSER &parser, int pipe_end) {
	std::vector<char> part(TRANSFER_BYTES);
	while (!parser.is_done()) {
		parser.get().body().data = part.data();
		parser.get().body().size = part.size();
		boost::beast::error_code error;
		http::read(socket, received, parser, error);
		if (error && error != http::error::need_buffer) {
			throw boost::system::system_error(error);
		}
		const auto count = part.size() - parser.get().body().size;
		for (size_t written = 0; written < count;) {
			auto result = write(pipe_end, part.data() + written, count - written);
			if (result < 0) {
				throw std::runtime_error("the rows' reader is gone");
			}
			written += static_cast<size_t>(result);
		}
	}
}

template <class PARSER>
void InsertRows(tcp::socket &socket, boost::beast::flat_buffer &received, PARSER &parser,
                duckdb::Connection &connection) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES) < 0) {
		throw std::runtime_error("no pipe");
	}
	const auto sql = "INSERT INTO lineitem FROM read_json('/dev/fd/" + std::to_string(ends[0]) +
	                 "', columns = " + JsonColumns(connection) + ", format = 'newline_delimited')";
	duckdb::unique_ptr<duckdb::QueryResult> result;
	std::thread insert([&]() {
		result = connection.Query(sql);
		close(ends[0]);
	});
	std::string failure;
	try {
		ReceiveBody(socket, received, parser, ends[1]);
	} catch (const std::exception &exception) {
		failure = exception.what();
	}
	close(ends[1]);
	insert.join();
	ThrowIfFailed(*result);
	if (!failure.empty()) {
		throw std::runtime_error(failure);
	}
	SendText(socket, result->Collection().GetValue(0, 0).ToString());
}

void Serve(tcp::socket socket, duckdb::DuckDB &database) {
	boost::beast::flat_buffer received(TRANSFER_BYTES);
	try {
		http::request_parser<http::buffer_body> parser;
		parser.body_limit(std::numeric_limits<uint64_t>::max());
		http::read_header(socket, received, parser);
		duckdb::Connection connection(database);
		const auto target = std::string(parser.get().target());
		if (parser.get().method() == http::verb::get) {
			SendRows(socket, connection);
		} else if (target == "/sql") {
			std::string sql(TRANSFER_BYTES, '\0');
			parser.get().body().data = sql.data();
			parser.get().body().size = sql.size();
			boost::beast::error_code error;
			http::read(socket, received, parser, error);
			sql.resize(sql.size() - parser.get().body().size);
			ThrowIfFailed(*connection.Query(sql));
			SendText(socket, "done");
		} else {
			InsertRows(socket, received, parser, connection);
		}
	} catch (const std::exception &exception) {
		std::cerr << "bench_json_server: " << exception.what() << std::endl;
		boost::beast::error_code ignored;
		http::response<http::string_body> response(http::status::internal_server_error, 11);
		response.body() = exception.what();
		response.prepare_payload();
		http::write(socket, response, ignored);
	}
}

} // namespace

int main(int argc, char **argv) {
	if (argc != 4) {
		std::cerr << "usage: bench_json_server DATABASE read-only|read-write MEMORY_LIMIT" << std::endl;
		return 2;
	}
	// A client or a statement that ends early is an error of one write, not a signal.
	signal(SIGPIPE, SIG_IGN);
	duckdb_register_static_extension(duckdb_extension_core_functions_describe);
	duckdb_register_static_extension(duckdb_extension_json_describe);
	duckdb::DBConfig config;
	if (std::strcmp(argv[2], "read-only") == 0) {
		config.options.access_mode = duckdb::AccessMode::READ_ONLY;
	}
	config.SetOptionByName("memory_limit", duckdb::Value(argv[3]));
	duckdb::DuckDB database(argv[1], &config);

	boost::asio::io_context io;
	tcp::acceptor acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
	std::cout << "http://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
	std::thread accepting([&]() {
		boost::system::error_code error;
		while (true) {
			tcp::socket socket(io);
			acceptor.accept(socket, error);
			if (!acceptor.is_open() || error) {
				return;
			}
			Serve(std::move(socket), database);
		}
	});
	std::cin.ignore(std::numeric_limits<std::streamsize>::max());
	// Wakes the accept.
	shutdown(acceptor.native_handle(), SHUT_RDWR);
	accepting.join();
	return 0;
}
