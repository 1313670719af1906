#include <vector>

#include "codec/frame_column.hpp"
#include "codec/frame_dictionary.hpp"
#include "codec/frame_text.hpp"
#include "duckdb/common/vector/dictionary_vector.hpp"

namespace skein {

using duckdb::string_t;
using duckdb::UnifiedVectorFormat;
using duckdb::Vector;

namespace {

//! Fewer rows than this are not worth a dictionary.
constexpr idx_t DICTIONARY_ROWS_MIN = 64;
//! A dictionary of the storage that is larger than this is not asked: most of its entries would be used once.
constexpr idx_t STORAGE_DICTIONARY_SIZE_MAX = 4096;
//! Texts that lie by themselves have to be hashed, each; this many different ones are the end of that.
constexpr idx_t HASHED_ENTRIES_MAX = 256;
//! After that, so many frames are not tried again.
constexpr uint64_t FRAMES_WITHOUT_HASHING = 15;

class FrameTextColumn : public FrameColumn {
public:
	void Write(const Vector &vector, RowSelection rows, FrameWriter &writer) override {
		UnifiedVectorFormat format;
		vector.ToUnifiedFormat(format);
		FrameColumnHead head(format, rows, writer);
		if (head.IsAllNull()) {
			head.Finish(FrameEncoding::NULLS, writer);
			return;
		}
		auto texts = UnifiedVectorFormat::GetData<string_t>(format);
		if (vector.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR) {
			writer.WriteNumber(static_cast<uint32_t>(texts[0].GetSize()));
			writer.Write(texts[0].GetData(), texts[0].GetSize());
			head.Finish(FrameEncoding::CONSTANT, writer);
		} else if (rows.count >= DICTIONARY_ROWS_MIN && FindNumbers(vector, format, rows, head.HasNulls())) {
			head.Finish(WriteNumbers(rows.count, writer), writer);
		} else {
			head.Finish(WriteRows(format, rows, head.HasNulls(), writer), writer);
		}
	}
	void StartFrame() override {
		dictionary.Clear();
		storage.Clear();
		written_count = 0;
		if (frames_to_skip > 0) {
			frames_to_skip--;
		}
	}

private:
	static FrameEncoding WriteRows(const UnifiedVectorFormat &format, RowSelection rows, bool has_nulls,
	                               FrameWriter &writer) {
		auto texts = UnifiedVectorFormat::GetData<string_t>(format);
		if (has_nulls) {
			auto text_at = [&](idx_t i) {
				const auto position = format.sel->get_index(rows[i]);
				return format.validity.RowIsValidUnsafe(position) ? texts[position] : string_t("", 0);
			};
			return WriteTexts(rows.count, text_at, writer);
		}
		if (!format.sel->IsSet() && !rows.positions) {
			return WriteTexts(rows.count, [&](idx_t i) -> const string_t & { return texts[rows.begin + i]; }, writer);
		}
		auto text_at = [&](idx_t i) -> const string_t & {
			return texts[format.sel->get_index(rows[i])];
		};
		return WriteTexts(rows.count, text_at, writer);
	}

	//! Whether the rows are better sent by their texts' numbers, which then stand in `numbers`.
	bool FindNumbers(const Vector &vector, const UnifiedVectorFormat &format, RowSelection rows, bool has_nulls) {
		if (vector.GetVectorType() == duckdb::VectorType::DICTIONARY_VECTOR &&
		    !duckdb::DictionaryVector::DictionaryId(vector).empty()) {
			return FindStored(vector, format, rows, has_nulls);
		}
		return frames_to_skip == 0 && FindHashed(format, rows, has_nulls);
	}

