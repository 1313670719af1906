#include "codec/frame_numbers.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

namespace skein {

using duckdb::PhysicalType;

namespace {

__extension__ typedef unsigned __int128 uint128;

//! Values at any address: those of an encoder and of a frame lie as they come.
template <class T>
T Load(const uint8_t *values, uint64_t index) {
	T result;
	std::memcpy(&result, values + index * sizeof(T), sizeof(T));
	return result;
}

template <class T>
void Store(uint8_t *target, uint64_t index, T value) {
	std::memcpy(target + index * sizeof(T), &value, sizeof(T));
}

//! What is above the base, in arithmetic that wraps around: so signed and unsigned values are one case.
struct Spread {
	//! Bytes an offset takes.
	uint64_t width = 0;
	uint128 base = 0;
};

template <class T>
uint64_t WidthOf(T value) {
	if (value <= std::numeric_limits<uint8_t>::max()) {
		return 1;
	}
	if (value <= std::numeric_limits<uint16_t>::max()) {
		return 2;
	}
	if (sizeof(T) <= 4 || value <= static_cast<T>(std::numeric_limits<uint32_t>::max())) {
		return 4;
	}
	return sizeof(T) <= 8 || value <= static_cast<T>(std::numeric_limits<uint64_t>::max()) ? 8 : sizeof(T);
}

//! How many values are looked at to know which widths are out of the question.
constexpr uint64_t SAMPLE_COUNT = 16;

template <class T>
T SampleRange(const uint8_t *values, uint64_t count) {
	using Signed = std::make_signed_t<T>;
	const auto step = std::max<uint64_t>(count / SAMPLE_COUNT, 1);
	auto low = static_cast<Signed>(Load<T>(values, 0));
	auto high = low;
	for (uint64_t i = step; i < count; i += step) {
		auto value = static_cast<Signed>(Load<T>(values, i));
		low = std::min(low, value);
		high = std::max(high, value);
	}
	return static_cast<T>(static_cast<T>(high) - static_cast<T>(low));
}

//! The range between the smallest and the largest value, taken as signed or unsigned, whichever is shorter.
template <class T>
Spread ExactSpread(const uint8_t *values, uint64_t count) {
	using Signed = std::make_signed_t<T>;
	T low = std::numeric_limits<T>::max(), high = 0;
	auto signed_low = std::numeric_limits<Signed>::max(), signed_high = std::numeric_limits<Signed>::min();
	for (uint64_t i = 0; i < count; i++) {
		auto value = Load<T>(values, i);
		low = std::min(low, value);
		high = std::max(high, value);
		signed_low = std::min(signed_low, static_cast<Signed>(value));
		signed_high = std::max(signed_high, static_cast<Signed>(value));
	}
	const auto range = static_cast<T>(high - low);
	const auto signed_range = static_cast<T>(static_cast<T>(signed_high) - static_cast<T>(signed_low));
	if (range <= signed_range) {
		return {WidthOf(range), low};
	}
	return {WidthOf(signed_range), static_cast<T>(signed_low)};
}

//! Bits that are set in some value, and in some value's distance from the first.
template <class T>
struct SeenBits {
	T in_values = 0;
	T in_distances = 0;
};

template <class T>
SeenBits<T> CollectBits(const uint8_t *values, uint64_t count) {
	const auto first = Load<T>(values, 0);
	SeenBits<T> result;
	for (uint64_t i = 0; i < count; i++) {
		auto value = Load<T>(values, i);
		result.in_values |= value;
		result.in_distances |= static_cast<T>(value - first);
	}
	return result;
}

//! Cheap for the usual case: values that are small, or not below the first. Exact minima are looked for only where a
//! sample says that they could save a byte.
template <class T>
Spread FindSpread(const uint8_t *values, uint64_t count, const SeenBits<T> &bits) {
	Spread result {WidthOf(bits.in_values), 0};
	auto from_first = WidthOf(bits.in_distances);
	if (from_first < result.width) {
		result = {from_first, Load<T>(values, 0)};
	}
	if (result.width > WidthOf(SampleRange<T>(values, count))) {
		return ExactSpread<T>(values, count);
	}
	return result;
}

//! The largest step from one value to the next, or more than any step can be where one goes down.
template <class T>
T LargestStep(const uint8_t *values, uint64_t count) {
	T bits = 0;
	for (uint64_t i = 1; i < count; i++) {
		bits |= static_cast<T>(Load<T>(values, i) - Load<T>(values, i - 1));
	}
	return bits;
}

template <class T>
bool LooksSorted(const uint8_t *values, uint64_t count) {
	using Signed = std::make_signed_t<T>;
	auto at = [&](uint64_t index) {
		return static_cast<Signed>(Load<T>(values, index));
	};
	return count >= 4 && at(0) <= at(count / 4) && at(count / 4) <= at(count / 2) && at(count / 2) <= at(count - 1);
}

template <class T, class OFFSET>
void WriteOffsets(const uint8_t *values, uint64_t count, T base, FrameWriter &writer) {
	writer.WriteNumber(base);
	auto target = writer.Reserve(count * sizeof(OFFSET));
	for (uint64_t i = 0; i < count; i++) {
		Store(target, i, static_cast<OFFSET>(Load<T>(values, i) - base));
	}
	writer.Advance(count * sizeof(OFFSET));
}

template <class T, class STEP>
void WriteSteps(const uint8_t *values, uint64_t count, FrameWriter &writer) {
	writer.WriteNumber(Load<T>(values, 0));
	auto target = writer.Reserve(count * sizeof(STEP));
	for (uint64_t i = 1; i < count; i++) {
		Store(target, i - 1, static_cast<STEP>(Load<T>(values, i) - Load<T>(values, i - 1)));
	}
	writer.Advance((count - 1) * sizeof(STEP));
}

template <class T>
FrameEncoding WritePlain(const uint8_t *values, uint64_t count, FrameWriter &writer) {
	writer.Write(values, count * sizeof(T));
	return FrameEncoding::PLAIN;
}

template <class T>
FrameEncoding WriteSpread(const uint8_t *values, uint64_t count, const Spread &spread, FrameWriter &writer) {
	const auto base = static_cast<T>(spread.base);
	switch (spread.width) {
	case 1:
		WriteOffsets<T, uint8_t>(values, count, base, writer);
		return FrameEncoding::OFFSET_1;
	case 2:
		WriteOffsets<T, uint16_t>(values, count, base, writer);
		return FrameEncoding::OFFSET_2;
	case 4:
		WriteOffsets<T, uint32_t>(values, count, base, writer);
		return FrameEncoding::OFFSET_4;
	default:
		WriteOffsets<T, uint64_t>(values, count, base, writer);
		return FrameEncoding::OFFSET_8;
	}
}

template <class T>
FrameEncoding EncodeIntegers(const uint8_t *values, uint64_t count, FrameWriter &writer) {
	auto bits = CollectBits<T>(values, count);
	if (bits.in_distances == 0) {
		writer.Write(values, sizeof(T));
		return FrameEncoding::CONSTANT;
	}
	auto spread = FindSpread<T>(values, count, bits);
	if (spread.width > 1 && LooksSorted<T>(values, count)) {
		auto step = LargestStep<T>(values, count);
		if (step <= std::numeric_limits<uint8_t>::max()) {
			WriteSteps<T, uint8_t>(values, count, writer);
			return FrameEncoding::DELTA_1;
		}
		if (spread.width > 2 && step <= std::numeric_limits<uint16_t>::max()) {
			WriteSteps<T, uint16_t>(values, count, writer);
			return FrameEncoding::DELTA_2;
		}
	}
	if (spread.width >= sizeof(T) || (count + 1) * sizeof(T) <= sizeof(T) + count * spread.width) {
		return WritePlain<T>(values, count, writer);
	}
	return WriteSpread<T>(values, count, spread, writer);
}

//! Hash keys of strangers, floating-point numbers, intervals: nothing to be gained by arithmetic.
template <class T>
FrameEncoding EncodeOpaque(const uint8_t *values, uint64_t count, FrameWriter &writer) {
	for (uint64_t i = 1; i < count; i++) {
		if (std::memcmp(values, values + i * sizeof(T), sizeof(T)) != 0) {
			return WritePlain<T>(values, count, writer);
		}
	}
	writer.Write(values, sizeof(T));
	return FrameEncoding::CONSTANT;
}

template <class T>
FrameEncoding EncodeWideIntegers(const uint8_t *values, uint64_t count, FrameWriter &writer) {
	const auto first = Load<T>(values, 0);
	T low = first, high = first;
	// Signed order is that of unsigned numbers whose highest bit is inverted; the shorter range of the two is enough.
	for (uint64_t i = 1; i < count; i++) {
		auto value = Load<T>(values, i);
		low = std::min(low, value);
		high = std::max(high, value);
	}
	if (low == high) {
		writer.Write(values, sizeof(T));
		return FrameEncoding::CONSTANT;
	}
	if (WidthOf<T>(high - low) >= sizeof(T)) {
		const auto sign = static_cast<T>(1) << (8 * sizeof(T) - 1);
		low = high = first ^ sign;
		for (uint64_t i = 1; i < count; i++) {
			auto value = Load<T>(values, i) ^ sign;
			low = std::min<T>(low, value);
			high = std::max<T>(high, value);
		}
		low ^= sign;
		high ^= sign;
	}
	Spread spread {WidthOf<T>(high - low), low};
	if (spread.width >= sizeof(T) || count < 2) {
		return WritePlain<T>(values, count, writer);
	}
	return WriteSpread<T>(values, count, spread, writer);
}

template <class T>
void ReadConstant(FrameReader &reader, uint64_t count, uint8_t *target) {
	auto value = reader.TakeNumber<T>();
	for (uint64_t i = 0; i < count; i++) {
		Store(target, i, value);
	}
}

template <class T, class OFFSET>
void ReadOffsets(FrameReader &reader, uint64_t count, uint8_t *target) {
	const auto base = reader.TakeNumber<T>();
	auto offsets = reader.TakeMany(count, sizeof(OFFSET));
	for (uint64_t i = 0; i < count; i++) {
		Store(target, i, static_cast<T>(base + Load<OFFSET>(offsets, i)));
	}
}

template <class T, class STEP>
void ReadSteps(FrameReader &reader, uint64_t count, uint8_t *target) {
	auto value = reader.TakeNumber<T>();
	auto steps = reader.TakeMany(count - 1, sizeof(STEP));
	Store(target, 0, value);
	for (uint64_t i = 1; i < count; i++) {
		value = static_cast<T>(value + Load<STEP>(steps, i - 1));
		Store(target, i, value);
	}
}

[[noreturn]] void ThrowEncoding(FrameEncoding encoding) {
	throw duckdb::InvalidInputException("A frame has encoding %d where values of that type have none such",
	                                    static_cast<int>(encoding));
}

template <class T>
void Decode(FrameEncoding encoding, FrameReader &reader, uint64_t count, uint8_t *target) {
	switch (encoding) {
	case FrameEncoding::CONSTANT:
		return ReadConstant<T>(reader, count, target);
	case FrameEncoding::PLAIN:
		std::memcpy(target, reader.TakeMany(count, sizeof(T)), count * sizeof(T));
		return;
	case FrameEncoding::OFFSET_1:
		return ReadOffsets<T, uint8_t>(reader, count, target);
	case FrameEncoding::OFFSET_2:
		return ReadOffsets<T, uint16_t>(reader, count, target);
	case FrameEncoding::OFFSET_4:
		return ReadOffsets<T, uint32_t>(reader, count, target);
	case FrameEncoding::OFFSET_8:
		return ReadOffsets<T, uint64_t>(reader, count, target);
	case FrameEncoding::DELTA_1:
		return ReadSteps<T, uint8_t>(reader, count, target);
	case FrameEncoding::DELTA_2:
		return ReadSteps<T, uint16_t>(reader, count, target);
	default:
		ThrowEncoding(encoding);
	}
}

} // namespace

FrameEncoding EncodeNumbers(PhysicalType type, const uint8_t *values, uint64_t count, FrameWriter &writer) {
	switch (type) {
	case PhysicalType::INT16:
	case PhysicalType::UINT16:
		return EncodeIntegers<uint16_t>(values, count, writer);
	case PhysicalType::INT32:
	case PhysicalType::UINT32:
		return EncodeIntegers<uint32_t>(values, count, writer);
	case PhysicalType::INT64:
	case PhysicalType::UINT64:
		return EncodeIntegers<uint64_t>(values, count, writer);
	case PhysicalType::INT128:
	case PhysicalType::UINT128:
		return EncodeWideIntegers<uint128>(values, count, writer);
	case PhysicalType::FLOAT:
		return EncodeOpaque<uint32_t>(values, count, writer);
	case PhysicalType::DOUBLE:
		return EncodeOpaque<uint64_t>(values, count, writer);
	case PhysicalType::INTERVAL:
		return EncodeOpaque<uint128>(values, count, writer);
	default:
		return EncodeOpaque<uint8_t>(values, count, writer);
	}
}

FrameEncoding EncodeConstant(PhysicalType type, const uint8_t *value, FrameWriter &writer) {
	writer.Write(value, duckdb::GetTypeIdSize(type));
	return FrameEncoding::CONSTANT;
}

void DecodeNumbers(PhysicalType type, FrameEncoding encoding, FrameReader &reader, uint64_t count, uint8_t *target) {
	if (count == 0) {
		throw duckdb::InvalidInputException("A frame holds values of no rows");
	}
	switch (duckdb::GetTypeIdSize(type)) {
	case 1:
		return Decode<uint8_t>(encoding, reader, count, target);
	case 2:
		return Decode<uint16_t>(encoding, reader, count, target);
	case 4:
		return Decode<uint32_t>(encoding, reader, count, target);
	case 8:
		return Decode<uint64_t>(encoding, reader, count, target);
	default:
		return Decode<uint128>(encoding, reader, count, target);
	}
}

} // namespace skein
