//! The statements requests stand for, built as parse trees: names from requests never become SQL text.
#pragma once

#include <string>
#include <vector>

#include "duckdb/parser/parsed_expression.hpp"
#include "duckdb/parser/sql_statement.hpp"
#include "duckdb/parser/tableref.hpp"
#include "protocol/distributed_protocol.hpp"
#include "server/table_lookup.hpp"

namespace skein {

//! What uploaded rows are called in the statements below, and their columns are PutColumnName(0), ...
constexpr const char *UPLOAD_ALIAS = "skein_upload";

//! The one expression `text` holds. Throws INVALID_REQUEST naming `field` where it is not exactly one, and the parser's
//! error where it is none.
duckdb::unique_ptr<duckdb::ParsedExpression> ParseOneExpression(duckdb::ClientContext &context, const std::string &text,
                                                                const std::string &field);

//! SELECT of a SCAN_TABLE request. With no_columns it has one column, to be dropped.
duckdb::unique_ptr<duckdb::SQLStatement> MakeScanStatement(duckdb::ClientContext &context, const ResolvedTable &table,
                                                           const DistributedRequest &request);

//! INSERT INTO table (columns) SELECT * FROM rows. Each of `default_columns`, some of `columns`, takes its default in
//! the rows in which a boolean of its own says so; these follow after the values of all columns.
duckdb::unique_ptr<duckdb::SQLStatement> MakeInsertStatement(duckdb::ClientContext &context, const ResolvedTable &table,
                                                             const std::vector<std::string> &columns,
                                                             const std::vector<std::string> &default_columns,
                                                             duckdb::unique_ptr<duckdb::TableRef> rows);

//! DELETE FROM table WHERE filter; an empty filter is every row.
duckdb::unique_ptr<duckdb::SQLStatement> MakeDeleteStatement(duckdb::ClientContext &context, const ResolvedTable &table,
                                                             const std::string &filter);

//! DELETE FROM table WHERE rowid IN (SELECT c0 FROM rows).
duckdb::unique_ptr<duckdb::SQLStatement> MakeDeleteRowsStatement(const ResolvedTable &table,
                                                                 duckdb::unique_ptr<duckdb::TableRef> rows);

//! UPDATE table SET columns[i] = c<i + 1>, ..., default_columns[i] = DEFAULT, ... FROM rows WHERE rowid = c0.
duckdb::unique_ptr<duckdb::SQLStatement> MakeUpdateRowsStatement(const ResolvedTable &table,
                                                                 const std::vector<std::string> &columns,
                                                                 const std::vector<std::string> &default_columns,
                                                                 duckdb::unique_ptr<duckdb::TableRef> rows);

//! Makes one of the three statements above return these columns of the rows it changes; none: it returns none.
void AddReturning(duckdb::SQLStatement &statement, const ResolvedTable &table, const std::vector<std::string> &columns);

//! Throws INVALID_REQUEST where the table's row ids cannot be named: a view, or a table with a column of that name.
void RequireRowIds(const ResolvedTable &table);

} // namespace skein