	bool FindStored(const Vector &vector, const UnifiedVectorFormat &format, RowSelection rows, bool has_nulls) {
		const auto size = duckdb::DictionaryVector::DictionarySize(vector);
		if (!size.IsValid() || size.GetIndex() > STORAGE_DICTIONARY_SIZE_MAX ||
		    dictionary.Count() + rows.count > FRAME_DICTIONARY_ENTRIES_MAX) {
			return false;
		}
		auto &id = duckdb::DictionaryVector::DictionaryId(vector);
		if (id == refused_id) {
			return false;
		}
		storage.Select(id, format.data, size.GetIndex());
		const auto count_before = dictionary.Count();
		auto texts = UnifiedVectorFormat::GetData<string_t>(format);
		numbers.resize(rows.count);
		for (idx_t i = 0; i < rows.count; i++) {
			const auto position = format.sel->get_index(rows[i]);
			if (position >= size.GetIndex()) {
				return Refuse(id);
			}
			if (has_nulls && !format.validity.RowIsValidUnsafe(position)) {
				numbers[i] = 0;
				continue;
			}
			auto &number = storage.NumberAt(position);
			if (number == 0) {
				number = dictionary.Number(texts[position]) + 1;
			}
			numbers[i] = static_cast<uint16_t>(number - 1);
		}
		return dictionary.Count() - count_before <= rows.count / 10 * 9 || Refuse(id);
	}

	//! No row of this dictionary is looked for in ours again, and ours starts anew.
	bool Refuse(const std::string &id) {
		refused_id = id;
		Forget();
		return false;
	}

	void Forget() {
		dictionary.Clear();
		storage.Clear();
		written_count = 0;
	}

	bool FindHashed(const UnifiedVectorFormat &format, RowSelection rows, bool has_nulls) {
		auto texts = UnifiedVectorFormat::GetData<string_t>(format);
		numbers.resize(rows.count);
		for (idx_t i = 0; i < rows.count; i++) {
			const auto position = format.sel->get_index(rows[i]);
			if (has_nulls && !format.validity.RowIsValidUnsafe(position)) {
				numbers[i] = 0;
				continue;
			}
			numbers[i] = static_cast<uint16_t>(dictionary.Number(texts[position]));
			if (dictionary.Count() > HASHED_ENTRIES_MAX || (i == rows.count / 8 && dictionary.Count() > i / 2)) {
				frames_to_skip = FRAMES_WITHOUT_HASHING + 1;
				Forget();
				return false;
			}
		}
		return true;
	}

	FrameEncoding WriteNumbers(idx_t count, FrameWriter &writer) {
		const bool is_new = written_count == 0;
		auto &texts = dictionary.Texts();
		const auto added = static_cast<uint32_t>(texts.size() - written_count);
		writer.WriteNumber(added);
		if (added > 0) {
			const auto position = writer.Size();
			writer.WriteNumber<uint8_t>(0);
			auto text_at = [&](idx_t i) -> const string_t & {
				return texts[written_count + i];
			};
			auto encoding = WriteTexts(added, text_at, writer);
			*writer.At(position) = static_cast<uint8_t>(encoding);
		}
		written_count = texts.size();
		const bool is_narrow = texts.size() <= 256;
		writer.WriteNumber<uint8_t>(is_narrow ? 1 : 2);
		if (is_narrow) {
			auto target = writer.Reserve(count);
			for (idx_t i = 0; i < count; i++) {
				target[i] = static_cast<uint8_t>(numbers[i]);
			}
			writer.Advance(count);
		} else {
			writer.Write(numbers.data(), count * sizeof(uint16_t));
		}
		return is_new ? FrameEncoding::DICTIONARY_NEW : FrameEncoding::DICTIONARY_MORE;
	}

	FrameDictionary dictionary;
	StorageDictionaryMap storage;
	//! Entries that the frame holds already.
	uint64_t written_count = 0;
	//! A dictionary of the storage whose entries are used about once each.
	std::string refused_id;
	uint64_t frames_to_skip = 0;
	//! Of the rows at hand. Those of NULLs say nothing.
	std::vector<uint16_t> numbers;
};

} // namespace

std::unique_ptr<FrameColumn> MakeFrameTextColumn() {
	return std::make_unique<FrameTextColumn>();
}

} // namespace skein
