#include <atomic>
#include <vector>

#include <arrow/util/utf8.h>

#include "codec/frame_column_reader.hpp"
#include "duckdb/common/types/string_type.hpp"
#include "duckdb/common/vector/dictionary_vector.hpp"
#include "duckdb/common/vector/flat_vector.hpp"

namespace skein {

using duckdb::FlatVector;
using duckdb::InvalidInputException;
using duckdb::LogicalType;
using duckdb::string_t;
using duckdb::Vector;

namespace {

//! Lets a vector keep the frame that its texts lie in.
struct FrameHolder : public duckdb::AuxiliaryDataHolder {
	explicit FrameHolder(std::shared_ptr<arrow::Buffer> memory) : memory(std::move(memory)) {
	}
	const std::shared_ptr<arrow::Buffer> memory;
};

//! While it grows, a larger dictionary is cheaper to look up in than to hand over anew with every block.
constexpr uint64_t GROWING_DICTIONARY_SIZE_MAX = 512;

bool IsAscii(const uint8_t *bytes, uint64_t count) {
	uint64_t bits = 0;
	uint64_t i = 0;
	for (; i + sizeof(uint64_t) <= count; i += sizeof(uint64_t)) {
		uint64_t word;
		std::memcpy(&word, bytes + i, sizeof(word));
		bits |= word;
	}
	for (; i < count; i++) {
		bits |= static_cast<uint64_t>(bytes[i]) << 56 | bytes[i];
	}
	return (bits & 0x8080808080808080ULL) == 0;
}

class FrameTextReader : public FrameColumnReader {
public:
	FrameTextReader(const LogicalType &type, bool is_nested)
	    : type(type), is_nested(is_nested), is_text(type.id() == duckdb::LogicalTypeId::VARCHAR) {
		arrow::util::InitializeUTF8();
	}
	void StartFrame() override {
		texts.clear();
		entry.reset();
	}

protected:
	void ReadValues(FrameSource &source, FrameEncoding encoding, const FrameValidity &validity, idx_t count,
	                Vector &result) override {
		if (encoding == FrameEncoding::DICTIONARY_NEW || encoding == FrameEncoding::DICTIONARY_MORE) {
			ReadNumbers(source, encoding, validity, count, result);
			return;
		}
		source.Spend(count, sizeof(string_t));
		auto target = FlatVector::GetDataMutable<string_t>(result);
		if (encoding == FrameEncoding::CONSTANT) {
			const auto size = source.reader.TakeNumber<uint32_t>();
			auto bytes = source.reader.Take(size);
			CheckTexts(bytes, &size, 1);
			std::fill_n(target, count, MakeText(bytes, size));
		} else {
			ReadTexts(source.reader, encoding, count, target);
		}
		Keep(result, source);
		validity.Apply(result, count);
		FlatVector::SetSize(result, count);
	}

	void ReadNulls(FrameSource &source, idx_t count, Vector &result) override {
		source.Spend(count, sizeof(string_t));
		std::fill_n(FlatVector::GetDataMutable<string_t>(result), count, string_t("", 0));
		FlatVector::ValidityMutable(result).SetAllInvalid(count);
		FlatVector::SetSize(result, count);
	}

private:
	static string_t MakeText(const uint8_t *bytes, uint32_t size) {
		return string_t(reinterpret_cast<const char *>(bytes), size);
	}

	static void Keep(Vector &vector, const FrameSource &source) {
		vector.BufferMutable().AddAuxiliaryData(duckdb::make_uniq<FrameHolder>(source.memory));
	}

	//! `bytes` are those of all texts, one behind the other.
	void CheckTexts(const uint8_t *bytes, const uint32_t *sizes, idx_t count) const {
		if (!is_text) {
			return;
		}
		uint64_t total = 0;
		for (idx_t i = 0; i < count; i++) {
			total += sizes[i];
		}
		if (IsAscii(bytes, total)) {
			return;
		}
		for (idx_t i = 0; i < count; i++) {
			if (!arrow::util::ValidateUTF8(bytes, sizes[i])) {
				throw InvalidInputException("A frame holds a text that is not UTF-8");
			}
			bytes += sizes[i];
		}
	}

	template <class LENGTH>
	void ReadTextsOf(FrameReader &reader, idx_t count, string_t *target) {
		auto lengths = reader.TakeMany(count, sizeof(LENGTH));
		sizes.resize(count);
		uint64_t total = 0;
		for (idx_t i = 0; i < count; i++) {
			LENGTH length;
			std::memcpy(&length, lengths + i * sizeof(LENGTH), sizeof(length));
			sizes[i] = length;
			total += length;
		}
		auto bytes = reader.Take(total);
		CheckTexts(bytes, sizes.data(), count);
		for (idx_t i = 0; i < count; i++) {
			target[i] = MakeText(bytes, sizes[i]);
			bytes += sizes[i];
		}
	}

	void ReadTexts(FrameReader &reader, FrameEncoding encoding, idx_t count, string_t *target) {
		switch (encoding) {
		case FrameEncoding::TEXT_1:
			return ReadTextsOf<uint8_t>(reader, count, target);
		case FrameEncoding::TEXT_2:
			return ReadTextsOf<uint16_t>(reader, count, target);
		case FrameEncoding::TEXT_4:
			return ReadTextsOf<uint32_t>(reader, count, target);
		default:
			throw InvalidInputException("A frame has encoding %d for a column of text", static_cast<int>(encoding));
		}
	}

