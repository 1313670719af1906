#include "server/databases.hpp"

// Before all others.
#include "server/database_manager.hpp"

#include <algorithm>

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/exception/catalog_exception.hpp"
#include "duckdb/main/attached_database.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"
#include "protocol/identifier.hpp"
#include "server/database_files.hpp"
#include "server/engine.hpp"
#include "server/request_error.hpp"

namespace skein {

using duckdb::DatabaseManager;
using duckdb::Identifier;

//! How many names an error lists.
static constexpr size_t NAMES_TOLD_MAX = 10;

//===--------------------------------------------------------------------===//
// DatabaseUse
//===--------------------------------------------------------------------===//
DatabaseUse::DatabaseUse(Databases &databases, std::string name, bool is_default)
    : databases(&databases), name(std::move(name)), is_default(is_default) {
}

DatabaseUse::~DatabaseUse() {
	Release();
}

DatabaseUse::DatabaseUse(DatabaseUse &&other) noexcept
    : databases(other.databases), name(std::move(other.name)), is_default(other.is_default) {
	other.databases = nullptr;
}

DatabaseUse &DatabaseUse::operator=(DatabaseUse &&other) noexcept {
	if (this != &other) {
		Release();
		databases = other.databases;
		name = std::move(other.name);
		is_default = other.is_default;
		other.databases = nullptr;
	}
	return *this;
}

void DatabaseUse::Release() {
	if (databases) {
		databases->Release(name);
		databases = nullptr;
	}
}

const std::string &DatabaseUse::Name() const {
	return name;
}

bool DatabaseUse::IsDefault() const {
	return is_default;
}

//===--------------------------------------------------------------------===//
// What there is
//===--------------------------------------------------------------------===//
Databases::Databases(duckdb::DuckDB &engine, const EngineOptions &options)
    : engine(engine), folder(options.database_dir), read_only(options.read_only) {
	if (!folder.empty()) {
		RequireFolder(folder);
	}
	auto &manager = DatabaseManager::Get(*engine.instance);
	if (options.named_databases.empty()) {
		default_name = manager.GetDefaultDatabase().GetIdentifierName();
		if (!default_name.empty()) {
			command_line_names.push_back(default_name);
		}
		return;
	}
	for (auto &named : options.named_databases) {
		Attach(named);
		command_line_names.push_back(named.name);
	}
	default_name = options.named_databases[0].name;
	manager.SetDefaultDatabase(Identifier(default_name));
}

static bool IsReserved(const std::string &name) {
	return duckdb::AttachedDatabase::NameIsReserved(Identifier(name));
}

bool Databases::IsAttached(const std::string &name) const {
	return !IsReserved(name) && DatabaseManager::Get(*engine.instance).GetDatabase(Identifier(name)) != nullptr;
}

std::string Databases::SpellingOf(const std::string &name) const {
	auto attached = DatabaseManager::Get(*engine.instance).GetDatabase(Identifier(name));
	return attached ? attached->GetName().GetIdentifierName() : name;
}

bool Databases::IsOfCommandLine(const std::string &name) const {
	for (auto &candidate : command_line_names) {
		if (FoldDatabaseName(candidate) == FoldDatabaseName(name)) {
			return true;
		}
	}
	return false;
}

std::optional<NamedDatabase> Databases::FindFile(const std::string &name) const {
	if (folder.empty() || !IsDatabaseName(name)) {
		return std::nullopt;
	}
	return FindDatabaseFile(folder, name);
}

std::vector<std::string> Databases::NamesToTell() const {
	auto names = folder.empty() ? std::vector<std::string>() : ListDatabaseFiles(folder, NAMES_TOLD_MAX);
	for (auto &attached : DatabaseManager::Get(*engine.instance).GetDatabases()) {
		auto &name = attached->GetName().GetIdentifierName();
		if (!IsReserved(name) && std::find(names.begin(), names.end(), name) == names.end()) {
			names.push_back(name);
		}
	}
	std::sort(names.begin(), names.end());
	return names;
}

void Databases::ThrowUnknown(const std::string &name) const {
	if (name.empty()) {
		throw duckdb::CatalogException("The server has no database of its own: the request must name one");
	}
	auto names = NamesToTell();
	const bool all = names.size() <= NAMES_TOLD_MAX;
	names.resize(std::min(names.size(), NAMES_TOLD_MAX));
	std::string told;
	for (auto &known : names) {
		told += (told.empty() ? "" : ", ") + QuoteIdentifier(known);
	}
	throw duckdb::CatalogException("Database %s does not exist on this server; it has %s%s", QuoteIdentifier(name),
	                               told.empty() ? "none" : told, all ? "" : " and others");
}

//===--------------------------------------------------------------------===//
// Use
//===--------------------------------------------------------------------===//
void Databases::Release(const std::string &name) {
	std::lock_guard<std::mutex> guard(mutex);
	auto folded = FoldDatabaseName(name);
	states[folded].users--;
	EraseIfIdle(folded);
}

void Databases::EraseIfIdle(const std::string &folded) {
	auto &state = states[folded];
	if (state.users == 0 && !state.changing) {
		states.erase(folded);
	}
}

Databases::State &Databases::WaitUntilSettled(std::unique_lock<std::mutex> &guard, const std::string &folded,
                                              const CancelCheck &check) {
	while (true) {
		auto found = states.find(folded);
		if (found == states.end() || !found->second.changing) {
			return states[folded];
		}
		settled.wait_for(guard, CANCEL_POLL);
		guard.unlock();
		check();
		guard.lock();
	}
}

void Databases::Change(std::unique_lock<std::mutex> &guard, const std::string &folded,
                       const std::function<void()> &work) {
	auto end = [&]() {
		guard.lock();
		states[folded].changing = false;
		EraseIfIdle(folded);
		settled.notify_all();
	};
	states[folded].changing = true;
	guard.unlock();
	try {
		work();
	} catch (...) {
		end();
		throw;
	}
	end();
}

DatabaseUse Databases::Use(const std::string &requested, bool create, const CancelCheck &check) {
	auto &name = requested.empty() ? default_name : requested;
	if (name.empty() || IsReserved(name)) {
		ThrowUnknown(name);
	}
	auto folded = FoldDatabaseName(name);
	std::unique_lock<std::mutex> guard(mutex);
	WaitUntilSettled(guard, folded, check);
	if (!IsAttached(name)) {
		Change(guard, folded, [&]() { AttachFromFolder(name, create); });
	}
	states[folded].users++;
	return DatabaseUse(*this, SpellingOf(name), FoldDatabaseName(default_name) == folded);
}

void Databases::AttachFromFolder(const std::string &name, bool create) {
	auto file = FindFile(name);
	if (!file && !create) {
		ThrowUnknown(name);
	}
	if (!file && folder.empty()) {
		throw RequestError(ErrorCategory::NOT_PERMITTED,
		                   "Database " + QuoteIdentifier(name) +
		                       " does not exist, and this server makes none: it runs without --database-dir");
	}
	if (!file && read_only) {
		throw RequestError(ErrorCategory::NOT_PERMITTED,
		                   "Database " + QuoteIdentifier(name) +
		                       " does not exist, and this server makes none: it runs with --read-only");
	}
	if (!file && !IsDatabaseName(name)) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "A database cannot be called " + QuoteIdentifier(name) +
		                                                       ": a name is " + DATABASE_NAME_RULE);
	}
	Attach(file ? *file : NewDatabaseFile(folder, name));
}

