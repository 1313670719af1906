//! The table a request names, as the catalog knows it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "duckdb/common/types.hpp"
#include "duckdb/parser/qualified_name.hpp"
#include "protocol/distributed_protocol.hpp"

namespace duckdb {
class ClientContext;
} // namespace duckdb

namespace skein {

struct ResolvedColumn {
	std::string name;
	duckdb::LogicalType type;
	bool not_null = false;
	bool generated = false;
	bool has_default = false;
	//! SQL text of its default; empty: none.
	std::string default_expression;
	//! The same of a default that is a constant; empty for others.
	std::string constant_default;
};

struct ResolvedTable {
	std::string catalog;
	std::string schema;
	//! With those it is nested in, outermost first.
	std::vector<std::string> schema_path;
	std::string name;
	bool is_view = false;
	//! Of a table, in its order; none for a view, whose columns are known once it is bound.
	std::vector<ResolvedColumn> columns;
	//! Its primary key and whatever else is unique, each as numbers of columns, ascending.
	std::vector<std::set<uint64_t>> unique_keys;
	std::optional<uint64_t> estimated_rows;

	duckdb::QualifiedName QualifiedName() const;
	//! Ignores case, as SQL does. Null where there is none.
	const ResolvedColumn *FindColumn(const std::string &column) const;
};

//! The request's names as they go into parse trees. Throws INVALID_REQUEST for an empty table name, or a table
//! named in two ways.
duckdb::QualifiedName RequestedName(const DistributedRequest &request);

//! Finds a table or view of the catalog, as SQL would find the name: never a file, never a variable. Leaves a
//! transaction of the context's as it is where there is none.
std::optional<ResolvedTable> FindTable(duckdb::ClientContext &context, const DistributedRequest &request);

//! The same; throws TABLE_NOT_FOUND where there is none.
ResolvedTable RequireTable(duckdb::ClientContext &context, const DistributedRequest &request);

} // namespace skein
