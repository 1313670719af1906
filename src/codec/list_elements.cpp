#include "codec/list_elements.hpp"

namespace skein {

using duckdb::UnifiedVectorFormat;

ListElements::ListElements(const UnifiedVectorFormat &format, RowSelection rows) {
	lengths.reserve(rows.count);
	auto entries = UnifiedVectorFormat::GetData<duckdb::list_entry_t>(format);
	bool is_range = true;
	for (idx_t i = 0; i < rows.count; i++) {
		auto position = format.sel->get_index(rows[i]);
		auto length = format.validity.RowIsValid(position) ? entries[position].length : 0;
		lengths.push_back(length);
		if (length == 0) {
			continue;
		}
		if (elements.count == 0) {
			elements.begin = entries[position].offset;
		}
		is_range = is_range && entries[position].offset == elements.begin + elements.count;
		elements.count += length;
	}
	if (!is_range) {
		ListPositions(format, rows);
	}
}

void ListElements::ListPositions(const UnifiedVectorFormat &format, RowSelection rows) {
	positions.reserve(elements.count);
	auto entries = UnifiedVectorFormat::GetData<duckdb::list_entry_t>(format);
	for (idx_t i = 0; i < rows.count; i++) {
		auto position = format.sel->get_index(rows[i]);
		for (idx_t element = 0; element < lengths[i]; element++) {
			positions.push_back(static_cast<duckdb::sel_t>(entries[position].offset + element));
		}
	}
	elements.positions = positions.data();
}

} // namespace skein
