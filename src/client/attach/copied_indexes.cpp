#include "client/attach/copied_indexes.hpp"

#include <algorithm>

#include "client/attach/attached_catalog.hpp"
#include "duckdb/planner/operator/logical_copy_database.hpp"

namespace skein {

namespace {

struct DressedIndexInfo : public CreateViewInfo {
	explicit DressedIndexInfo(unique_ptr<CreateInfo> index_p) : index(std::move(index_p)) {
		SetQualifiedName(index->GetQualifiedName());
		on_conflict = index->on_conflict;
	}

	unique_ptr<CreateInfo> Copy() const override {
		return make_uniq<DressedIndexInfo>(index->Copy());
	}
	string ToString() const override {
		return index->ToString();
	}

	const unique_ptr<CreateInfo> index;
};

} // namespace

static void TakeFromCopy(ClientContext &context, CopyDatabaseInfo &info) {
	auto &target = Catalog::GetCatalog(context, info.target_database);
	if (!dynamic_cast<AttachedCatalog *>(&target)) {
		return;
	}
	// Behind the tables they are of.
	vector<unique_ptr<CreateInfo>> indexes;
	for (auto &entry : info.entries) {
		if (entry && entry->type == CatalogType::INDEX_ENTRY) {
			indexes.push_back(make_uniq<DressedIndexInfo>(std::move(entry)));
		}
	}
	info.entries.erase(std::remove(info.entries.begin(), info.entries.end(), nullptr), info.entries.end());
	for (auto &index : indexes) {
		info.entries.push_back(std::move(index));
	}
}

void CopiedIndexes::TakeFromPlan(ClientContext &context, LogicalOperator &plan) {
	if (plan.type == LogicalOperatorType::LOGICAL_COPY_DATABASE) {
		TakeFromCopy(context, *plan.Cast<LogicalCopyDatabase>().info);
	}
	for (auto &child : plan.children) {
		TakeFromPlan(context, *child);
	}
}

optional_ptr<CreateIndexInfo> CopiedIndexes::UndressIndex(CreateViewInfo &info) {
	auto dressed = dynamic_cast<DressedIndexInfo *>(&info);
	return dressed ? &dressed->index->Cast<CreateIndexInfo>() : nullptr;
}

} // namespace skein