	//! True where the dictionary has entries that it did not have before.
	bool ReadEntries(FrameSource &source, FrameEncoding encoding) {
		if (encoding == FrameEncoding::DICTIONARY_NEW) {
			StartFrame();
		}
		const auto added = source.reader.TakeNumber<uint32_t>();
		if (added > FRAME_DICTIONARY_ENTRIES_MAX - texts.size()) {
			throw InvalidInputException("A dictionary of a frame has more than %d entries",
			                            FRAME_DICTIONARY_ENTRIES_MAX);
		}
		if (added > 0) {
			source.Spend(added, sizeof(string_t));
			const auto first = texts.size();
			const auto texts_encoding = static_cast<FrameEncoding>(source.reader.TakeNumber<uint8_t>());
			texts.resize(first + added);
			ReadTexts(source.reader, texts_encoding, added, texts.data() + first);
			entry.reset();
		}
		if (texts.empty()) {
			throw InvalidInputException("A frame refers to a dictionary that it does not hold");
		}
		return added > 0;
	}

	void ReadNumbers(FrameSource &source, FrameEncoding encoding, const FrameValidity &validity, idx_t count,
	                 Vector &result) {
		const bool is_growing = ReadEntries(source, encoding);
		source.Spend(count, sizeof(string_t));
		if (is_nested || (is_growing && texts.size() > GROWING_DICTIONARY_SIZE_MAX)) {
			numbers.resize(count);
			ReadNumbersInto(source.reader, count, numbers.data());
			LookUp(source, validity, count, result);
		} else {
			duckdb::SelectionVector selection(count);
			ReadNumbersInto(source.reader, count, selection.data());
			Refer(source, validity, selection, count, result);
		}
	}

	void ReadNumbersInto(FrameReader &reader, idx_t count, duckdb::sel_t *target) const {
		switch (reader.TakeNumber<uint8_t>()) {
		case 1:
			return ReadNumbersOf<uint8_t>(reader, count, target);
		case 2:
			return ReadNumbersOf<uint16_t>(reader, count, target);
		default:
			throw InvalidInputException("The numbers of a frame's dictionary have 1 or 2 bytes");
		}
	}

	template <class NUMBER>
	void ReadNumbersOf(FrameReader &reader, idx_t count, duckdb::sel_t *target) const {
		auto bytes = reader.TakeMany(count, sizeof(NUMBER));
		uint32_t largest = 0;
		for (idx_t i = 0; i < count; i++) {
			NUMBER number;
			std::memcpy(&number, bytes + i * sizeof(NUMBER), sizeof(number));
			target[i] = number;
			largest = std::max<uint32_t>(largest, number);
		}
		if (largest >= texts.size()) {
			throw InvalidInputException("A frame refers to entry %d of a dictionary of %d", largest, texts.size());
		}
	}

	void LookUp(const FrameSource &source, const FrameValidity &validity, idx_t count, Vector &result) {
		auto target = FlatVector::GetDataMutable<string_t>(result);
		for (idx_t i = 0; i < count; i++) {
			target[i] = texts[numbers[i]];
		}
		Keep(result, source);
		validity.Apply(result, count);
		FlatVector::SetSize(result, count);
	}

	//! As a dictionary of the engine, whose last entry is NULL.
	void Refer(const FrameSource &source, const FrameValidity &validity, duckdb::SelectionVector &selection,
	           idx_t count, Vector &result) {
		if (!entry) {
			MakeEntry(source);
		}
		if (validity.HasNulls()) {
			for (idx_t i = 0; i < count; i++) {
				if (!validity.IsValid(i)) {
					selection.set_index(i, texts.size());
				}
			}
		}
		result.Dictionary(entry, selection, count);
	}

	void MakeEntry(const FrameSource &source) {
		static std::atomic<uint64_t> next_id {0};
		const auto size = texts.size() + 1;
		entry = duckdb::make_buffer<duckdb::DictionaryEntry>(Vector(type, size));
		auto &data = entry->data;
		auto target = FlatVector::GetDataMutable<string_t>(data);
		std::copy(texts.begin(), texts.end(), target);
		target[texts.size()] = string_t("", 0);
		FlatVector::ValidityMutable(data).SetInvalid(texts.size());
		Keep(data, source);
		FlatVector::SetSize(data, size);
		entry->id = "skein_frame_" + std::to_string(next_id++);
	}

	const LogicalType type;
	const bool is_nested;
	const bool is_text;
	//! The dictionary so far, in the memory of the frame.
	std::vector<string_t> texts;
	//! The same for the engine; null after it grew.
	duckdb::buffer_ptr<duckdb::DictionaryEntry> entry;
	std::vector<uint32_t> sizes;
	//! Of a block's rows, where they are looked up at once.
	std::vector<duckdb::sel_t> numbers;
};

} // namespace

std::unique_ptr<FrameColumnReader> MakeFrameTextReader(const LogicalType &type, bool is_nested) {
	return std::make_unique<FrameTextReader>(type, is_nested);
}

} // namespace skein
