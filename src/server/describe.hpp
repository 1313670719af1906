//! What a request would return, without running it.
#pragma once

#include <memory>

#include <arrow/type.h>

#include "server/call.hpp"

namespace skein {

struct RequestDescription {
	//! A table's, with its columns' and its own metadata (protocol/version.hpp), or a statement's.
	std::shared_ptr<arrow::Schema> schema;
	//! An estimate for a scan of a whole table, else -1.
	int64_t total_rows = -1;
};

//! Of SCAN_TABLE and EXECUTE_SQL. Throws RequestError or the engine's exceptions; a transaction stays as it is.
RequestDescription DescribeRequest(Call &call);

} // namespace skein