void Databases::Attach(const NamedDatabase &file) {
	duckdb::Connection connection(engine);
	auto &context = *connection.context;
	duckdb::AttachInfo info;
	info.name = Identifier(file.name);
	info.path = file.path;
	// Without a type, the file's first bytes would choose the extension that reads it.
	duckdb::AttachOptions options({{"type", duckdb::Value("duckdb")}},
	                              read_only ? duckdb::AccessMode::READ_ONLY : duckdb::AccessMode::READ_WRITE);
	context.RunFunctionInTransaction([&]() {
		try {
			DatabaseManager::Get(context).AttachDatabase(context, info, options);
		} catch (const std::exception &exception) {
			// Thrown further as it is, an internal error would end the engine.
			ThrowFileError(file.path, exception);
		}
	});
}

//===--------------------------------------------------------------------===//
// Drop, checkpoint
//===--------------------------------------------------------------------===//
NamedDatabase Databases::RequireDroppable(const std::string &name) const {
	auto quoted = QuoteIdentifier(name);
	if (IsOfCommandLine(name)) {
		throw RequestError(ErrorCategory::NOT_PERMITTED,
		                   "Database " + quoted + " was given to the server by its operator and cannot be dropped");
	}
	auto file = FindFile(name);
	auto attached = DatabaseManager::Get(*engine.instance).GetDatabase(Identifier(name));
	if (!file && !attached) {
		ThrowUnknown(name);
	}
	if (!file || (attached && !IsSameFile(attached->StoredPath(), file->path))) {
		throw RequestError(ErrorCategory::NOT_PERMITTED, "Database " + quoted +
		                                                     " was attached by a statement and is not of "
		                                                     "--database-dir; DETACH it instead");
	}
	if (read_only) {
		throw RequestError(ErrorCategory::NOT_PERMITTED,
		                   "Database " + quoted + " cannot be dropped: the server runs with --read-only");
	}
	return *file;
}

