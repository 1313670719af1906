//! The databases of one engine: those its command line names, those attached by SQL, and those of a folder, which are
//! attached when first used and may be made and dropped on request.
//!
//! Thread-safe. Must be gone before the engine is, and every DatabaseUse before this.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/cancellation.hpp"
#include "server/database_name.hpp"

namespace duckdb {
class DuckDB;
} // namespace duckdb

namespace skein {

class Databases;
struct EngineOptions;

//! A database that is being used, and cannot be dropped for so long. Move-only.
class DatabaseUse {
public:
	DatabaseUse() = default;
	~DatabaseUse();
	DatabaseUse(DatabaseUse &&other) noexcept;
	DatabaseUse &operator=(DatabaseUse &&other) noexcept;

	//! As its creator spelled it; what the engine knows it by.
	const std::string &Name() const;
	//! True for where new engine connections work anyway.
	bool IsDefault() const;

private:
	friend class Databases;
	DatabaseUse(Databases &databases, std::string name, bool is_default);
	void Release();

	Databases *databases = nullptr;
	std::string name;
	bool is_default = false;
};

class Databases {
public:
	//! Attaches what the options name; the first is the default. Throws DuckDB exceptions, also for a folder that is
	//! not there.
	Databases(duckdb::DuckDB &engine, const EngineOptions &options);

	//! The database of that name, or the default for none. Throws a Catalog error where there is none, NOT_PERMITTED
	//! where it would have to be made and must not be, and what `check` throws: it waits for others that attach it.
	DatabaseUse Use(const std::string &name, bool create, const CancelCheck &check);
	//! Detaches a database of the folder and deletes its files. Throws RequestError and DuckDB exceptions: where there
	//! is none, where it is in use, where it is not the folder's.
	void Drop(const std::string &name, const CancelCheck &check);
	//! Writes what was committed into the files of all databases. Waits for nobody; throws where transactions are open.
	void Checkpoint();

private:
	friend class DatabaseUse;
	//! What is there while a database is used, attached or dropped.
	struct State {
		uint64_t users = 0;
		bool changing = false;
	};

	void Release(const std::string &name);
	State &WaitUntilSettled(std::unique_lock<std::mutex> &guard, const std::string &folded, const CancelCheck &check);
	//! Marks the state as changing while `work` runs without the mutex.
	void Change(std::unique_lock<std::mutex> &guard, const std::string &folded, const std::function<void()> &work);
	void EraseIfIdle(const std::string &folded);
	bool IsAttached(const std::string &name) const;
	std::string SpellingOf(const std::string &name) const;
	bool IsOfCommandLine(const std::string &name) const;

	void Attach(const NamedDatabase &file);
	void AttachFromFolder(const std::string &name, bool create);
	std::optional<NamedDatabase> FindFile(const std::string &name) const;
	NamedDatabase RequireDroppable(const std::string &name) const;
	void Detach(const NamedDatabase &file);
	[[noreturn]] void ThrowUnknown(const std::string &name) const;
	std::vector<std::string> NamesToTell() const;

	duckdb::DuckDB &engine;
	const std::string folder;
	const bool read_only;
	//! Empty: there is none.
	std::string default_name;
	std::vector<std::string> command_line_names;

	mutable std::mutex mutex;
	std::condition_variable settled;
	std::map<std::string, State> states;
};

} // namespace skein
