#include <filesystem>

#include <gtest/gtest.h>

#include "duckdb/common/exception.hpp"
#include "server/database_files.hpp"
#include "server/database_name.hpp"
#include "temporary_folder.hpp"

namespace skein {

TEST(DatabaseName, PlainIdentifiersOnly) {
	for (auto name : {"a", "Ente_7", "1-2", "_", "mainland"}) {
		EXPECT_TRUE(IsDatabaseName(name)) << name;
	}
	EXPECT_TRUE(IsDatabaseName(std::string(64, 'x')));
	EXPECT_FALSE(IsDatabaseName(std::string(65, 'x')));
	for (auto name : {"", "-a", "a.b", "a/b", "..", "a b", "\xC3\xA4", "a\n", "Main", "TEMP", "system"}) {
		EXPECT_FALSE(IsDatabaseName(name)) << name;
	}
	EXPECT_FALSE(IsDatabaseName(std::string_view("a\0b", 3)));
}

TEST(DatabaseName, ArgumentsOfTheCommandLine) {
	NamedDatabase named;
	ASSERT_TRUE(SplitDatabaseArgument("Ente=/a=b.db", named));
	EXPECT_EQ(named.name, "Ente");
	EXPECT_EQ(named.path, "/a=b.db");
	ASSERT_TRUE(SplitDatabaseArgument("x=", named));
	EXPECT_EQ(named.path, "");
	EXPECT_FALSE(SplitDatabaseArgument("file.db", named));
	EXPECT_FALSE(SplitDatabaseArgument("./a=b.db", named));
	EXPECT_FALSE(SplitDatabaseArgument("=b.db", named));
}

TEST(DatabaseFiles, AreFoundWhateverTheirCase) {
	TemporaryFolder folder;
	folder.Write("Ente.duckdb", "");
	folder.Write("a.b.duckdb", "");
	folder.Write("other.db", "");
	std::filesystem::create_directory(folder.path + "/folder.duckdb");
	auto found = FindDatabaseFile(folder.path, "eNTE");
	ASSERT_TRUE(found);
	EXPECT_EQ(found->name, "Ente");
	EXPECT_EQ(found->path, folder.path + "/Ente.duckdb");
	for (auto name : {"other", "folder", "a.b", "absent"}) {
		EXPECT_FALSE(FindDatabaseFile(folder.path, name)) << name;
	}
	EXPECT_EQ(ListDatabaseFiles(folder.path, 10), std::vector<std::string> {"Ente"});
	folder.Write("ENTE.duckdb", "");
	EXPECT_EQ(FindDatabaseFile(folder.path, "Ente")->name, "Ente");
	EXPECT_THROW(FindDatabaseFile(folder.path, "ente"), duckdb::IOException);
}

TEST(DatabaseFiles, AreRemovedWithWhatLiesBeside) {
	TemporaryFolder folder;
	auto path = folder.Write("x.duckdb", "");
	folder.Write("x.duckdb.wal", "");
	auto other = folder.Write("x.duckdb2", "");
	RemoveDatabaseFiles(path);
	EXPECT_FALSE(std::filesystem::exists(path));
	EXPECT_FALSE(std::filesystem::exists(path + ".wal"));
	EXPECT_TRUE(std::filesystem::exists(other));
	EXPECT_THROW(RequireFolder(other), duckdb::IOException);
	EXPECT_THROW(RequireFolder(folder.path + "/nowhere"), duckdb::IOException);
}

} // namespace skein
