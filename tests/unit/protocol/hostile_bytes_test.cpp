//! Decoders against bytes nobody should send: they accept or throw MalformedMessage, nothing else.
#include <random>

#include <gtest/gtest.h>

#include "protocol/full_messages.hpp"
#include "protocol/limits.hpp"

namespace skein {

namespace {

constexpr int MUTATIONS_PER_DECODER = 100000;
constexpr unsigned SEED = 20260814;

//! True where the bytes were accepted. What was accepted must survive being written again.
template <class MESSAGE>
bool Accepts(const std::string &bytes) {
	MESSAGE message;
	try {
		message = MESSAGE::Decode(bytes);
	} catch (const MalformedMessage &error) {
		EXPECT_STRNE(error.what(), "");
		return false;
	}
	EXPECT_EQ(MESSAGE::Decode(message.Encode()), message);
	return true;
}

//! An error is cut when written: only a second writing must not change it.
template <class MESSAGE>
bool AcceptsOnceWritten(const std::string &bytes) {
	MESSAGE message;
	try {
		message = MESSAGE::Decode(bytes);
	} catch (const MalformedMessage &) {
		return false;
	}
	auto written = MESSAGE::Decode(message.Encode());
	EXPECT_EQ(MESSAGE::Decode(written.Encode()), written);
	return true;
}

template <>
bool Accepts<DistributedError>(const std::string &bytes) {
	return AcceptsOnceWritten<DistributedError>(bytes);
}

//! May hold an error.
template <>
bool Accepts<DistributedResponse>(const std::string &bytes) {
	return AcceptsOnceWritten<DistributedResponse>(bytes);
}

template <class MESSAGE>
void TryTruncations(const std::string &bytes) {
	int refused = 0;
	for (size_t length = 0; length < bytes.size(); length++) {
		refused += Accepts<MESSAGE>(bytes.substr(0, length)) ? 0 : 1;
	}
	EXPECT_GT(refused, 0);
}

template <class MESSAGE>
void TryMutations(const std::string &bytes) {
	std::mt19937 random(SEED);
	int refused = 0;
	for (int round = 0; round < MUTATIONS_PER_DECODER; round++) {
		auto mutated = bytes;
		for (auto changes = 1 + random() % 4; changes > 0; changes--) {
			auto position = random() % mutated.size();
			switch (random() % 4) {
			case 0:
				mutated[position] = static_cast<char>(random());
				break;
			case 1:
				mutated[position] ^= static_cast<char>(1 << random() % 8);
				break;
			case 2:
				mutated.erase(position, 1 + random() % 4);
				break;
			default:
				mutated.insert(position, mutated.substr(random() % mutated.size(), random() % 8));
				break;
			}
			if (mutated.empty()) {
				mutated = "\n";
			}
		}
		refused += Accepts<MESSAGE>(mutated) ? 0 : 1;
	}
	EXPECT_GT(refused, MUTATIONS_PER_DECODER / 10);
	EXPECT_LT(refused, MUTATIONS_PER_DECODER);
}

} // namespace

TEST(HostileBytes, RequestTruncations) {
	TryTruncations<DistributedRequest>(FullRequest().Encode());
}

TEST(HostileBytes, ResponseTruncations) {
	TryTruncations<DistributedResponse>(FullResponse().Encode());
}

TEST(HostileBytes, ErrorTruncations) {
	TryTruncations<DistributedError>(FullError().Encode());
}

TEST(HostileBytes, RequestMutations) {
	TryMutations<DistributedRequest>(FullRequest().Encode());
}

TEST(HostileBytes, ResponseMutations) {
	TryMutations<DistributedResponse>(FullResponse().Encode());
}

TEST(HostileBytes, ErrorMutations) {
	TryMutations<DistributedError>(FullError().Encode());
}

} // namespace skein
