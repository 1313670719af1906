#include "client/attach/attached_schema_entry.hpp"

#include "client/attach/attached_catalog.hpp"
#include "client/attach/attached_entries.hpp"
#include "client/attach/attached_transaction.hpp"
#include "client/attach/copied_indexes.hpp"
#include "client/attach/remote_ddl.hpp"
#include "client/catalog/skein_table_entry.hpp"
#include "duckdb/common/exception/catalog_exception.hpp"
#include "duckdb/parser/parsed_data/alter_info.hpp"
#include "duckdb/parser/parsed_data/create_function_info.hpp"
#include "duckdb/parser/parsed_data/create_index_info.hpp"
#include "duckdb/parser/parsed_data/create_schema_info.hpp"
#include "duckdb/parser/parsed_data/create_sequence_info.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/parser/parsed_data/create_type_info.hpp"
#include "duckdb/parser/parsed_data/create_view_info.hpp"
#include "duckdb/parser/parsed_data/drop_info.hpp"
#include "duckdb/planner/parsed_data/bound_create_table_info.hpp"
#include "protocol/identifier.hpp"

namespace skein {

AttachedSchemaEntry::AttachedSchemaEntry(Catalog &catalog, CreateSchemaInfo &info,
                                         optional_ptr<SchemaCatalogEntry> parent, CatalogSnapshot &snapshot)
    : SchemaCatalogEntry(catalog, info, parent), snapshot(snapshot) {
}

AttachedSchemaEntry::~AttachedSchemaEntry() = default;

//===--------------------------------------------------------------------===//
// Slots
//===--------------------------------------------------------------------===//
void AttachedSchemaEntry::AddSlot(CatalogEntryDescription description, bool described) {
	CatalogSlot slot;
	auto type = CatalogTypeOf(description.name.kind);
	Identifier slot_name(description.name.name);
	slot.description = std::move(description);
	slot.described = described;
	slots[type].insert(make_pair(std::move(slot_name), std::move(slot)));
}

//! Entries DuckDB looks for by this type share a name space of that type.
static CatalogType NameSpaceOf(CatalogType type) {
	switch (type) {
	case CatalogType::VIEW_ENTRY:
		return CatalogType::TABLE_ENTRY;
	case CatalogType::SCALAR_FUNCTION_ENTRY:
	case CatalogType::AGGREGATE_FUNCTION_ENTRY:
		return CatalogType::MACRO_ENTRY;
	case CatalogType::TABLE_FUNCTION_ENTRY:
		return CatalogType::TABLE_MACRO_ENTRY;
	default:
		return type;
	}
}

optional_ptr<CatalogSlot> AttachedSchemaEntry::FindSlot(CatalogType type, const Identifier &slot_name) {
	auto &same_type = slots[NameSpaceOf(type)];
	auto slot = same_type.find(slot_name);
	return slot == same_type.end() ? nullptr : optional_ptr<CatalogSlot>(slot->second);
}

CatalogEntry &AttachedSchemaEntry::ScannedEntry(ClientContext &context, CatalogSlot &slot) {
	if (!slot.described) {
		snapshot.Describe(context, {&slot});
	}
	if (!slot.entry && slot.error.empty()) {
		try {
			slot.entry = MakeScannedEntry(context, *this, slot.description);
		} catch (std::exception &ex) {
			slot.error = ErrorData(ex).RawMessage();
		}
	}
	if (!slot.entry) {
		throw CatalogException("%s of %s cannot be used: %s", QuoteIdentifier(slot.description.name.name),
		                       catalog.GetName().GetIdentifierName(), slot.error);
	}
	return *slot.entry;
}

optional_ptr<CatalogEntry> AttachedSchemaEntry::ListedEntry(ClientContext &context, CatalogSlot &slot) {
	if (slot.description.name.kind != CatalogEntryKind::VIEW) {
		try {
			return ScannedEntry(context, slot);
		} catch (CatalogException &ex) {
			if (!slot.listed_entry) {
				slot.listed_entry = MakeUnusableEntry(*this, slot.description, ErrorData(ex).RawMessage());
			}
			return slot.listed_entry.get();
		}
	}
	if (!slot.listed_entry) {
		try {
			slot.listed_entry = MakeListedEntry(context, *this, slot.description);
		} catch (std::exception &) {
			return nullptr;
		}
	}
	return *slot.listed_entry;
}

//===--------------------------------------------------------------------===//
// Looking up
//===--------------------------------------------------------------------===//
//! A name that is not here may be new. Names of functions and types are looked for here before they are found where
//! they are, so only those of tables and their like are asked for.
optional_ptr<CatalogEntry> AttachedSchemaEntry::LookupNewer(CatalogTransaction transaction,
                                                            const EntryLookupInfo &lookup_info) {
	switch (lookup_info.GetCatalogType()) {
	case CatalogType::TABLE_ENTRY:
	case CatalogType::VIEW_ENTRY:
	case CatalogType::SEQUENCE_ENTRY:
	case CatalogType::INDEX_ENTRY:
		break;
	default:
		return nullptr;
	}
	auto &context = *transaction.context;
	auto &current = AttachedTransaction::Get(context, catalog).VerifiedSnapshot(context);
	if (&current == &snapshot) {
		return nullptr;
	}
	auto schema = current.FindSchema(GetSchemaPath());
	return schema ? schema->LookupEntry(transaction, lookup_info) : nullptr;
}

optional_ptr<CatalogEntry> AttachedSchemaEntry::LookupEntry(CatalogTransaction transaction,
                                                            const EntryLookupInfo &lookup_info) {
	auto type = lookup_info.GetCatalogType();
	if (type == CatalogType::SCHEMA_ENTRY) {
		auto path = GetSchemaPath();
		path.push_back(lookup_info.GetEntryIdentifier());
		return snapshot.FindSchema(path).get();
	}
	if (!transaction.context) {
		return nullptr;
	}
	std::unique_lock<std::recursive_mutex> guard(snapshot.Lock());
	auto slot = FindSlot(type, lookup_info.GetEntryIdentifier());
	if (!slot) {
		guard.unlock();
		return LookupNewer(transaction, lookup_info);
	}
	if (type == CatalogType::VIEW_ENTRY) {
		return ListedEntry(*transaction.context, *slot);
	}
	return ScannedEntry(*transaction.context, *slot);
}

void AttachedSchemaEntry::Scan(ClientContext &context, CatalogType type,
                               const std::function<void(CatalogEntry &)> &callback) {
	if (type == CatalogType::SCHEMA_ENTRY) {
		for (auto &schema : snapshot.Schemas()) {
			if (schema->GetParentSchema().get() == this) {
				callback(*schema);
			}
		}
		return;
	}
	vector<reference<CatalogEntry>> entries;
	{
		std::lock_guard<std::recursive_mutex> guard(snapshot.Lock());
		std::vector<CatalogSlot *> asked;
		for (auto &[slot_name, slot] : slots[NameSpaceOf(type)]) {
			asked.push_back(&slot);
		}
		snapshot.Describe(context, asked);
		for (auto slot : asked) {
			auto entry = ListedEntry(context, *slot);
			if (entry && (type != CatalogType::VIEW_ENTRY || entry->type == type)) {
				entries.push_back(*entry);
			}
		}
	}
	for (auto &entry : entries) {
		callback(entry);
	}
}

void AttachedSchemaEntry::Scan(CatalogType type, const std::function<void(CatalogEntry &)> &callback) {
	// Without a connection there is nobody to ask; whoever lists entries for a user has one.
}

vector<reference<IndexCatalogEntry>> AttachedSchemaEntry::IndexesOf(ClientContext &context,
                                                                    const Identifier &table_name) {
	std::lock_guard<std::recursive_mutex> guard(snapshot.Lock());
	if (!indexes) {
		auto found = std::make_unique<IndexesByTable>();
		Scan(context, CatalogType::INDEX_ENTRY, [&](CatalogEntry &entry) {
			auto &index = entry.Cast<IndexCatalogEntry>();
			(*found)[index.GetTableName()].push_back(index);
		});
		indexes = std::move(found);
	}
	auto of_table = indexes->find(table_name);
	return of_table == indexes->end() ? vector<reference<IndexCatalogEntry>>() : of_table->second;
}

//===--------------------------------------------------------------------===//
// Creating and dropping
//===--------------------------------------------------------------------===//
optional_ptr<CatalogEntry> AttachedSchemaEntry::CreateTable(CatalogTransaction transaction,
                                                            BoundCreateTableInfo &info) {
	return RemoteDdl::Create(transaction, *this, info.Base());
}

optional_ptr<CatalogEntry> AttachedSchemaEntry::CreateFunction(CatalogTransaction transaction,
                                                               CreateFunctionInfo &info) {
	return RemoteDdl::Create(transaction, *this, info);
}

optional_ptr<CatalogEntry> AttachedSchemaEntry::CreateIndex(CatalogTransaction transaction, CreateIndexInfo &info,
                                                            TableCatalogEntry &table) {
	return RemoteDdl::Create(transaction, *this, info);
}

optional_ptr<CatalogEntry> AttachedSchemaEntry::CreateView(CatalogTransaction transaction, CreateViewInfo &info) {
	auto index = CopiedIndexes::UndressIndex(info);
	if (index) {
		return RemoteDdl::Create(transaction, *this, *index);
	}
	return RemoteDdl::Create(transaction, *this, info);
}

optional_ptr<CatalogEntry> AttachedSchemaEntry::CreateSequence(CatalogTransaction transaction,
                                                               CreateSequenceInfo &info) {
	return RemoteDdl::Create(transaction, *this, info);
}

optional_ptr<CatalogEntry> AttachedSchemaEntry::CreateType(CatalogTransaction transaction, CreateTypeInfo &info) {
	return RemoteDdl::Create(transaction, *this, info);
}

void AttachedSchemaEntry::Alter(CatalogTransaction transaction, AlterInfo &info) {
	RemoteDdl::Alter(transaction, *this, info);
}

void AttachedSchemaEntry::DropEntry(ClientContext &context, DropInfo &info) {
	RemoteDdl::Drop(context, catalog, info);
}

} // namespace skein
