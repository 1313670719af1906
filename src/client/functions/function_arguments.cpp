#include "client/functions/function_arguments.hpp"

#include "client/attach/attached_catalog.hpp"
#include "client/skein_secret.hpp"
#include "client/skein_state.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/exception/binder_exception.hpp"

namespace skein {

FunctionArguments::FunctionArguments(ClientContext &context, TableFunctionBindInput &input, idx_t server_argument)
    : context(context), input(input), server_argument(server_argument) {
}

void FunctionArguments::AddNamed(TableFunction &function) {
	function.GetSignature().AddKeywordOnly("token", LogicalType::VARCHAR, Value(LogicalType::VARCHAR));
}

void FunctionArguments::AddFlag(TableFunction &function, const char *name) {
	function.GetSignature().AddKeywordOnly(name, LogicalType::BOOLEAN, Value::BOOLEAN(false));
}

RemoteServer &FunctionArguments::Server() const {
	string token;
	auto entry = input.named_parameters.find("token");
	if (entry != input.named_parameters.end() && !entry->second.IsNull()) {
		token = StringValue::Get(entry->second);
	}
	auto uri = Text(server_argument, "the server's address");
	auto credentials = SkeinSecret::Find(context, uri);
	if (!token.empty()) {
		credentials.token = token;
	}
	return SkeinState::Get(context).GetServer(uri, credentials);
}

optional_ptr<AttachedCatalog> FunctionArguments::Database() const {
	auto name = Text(server_argument, "the server's address or the database's name");
	auto catalog = Catalog::GetCatalogEntry(context, Identifier(name));
	if (!catalog && name.find("://") != string::npos) {
		return nullptr;
	}
	if (!catalog) {
		throw BinderException(
		    "\"%s\" is neither an attached database nor a server's address: give the name of a database "
		    "attached with TYPE skein, or an address like 'grpc://host:8815'",
		    name);
	}
	auto attached = dynamic_cast<AttachedCatalog *>(catalog.get());
	if (!attached) {
		throw BinderException("\"%s\" is a database of this DuckDB, not one of a server: give the name of a database "
		                      "attached with TYPE skein, or an address like 'grpc://host:8815'",
		                      name);
	}
	auto token = input.named_parameters.find("token");
	if (token != input.named_parameters.end() && !token->second.IsNull()) {
		throw BinderException("Database \"%s\" has the token it was attached with: leave out the argument \"token\"",
		                      name);
	}
	return attached;
}

string FunctionArguments::Text(idx_t index, const char *what) const {
	auto &value = input.inputs[index];
	if (value.IsNull()) {
		throw InvalidInputException("%s must not be NULL", what);
	}
	auto text = StringValue::Get(value);
	if (text.empty()) {
		throw InvalidInputException("%s must not be empty", what);
	}
	if (text.find('\0') != string::npos) {
		throw InvalidInputException("%s must not contain NUL bytes", what);
	}
	return text;
}

bool FunctionArguments::Flag(const char *name) const {
	auto entry = input.named_parameters.find(Identifier(name));
	return entry != input.named_parameters.end() && !entry->second.IsNull() && BooleanValue::Get(entry->second);
}

} // namespace skein
