#include "codec/arrow_text_column.hpp"

#include <limits>

#include <arrow/type.h>

#include "codec/arrow_status.hpp"
#include "codec/frame_text.hpp"

namespace skein {

using duckdb::string_t;
using duckdb::UnifiedVectorFormat;

static constexpr const char *DOING = "encoding texts";

static bool HasNulls(const UnifiedVectorFormat &format, RowSelection rows) {
	if (format.validity.CannotHaveNull()) {
		return false;
	}
	bool all_valid = true;
	for (idx_t i = 0; i < rows.count; i++) {
		all_valid &= format.validity.RowIsValidUnsafe(format.sel->get_index(rows[i]));
	}
	return !all_valid;
}

void ArrowTextColumn::AppendValidity(const UnifiedVectorFormat &format, RowSelection rows) {
	if (validity.length() == 0) {
		ThrowIfNotOk(validity.Append(offsets.length(), true), DOING);
	}
	ThrowIfNotOk(validity.Reserve(static_cast<int64_t>(rows.count)), DOING);
	for (idx_t i = 0; i < rows.count; i++) {
		validity.UnsafeAppend(format.validity.RowIsValid(format.sel->get_index(rows[i])));
	}
}

template <class SIZE_AT>
void ArrowTextColumn::AppendTexts(const UnifiedVectorFormat &format, RowSelection rows, SIZE_AT &&size_at) {
	auto texts = UnifiedVectorFormat::GetData<string_t>(format);
	uint64_t total = static_cast<uint64_t>(bytes.length());
	for (idx_t i = 0; i < rows.count; i++) {
		total += size_at(format.sel->get_index(rows[i]));
	}
	if (total > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
		throw duckdb::InvalidInputException("Texts of %d bytes cannot be sent as one Arrow array", total);
	}
	ThrowIfNotOk(bytes.Reserve(static_cast<int64_t>(total + TEXT_SLACK_BYTES) - bytes.length()), DOING);
	ThrowIfNotOk(offsets.Reserve(static_cast<int64_t>(rows.count) + 1), DOING);
	const auto start = bytes.mutable_data();
	auto offset = bytes.length();
	for (idx_t i = 0; i < rows.count; i++) {
		const auto position = format.sel->get_index(rows[i]);
		offsets.UnsafeAppend(static_cast<int32_t>(offset));
		const auto size = size_at(position);
		if (size == 0) {
			continue;
		}
		WriteText(start + offset, texts[position]);
		offset += static_cast<int64_t>(size);
	}
	bytes.UnsafeAdvance(offset - bytes.length());
}

void ArrowTextColumn::Append(const duckdb::Vector &vector, RowSelection rows) {
	UnifiedVectorFormat format;
	vector.ToUnifiedFormat(format);
	auto texts = UnifiedVectorFormat::GetData<string_t>(format);
	if (HasNulls(format, rows)) {
		AppendValidity(format, rows);
		AppendTexts(format, rows, [&](idx_t position) {
			return format.validity.RowIsValid(position) ? static_cast<uint64_t>(texts[position].GetSize()) : 0;
		});
	} else {
		if (validity.length() > 0) {
			ThrowIfNotOk(validity.Append(static_cast<int64_t>(rows.count), true), DOING);
		}
		AppendTexts(format, rows, [&](idx_t position) { return static_cast<uint64_t>(texts[position].GetSize()); });
	}
}

std::shared_ptr<arrow::ArrayData> ArrowTextColumn::Finish() {
	const auto count = offsets.length();
	ThrowIfNotOk(offsets.Append(static_cast<int32_t>(bytes.length())), DOING);
	int64_t null_count = 0;
	std::shared_ptr<arrow::Buffer> validity_bits;
	if (validity.length() > 0) {
		null_count = validity.false_count();
		validity_bits = ValueOrThrow(validity.Finish(), DOING);
	}
	auto offset_buffer = ValueOrThrow(offsets.Finish(), DOING);
	auto byte_buffer = ValueOrThrow(bytes.Finish(), DOING);
	return arrow::ArrayData::Make(
	    arrow::utf8(), count, {std::move(validity_bits), std::move(offset_buffer), std::move(byte_buffer)}, null_count);
}

} // namespace skein
