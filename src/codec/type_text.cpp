#include "codec/type_text.hpp"

#include "duckdb/common/exception.hpp"
#include "duckdb/common/type_visitor.hpp"
#include "duckdb/common/types/type_manager.hpp"
#include "duckdb/main/client_context.hpp"

namespace skein {

using duckdb::LogicalType;

std::string TypeText(const LogicalType &type) {
	auto plain = duckdb::TypeVisitor::VisitReplace(type, [](const LogicalType &part) -> LogicalType {
		if (!part.HasAlias() || part.IsJSONType()) {
			return part;
		}
		return part.WithAlias(std::string());
	});
	return plain.ToString();
}

LogicalType ParseTypeText(duckdb::ClientContext &context, const std::string &text) {
	return duckdb::TypeManager::Get(context).ParseLogicalType(text);
}

} // namespace skein
