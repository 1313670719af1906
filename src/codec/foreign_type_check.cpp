#include "codec/foreign_type_check.hpp"

#include "duckdb/common/exception.hpp"
#include "duckdb/common/type_visitor.hpp"
#include "duckdb/common/types/decimal.hpp"

namespace skein {

using duckdb::DecimalType;
using duckdb::LogicalType;

static bool IsImpossible(const LogicalType &type) {
	if (type.id() != duckdb::LogicalTypeId::DECIMAL) {
		return false;
	}
	const auto width = DecimalType::GetWidth(type);
	return width == 0 || width > duckdb::Decimal::MAX_WIDTH_DECIMAL || DecimalType::GetScale(type) > width;
}

void CheckForeignType(const LogicalType &type) {
	if (duckdb::TypeVisitor::Contains(type, IsImpossible)) {
		throw duckdb::InvalidInputException("A column's type cannot be: %s", type.ToString());
	}
}

} // namespace skein