void Databases::Drop(const std::string &name, const CancelCheck &check) {
	if (name.empty() || IsReserved(name)) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "DROP_DATABASE needs the name of a database");
	}
	auto folded = FoldDatabaseName(name);
	std::unique_lock<std::mutex> guard(mutex);
	auto &state = WaitUntilSettled(guard, folded, check);
	if (state.users > 0) {
		throw duckdb::ResourceInUseException(
		    "Database %s is in use by %llu calls or transactions: drop it when they have ended", QuoteIdentifier(name),
		    state.users);
	}
	Change(guard, folded, [&]() {
		auto file = RequireDroppable(name);
		Detach(file);
		RemoveDatabaseFiles(file.path);
	});
}

void Databases::Detach(const NamedDatabase &file) {
	auto &manager = DatabaseManager::Get(*engine.instance);
	auto attached = manager.GetDatabase(Identifier(file.name));
	if (!attached) {
		return;
	}
	// The engine's list has one, and this is the other. Statements of other databases may name it, too.
	static constexpr long OWN_REFERENCES = 2;
	auto in_use = [&]() {
		return duckdb::ResourceInUseException("Database %s is in use by statements of other databases: drop it when "
		                                      "they have ended",
		                                      QuoteIdentifier(file.name));
	};
	if (attached.use_count() > OWN_REFERENCES) {
		throw in_use();
	}
	duckdb::weak_ptr<duckdb::AttachedDatabase> remaining(attached);
	attached.reset();
	duckdb::Connection connection(engine);
	auto &context = *connection.context;
	context.RunFunctionInTransaction(
	    [&]() { manager.DetachDatabase(context, Identifier(file.name), duckdb::OnEntryNotFound::RETURN_NULL, true); });
	if (!remaining.expired()) {
		// Came since the question above. The file stays, and is attached again when next used.
		throw in_use();
	}
}

void Databases::Checkpoint() {
	for (auto &attached : DatabaseManager::Get(*engine.instance).GetDatabases()) {
		if (attached->IsSystem() || attached->IsTemporary() || attached->IsReadOnly() ||
		    !attached->GetCatalog().IsDuckCatalog() || attached->GetCatalog().InMemory()) {
			continue;
		}
		duckdb::Connection connection(engine);
		auto result = connection.Query("CHECKPOINT " + QuoteIdentifier(attached->GetName().GetIdentifierName()));
		if (result->HasError()) {
			result->ThrowError();
		}
	}
}

} // namespace skein
