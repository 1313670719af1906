//! COPY FROM DATABASE into an attached database creates indexes there, too.
//!
//! DuckDB puts the index of a copied table into that table's storage, which is not here. So an index is taken out of
//! what is copied, and comes back in the clothes of a view, for which DuckDB does nothing but ask the schema to create
//! it; the schema knows it by UndressIndex.
#pragma once

#include "duckdb/main/client_context.hpp"
#include "duckdb/parser/parsed_data/create_index_info.hpp"
#include "duckdb/parser/parsed_data/create_view_info.hpp"
#include "duckdb/planner/logical_operator.hpp"

namespace skein {

using namespace duckdb;

class CopiedIndexes {
public:
	//! Once a statement is bound.
	static void TakeFromPlan(ClientContext &context, LogicalOperator &plan);
	//! The index that `info` stands for; null for a view.
	static optional_ptr<CreateIndexInfo> UndressIndex(CreateViewInfo &info);
};

} // namespace skein
