#include <string>

#include <gtest/gtest.h>

#include "expect_refusal.hpp"
#include "server/upload_batches.hpp"

namespace skein {
namespace {

std::string Number(uint64_t number) {
	std::string result;
	for (int shift = 0; shift < 64; shift += 8) {
		result += static_cast<char>((number >> shift) & 0xff);
	}
	return result;
}

TEST(BatchIndexCheck, TakesDenseNumbersAndTheirCount) {
	BatchIndexCheck check;
	for (uint64_t i = 0; i < 300; i++) {
		EXPECT_NO_THROW(check.OnBatch(Number(i)));
	}
	EXPECT_FALSE(check.EndSeen());
	EXPECT_NO_THROW(check.OnEnd(Number(300)));
	EXPECT_TRUE(check.EndSeen());
	EXPECT_NO_THROW(check.OnStreamEnd());
}

TEST(BatchIndexCheck, RefusesDuplicatesGapsAndSteps) {
	for (uint64_t wrong : {uint64_t(0), uint64_t(2), uint64_t(1) << 56, ~uint64_t(0)}) {
		BatchIndexCheck check;
		check.OnBatch(Number(0));
		EXPECT_REFUSAL(check.OnBatch(Number(wrong)), ErrorCategory::INVALID_REQUEST, "1 was due");
	}
	BatchIndexCheck check;
	EXPECT_REFUSAL(check.OnBatch(Number(1)), ErrorCategory::INVALID_REQUEST, "0 was due");
}

TEST(BatchIndexCheck, RefusesMetadataOfOtherSizes) {
	for (auto &metadata : {std::string("x"), std::string(7, '\0'), std::string(9, '\0')}) {
		BatchIndexCheck check;
		EXPECT_REFUSAL(check.OnBatch(metadata), ErrorCategory::INVALID_REQUEST, "instead of 8");
	}
}

TEST(BatchIndexCheck, NumbersAllBatchesOrNone) {
	BatchIndexCheck plain;
	plain.OnBatch("");
	plain.OnBatch("");
	EXPECT_NO_THROW(plain.OnStreamEnd());
	EXPECT_REFUSAL(plain.OnBatch(Number(2)), ErrorCategory::INVALID_REQUEST, "others without one");

	BatchIndexCheck numbered;
	numbered.OnBatch(Number(0));
	EXPECT_REFUSAL(numbered.OnBatch(""), ErrorCategory::INVALID_REQUEST, "instead of 8");
}

TEST(BatchIndexCheck, NumberedBatchesWithoutTheirEndBrokeOff) {
	BatchIndexCheck check;
	check.OnBatch(Number(0));
	EXPECT_REFUSAL(check.OnStreamEnd(), ErrorCategory::CANCELLED, "broke off after 1");
	EXPECT_REFUSAL(check.OnEnd(Number(2)), ErrorCategory::INVALID_REQUEST, "but 1 came");
	EXPECT_REFUSAL(check.OnEnd(Number(0)), ErrorCategory::INVALID_REQUEST, "but 1 came");
	check.OnEnd(Number(1));
	EXPECT_REFUSAL(check.OnEnd(Number(1)), ErrorCategory::INVALID_REQUEST, "came");
	EXPECT_REFUSAL(check.OnBatch(Number(1)), ErrorCategory::INVALID_REQUEST, "after the end");
}

TEST(BatchIndexCheck, AnEmptyUploadNeedsNoEnd) {
	BatchIndexCheck check;
	EXPECT_NO_THROW(check.OnStreamEnd());
}

} // namespace
} // namespace skein
