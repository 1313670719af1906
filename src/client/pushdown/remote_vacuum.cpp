#include "client/pushdown/remote_vacuum.hpp"

#include "client/attach/attached_catalog.hpp"
#include "client/pushdown/remote_statement.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/table_catalog_entry.hpp"
#include "duckdb/parser/expression/star_expression.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/tableref/basetableref.hpp"
#include "duckdb/planner/binder.hpp"
#include "duckdb/planner/operator/logical_vacuum.hpp"

namespace skein {

void RemoteVacuum::TakeFromStatement(PlannerExtensionInput &input, BoundStatement &statement) {
	if (!statement.plan || statement.plan->type != LogicalOperatorType::LOGICAL_VACUUM) {
		return;
	}
	auto &vacuum = statement.plan->Cast<LogicalVacuum>();
	auto catalog = vacuum.table ? dynamic_cast<AttachedCatalog *>(&vacuum.table->catalog) : nullptr;
	if (!catalog) {
		return;
	}
	auto remote = vacuum.GetInfo().Copy();
	auto table = make_uniq<BaseTableRef>();
	table->SetQualifiedName(QualifiedName(vacuum.table->schema.GetSchemaPath(), vacuum.table->name));
	remote->ref = std::move(table);
	SelectNode node;
	node.select_list.push_back(make_uniq<StarExpression>());
	node.from_table = RemoteStatement::MakeRef(*catalog, RemoteStatementKind::SUCCESS, remote->ToString());
	auto binder = Binder::CreateBinder(input.context, &input.binder);
	statement.plan = std::move(binder->Bind(node).plan);
}

} // namespace skein
