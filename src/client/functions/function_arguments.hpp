//! Reading the arguments our table functions share: the server's address first, a token by name.
#pragma once

#include <string>

#include "client/pool/remote_server.hpp"
#include "duckdb/function/table_function.hpp"

namespace skein {

using namespace duckdb;

class AttachedCatalog;

class FunctionArguments {
public:
	//! `server_argument` is the position of the server's address.
	FunctionArguments(ClientContext &context, TableFunctionBindInput &input, idx_t server_argument = 0);

	//! Declares the named argument every one of them takes: the token.
	static void AddNamed(TableFunction &function);
	//! Declares a named BOOLEAN, false unless given.
	static void AddFlag(TableFunction &function, const char *name);

	//! The server named, not yet connected to.
	RemoteServer &Server() const;
	//! The attached database named, null where the argument is an address. Throws BinderException for what is neither.
	optional_ptr<AttachedCatalog> Database() const;
	//! The text argument at that position. Throws InvalidInputException naming `what` for NULL, empty text and NUL
	//! bytes.
	string Text(idx_t index, const char *what) const;
	//! The named argument, false where it is not given.
	bool Flag(const char *name) const;

private:
	ClientContext &context;
	TableFunctionBindInput &input;
	const idx_t server_argument;
};

} // namespace skein
