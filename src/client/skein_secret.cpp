#include "client/skein_secret.hpp"

#include "duckdb/catalog/catalog_transaction.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/file_system.hpp"
#include "duckdb/main/secret/secret.hpp"
#include "duckdb/main/secret/secret_manager.hpp"

namespace skein {

using namespace duckdb;

static constexpr const char *TYPE = "skein";
static constexpr const char *PROVIDER = "config";
static constexpr const char *TOKEN = "token";
static constexpr const char *CA = "ca";

static unique_ptr<BaseSecret> Create(ClientContext &context, CreateSecretInput &input) {
	auto scope = input.scope;
	if (scope.empty()) {
		scope = {"grpc://", "grpc+tls://", "grpc+tcp://", "grpc+unix://"};
	}
	auto result = make_uniq<KeyValueSecret>(scope, input.type, input.provider, input.name);
	for (auto &option : input.options) {
		result->secret_map[Identifier(option.first)] = option.second;
	}
	result->redact_keys = {Identifier(TOKEN)};
	return std::move(result);
}

void SkeinSecret::Register(ExtensionLoader &loader) {
	SecretType type;
	type.name = Identifier(TYPE);
	type.deserializer = KeyValueSecret::Deserialize<KeyValueSecret>;
	type.default_provider = PROVIDER;
	loader.RegisterSecretType(type);
	CreateSecretFunction create = {TYPE, Identifier(PROVIDER), Create, {}};
	create.named_parameters[Identifier(TOKEN)] = LogicalType::VARCHAR;
	create.named_parameters[Identifier(CA)] = LogicalType::VARCHAR;
	loader.RegisterFunction(create);
}

static string TextOf(const KeyValueSecret &secret, const char *key) {
	auto value = secret.TryGetValue(Identifier(key));
	return value.IsNull() ? string() : value.ToString();
}

static ServerCredentials CredentialsOf(ClientContext &context, const BaseSecret &secret) {
	auto &values = dynamic_cast<const KeyValueSecret &>(secret);
	ServerCredentials result;
	result.token = TextOf(values, TOKEN);
	auto ca = TextOf(values, CA);
	if (!ca.empty()) {
		result.tls_root_certificates = SkeinSecret::ReadCertificates(context, ca);
	}
	return result;
}

ServerCredentials SkeinSecret::Find(ClientContext &context, const string &uri) {
	auto transaction = CatalogTransaction::GetSystemCatalogTransaction(context);
	auto match = SecretManager::Get(context).LookupSecret(transaction, uri, TYPE);
	return match.HasMatch() ? CredentialsOf(context, match.GetSecret()) : ServerCredentials();
}

ServerCredentials SkeinSecret::Get(ClientContext &context, const string &name) {
	auto transaction = CatalogTransaction::GetSystemCatalogTransaction(context);
	auto entry = SecretManager::Get(context).GetSecretByName(transaction, name);
	if (!entry || entry->secret->GetType() != TYPE) {
		throw InvalidInputException("There is no secret \"%s\" of type skein: CREATE SECRET %s (TYPE skein, TOKEN "
		                            "'...')",
		                            name, name);
	}
	return CredentialsOf(context, *entry->secret);
}

string SkeinSecret::ReadCertificates(ClientContext &context, const string &path) {
	auto file = FileSystem::GetFileSystem(context).OpenFile(path, FileFlags::FILE_FLAGS_READ);
	string result(NumericCast<idx_t>(file->GetFileSize()), '\0');
	file->Read(result.data(), result.size());
	return result;
}

} // namespace skein
